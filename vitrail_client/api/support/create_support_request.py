from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.problem_out import ProblemOut
from ...models.support_request_in import SupportRequestIn
from ...models.support_request_out import SupportRequestOut
from ...types import Response


def _get_kwargs(
    *,
    body: SupportRequestIn,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/support-requests",
    }

    _kwargs["files"] = body.to_multipart()

    headers["Content-Type"] = "multipart/form-data; boundary=+++"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProblemOut | SupportRequestOut:
    if response.status_code == 201:
        response_201 = SupportRequestOut.from_dict(response.json())

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
) -> Response[ProblemOut | SupportRequestOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: SupportRequestIn,
) -> Response[ProblemOut | SupportRequestOut]:
    """Ask the school for help, with what the guides say that it needs; the answer is the reference to ask
    by.

     It goes to the school of the child named, else to the one that all children of the account have.

    Args:
        body (SupportRequestIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemOut | SupportRequestOut]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: SupportRequestIn,
) -> ProblemOut | SupportRequestOut | None:
    """Ask the school for help, with what the guides say that it needs; the answer is the reference to ask
    by.

     It goes to the school of the child named, else to the one that all children of the account have.

    Args:
        body (SupportRequestIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemOut | SupportRequestOut
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: SupportRequestIn,
) -> Response[ProblemOut | SupportRequestOut]:
    """Ask the school for help, with what the guides say that it needs; the answer is the reference to ask
    by.

     It goes to the school of the child named, else to the one that all children of the account have.

    Args:
        body (SupportRequestIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemOut | SupportRequestOut]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: SupportRequestIn,
) -> ProblemOut | SupportRequestOut | None:
    """Ask the school for help, with what the guides say that it needs; the answer is the reference to ask
    by.

     It goes to the school of the child named, else to the one that all children of the account have.

    Args:
        body (SupportRequestIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemOut | SupportRequestOut
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
