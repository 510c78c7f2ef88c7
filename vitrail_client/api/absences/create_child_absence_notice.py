from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.attendance_notice_out import AttendanceNoticeOut
from ...models.notice_in import NoticeIn
from ...models.problem_out import ProblemOut
from ...types import Response


def _get_kwargs(
    child_id: str,
    *,
    body: NoticeIn,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/children/{child_id}/absence-notices".format(
            child_id=quote(str(child_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AttendanceNoticeOut | ProblemOut:
    if response.status_code == 201:
        response_201 = AttendanceNoticeOut.from_dict(response.json())

        return response_201

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
) -> Response[AttendanceNoticeOut | ProblemOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    child_id: str,
    *,
    client: AuthenticatedClient,
    body: NoticeIn,
) -> Response[AttendanceNoticeOut | ProblemOut]:
    """Announce an absence, a late arrival or an early departure of a child to its school.

    Args:
        child_id (str):
        body (NoticeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AttendanceNoticeOut | ProblemOut]
    """

    kwargs = _get_kwargs(
        child_id=child_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    child_id: str,
    *,
    client: AuthenticatedClient,
    body: NoticeIn,
) -> AttendanceNoticeOut | ProblemOut | None:
    """Announce an absence, a late arrival or an early departure of a child to its school.

    Args:
        child_id (str):
        body (NoticeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AttendanceNoticeOut | ProblemOut
    """

    return sync_detailed(
        child_id=child_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    child_id: str,
    *,
    client: AuthenticatedClient,
    body: NoticeIn,
) -> Response[AttendanceNoticeOut | ProblemOut]:
    """Announce an absence, a late arrival or an early departure of a child to its school.

    Args:
        child_id (str):
        body (NoticeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AttendanceNoticeOut | ProblemOut]
    """

    kwargs = _get_kwargs(
        child_id=child_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    child_id: str,
    *,
    client: AuthenticatedClient,
    body: NoticeIn,
) -> AttendanceNoticeOut | ProblemOut | None:
    """Announce an absence, a late arrival or an early departure of a child to its school.

    Args:
        child_id (str):
        body (NoticeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AttendanceNoticeOut | ProblemOut
    """

    return (
        await asyncio_detailed(
            child_id=child_id,
            client=client,
            body=body,
        )
    ).parsed
