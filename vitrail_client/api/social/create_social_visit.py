from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.departure_out import DepartureOut
from ...models.problem_out import ProblemOut
from ...models.visit_in import VisitIn
from ...types import Response


def _get_kwargs(
    *,
    body: VisitIn,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/social-visits",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> DepartureOut | ProblemOut:
    if response.status_code == 201:
        response_201 = DepartureOut.from_dict(response.json())

        return response_201

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
) -> Response[DepartureOut | ProblemOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: VisitIn,
) -> Response[DepartureOut | ProblemOut]:
    """Begin to sign somebody in through a provider: send the browser to `url`.

     It comes back to `return_to` with the provider's answer in its query (`state`, and `code`, `iss` or
    `error`), which
    `POST /social-arrivals` takes. The cookie that this answer sets binds the visit to the browser: send
    it with that
    call, and with those of `/social-confirmation`.

    Args:
        body (VisitIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DepartureOut | ProblemOut]
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
    client: AuthenticatedClient | Client,
    body: VisitIn,
) -> DepartureOut | ProblemOut | None:
    """Begin to sign somebody in through a provider: send the browser to `url`.

     It comes back to `return_to` with the provider's answer in its query (`state`, and `code`, `iss` or
    `error`), which
    `POST /social-arrivals` takes. The cookie that this answer sets binds the visit to the browser: send
    it with that
    call, and with those of `/social-confirmation`.

    Args:
        body (VisitIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DepartureOut | ProblemOut
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: VisitIn,
) -> Response[DepartureOut | ProblemOut]:
    """Begin to sign somebody in through a provider: send the browser to `url`.

     It comes back to `return_to` with the provider's answer in its query (`state`, and `code`, `iss` or
    `error`), which
    `POST /social-arrivals` takes. The cookie that this answer sets binds the visit to the browser: send
    it with that
    call, and with those of `/social-confirmation`.

    Args:
        body (VisitIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DepartureOut | ProblemOut]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: VisitIn,
) -> DepartureOut | ProblemOut | None:
    """Begin to sign somebody in through a provider: send the browser to `url`.

     It comes back to `return_to` with the provider's answer in its query (`state`, and `code`, `iss` or
    `error`), which
    `POST /social-arrivals` takes. The cookie that this answer sets binds the visit to the browser: send
    it with that
    call, and with those of `/social-confirmation`.

    Args:
        body (VisitIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DepartureOut | ProblemOut
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
