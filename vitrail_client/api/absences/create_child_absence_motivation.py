from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.absence_out import AbsenceOut
from ...models.motivation_in import MotivationIn
from ...models.problem_out import ProblemOut
from ...types import Response


def _get_kwargs(
    child_id: str,
    absence_id: str,
    *,
    body: MotivationIn,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/children/{child_id}/absences/{absence_id}/motivation".format(
            child_id=quote(str(child_id), safe=""),
            absence_id=quote(str(absence_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> AbsenceOut | ProblemOut:
    if response.status_code == 200:
        response_200 = AbsenceOut.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = ProblemOut.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = ProblemOut.from_dict(response.json())

        return response_403

    if response.status_code == 422:
        response_422 = ProblemOut.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = ProblemOut.from_dict(response.json())

        return response_429

    response_default = ProblemOut.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[AbsenceOut | ProblemOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    child_id: str,
    absence_id: str,
    *,
    client: AuthenticatedClient,
    body: MotivationIn,
) -> Response[AbsenceOut | ProblemOut]:
    """Say why a child was absent; it counts at once, unless the school refuses it.

    Args:
        child_id (str):
        absence_id (str):
        body (MotivationIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AbsenceOut | ProblemOut]
    """

    kwargs = _get_kwargs(
        child_id=child_id,
        absence_id=absence_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    child_id: str,
    absence_id: str,
    *,
    client: AuthenticatedClient,
    body: MotivationIn,
) -> AbsenceOut | ProblemOut | None:
    """Say why a child was absent; it counts at once, unless the school refuses it.

    Args:
        child_id (str):
        absence_id (str):
        body (MotivationIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AbsenceOut | ProblemOut
    """

    return sync_detailed(
        child_id=child_id,
        absence_id=absence_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    child_id: str,
    absence_id: str,
    *,
    client: AuthenticatedClient,
    body: MotivationIn,
) -> Response[AbsenceOut | ProblemOut]:
    """Say why a child was absent; it counts at once, unless the school refuses it.

    Args:
        child_id (str):
        absence_id (str):
        body (MotivationIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AbsenceOut | ProblemOut]
    """

    kwargs = _get_kwargs(
        child_id=child_id,
        absence_id=absence_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    child_id: str,
    absence_id: str,
    *,
    client: AuthenticatedClient,
    body: MotivationIn,
) -> AbsenceOut | ProblemOut | None:
    """Say why a child was absent; it counts at once, unless the school refuses it.

    Args:
        child_id (str):
        absence_id (str):
        body (MotivationIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AbsenceOut | ProblemOut
    """

    return (
        await asyncio_detailed(
            child_id=child_id,
            absence_id=absence_id,
            client=client,
            body=body,
        )
    ).parsed
