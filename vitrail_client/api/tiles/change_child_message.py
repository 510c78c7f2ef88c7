from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.message_read_in import MessageReadIn
from ...models.problem_out import ProblemOut
from ...models.records_message_out import RecordsMessageOut
from ...types import Response


def _get_kwargs(
    child_id: str,
    message_id: str,
    *,
    body: MessageReadIn,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/api/v1/children/{child_id}/messages/{message_id}".format(
            child_id=quote(str(child_id), safe=""),
            message_id=quote(str(message_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProblemOut | RecordsMessageOut:
    if response.status_code == 200:
        response_200 = RecordsMessageOut.from_dict(response.json())

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
) -> Response[ProblemOut | RecordsMessageOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    child_id: str,
    message_id: str,
    *,
    client: AuthenticatedClient,
    body: MessageReadIn,
) -> Response[ProblemOut | RecordsMessageOut]:
    """Mark a message as read by this account, or as not read.

    Args:
        child_id (str):
        message_id (str):
        body (MessageReadIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemOut | RecordsMessageOut]
    """

    kwargs = _get_kwargs(
        child_id=child_id,
        message_id=message_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    child_id: str,
    message_id: str,
    *,
    client: AuthenticatedClient,
    body: MessageReadIn,
) -> ProblemOut | RecordsMessageOut | None:
    """Mark a message as read by this account, or as not read.

    Args:
        child_id (str):
        message_id (str):
        body (MessageReadIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemOut | RecordsMessageOut
    """

    return sync_detailed(
        child_id=child_id,
        message_id=message_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    child_id: str,
    message_id: str,
    *,
    client: AuthenticatedClient,
    body: MessageReadIn,
) -> Response[ProblemOut | RecordsMessageOut]:
    """Mark a message as read by this account, or as not read.

    Args:
        child_id (str):
        message_id (str):
        body (MessageReadIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemOut | RecordsMessageOut]
    """

    kwargs = _get_kwargs(
        child_id=child_id,
        message_id=message_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    child_id: str,
    message_id: str,
    *,
    client: AuthenticatedClient,
    body: MessageReadIn,
) -> ProblemOut | RecordsMessageOut | None:
    """Mark a message as read by this account, or as not read.

    Args:
        child_id (str):
        message_id (str):
        body (MessageReadIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemOut | RecordsMessageOut
    """

    return (
        await asyncio_detailed(
            child_id=child_id,
            message_id=message_id,
            client=client,
            body=body,
        )
    ).parsed
