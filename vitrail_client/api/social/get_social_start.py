from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.problem_out import ProblemOut
from ...types import UNSET, Response, Unset


def _get_kwargs(
    provider: str,
    *,
    return_to: str | Unset = "/",
    ui_locales: str | Unset = "",
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["return_to"] = return_to

    params["ui_locales"] = ui_locales

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/social/{provider}/start".format(
            provider=quote(str(provider), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Any | ProblemOut:
    if response.status_code == 303:
        response_303 = cast(Any, None)
        return response_303

    if response.status_code == 422:
        response_422 = ProblemOut.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = ProblemOut.from_dict(response.json())

        return response_429

    response_default = ProblemOut.from_dict(response.json())

    return response_default


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Any | ProblemOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    provider: str,
    *,
    client: AuthenticatedClient | Client,
    return_to: str | Unset = "/",
    ui_locales: str | Unset = "",
) -> Response[Any | ProblemOut]:
    """Send the browser to the provider's page; afterwards it comes back to `return_to`, signed in.

     It comes back with `social=email_confirmation` or `social=account_exists` in the query when
    something is still to
    be confirmed: see `GET /social-confirmation`.

    Args:
        provider (str):
        return_to (str | Unset):  Default: '/'.
        ui_locales (str | Unset):  Default: ''.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | ProblemOut]
    """

    kwargs = _get_kwargs(
        provider=provider,
        return_to=return_to,
        ui_locales=ui_locales,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    provider: str,
    *,
    client: AuthenticatedClient | Client,
    return_to: str | Unset = "/",
    ui_locales: str | Unset = "",
) -> Any | ProblemOut | None:
    """Send the browser to the provider's page; afterwards it comes back to `return_to`, signed in.

     It comes back with `social=email_confirmation` or `social=account_exists` in the query when
    something is still to
    be confirmed: see `GET /social-confirmation`.

    Args:
        provider (str):
        return_to (str | Unset):  Default: '/'.
        ui_locales (str | Unset):  Default: ''.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | ProblemOut
    """

    return sync_detailed(
        provider=provider,
        client=client,
        return_to=return_to,
        ui_locales=ui_locales,
    ).parsed


async def asyncio_detailed(
    provider: str,
    *,
    client: AuthenticatedClient | Client,
    return_to: str | Unset = "/",
    ui_locales: str | Unset = "",
) -> Response[Any | ProblemOut]:
    """Send the browser to the provider's page; afterwards it comes back to `return_to`, signed in.

     It comes back with `social=email_confirmation` or `social=account_exists` in the query when
    something is still to
    be confirmed: see `GET /social-confirmation`.

    Args:
        provider (str):
        return_to (str | Unset):  Default: '/'.
        ui_locales (str | Unset):  Default: ''.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | ProblemOut]
    """

    kwargs = _get_kwargs(
        provider=provider,
        return_to=return_to,
        ui_locales=ui_locales,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    provider: str,
    *,
    client: AuthenticatedClient | Client,
    return_to: str | Unset = "/",
    ui_locales: str | Unset = "",
) -> Any | ProblemOut | None:
    """Send the browser to the provider's page; afterwards it comes back to `return_to`, signed in.

     It comes back with `social=email_confirmation` or `social=account_exists` in the query when
    something is still to
    be confirmed: see `GET /social-confirmation`.

    Args:
        provider (str):
        return_to (str | Unset):  Default: '/'.
        ui_locales (str | Unset):  Default: ''.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | ProblemOut
    """

    return (
        await asyncio_detailed(
            provider=provider,
            client=client,
            return_to=return_to,
            ui_locales=ui_locales,
        )
    ).parsed
