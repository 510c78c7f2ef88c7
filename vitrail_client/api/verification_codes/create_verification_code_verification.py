from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.code_in import CodeIn
from ...models.problem_out import ProblemOut
from ...models.ticket_out import TicketOut
from ...types import Response


def _get_kwargs(
    challenge_id: str,
    *,
    body: CodeIn,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/verification-codes/{challenge_id}/verification".format(
            challenge_id=quote(str(challenge_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> ProblemOut | TicketOut:
    if response.status_code == 200:
        response_200 = TicketOut.from_dict(response.json())

        return response_200

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
) -> Response[ProblemOut | TicketOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    challenge_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: CodeIn,
) -> Response[ProblemOut | TicketOut]:
    """Exchange the right code for a ticket, once.

    Args:
        challenge_id (str):
        body (CodeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemOut | TicketOut]
    """

    kwargs = _get_kwargs(
        challenge_id=challenge_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    challenge_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: CodeIn,
) -> ProblemOut | TicketOut | None:
    """Exchange the right code for a ticket, once.

    Args:
        challenge_id (str):
        body (CodeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemOut | TicketOut
    """

    return sync_detailed(
        challenge_id=challenge_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    challenge_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: CodeIn,
) -> Response[ProblemOut | TicketOut]:
    """Exchange the right code for a ticket, once.

    Args:
        challenge_id (str):
        body (CodeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemOut | TicketOut]
    """

    kwargs = _get_kwargs(
        challenge_id=challenge_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    challenge_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: CodeIn,
) -> ProblemOut | TicketOut | None:
    """Exchange the right code for a ticket, once.

    Args:
        challenge_id (str):
        body (CodeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemOut | TicketOut
    """

    return (
        await asyncio_detailed(
            challenge_id=challenge_id,
            client=client,
            body=body,
        )
    ).parsed
