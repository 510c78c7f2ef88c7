from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.list_organisations_kind import (
    ListOrganisationsKind,
)
from ...models.organisation_out import OrganisationOut
from ...models.problem_out import ProblemOut
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    search: str | Unset = "",
    kind: ListOrganisationsKind | Unset = "public",
    page: int | Unset = 1,
    page_size: int | Unset = 6,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["search"] = search

    json_kind: str | Unset = UNSET
    if not isinstance(kind, Unset):
        json_kind = kind

    params["kind"] = json_kind

    params["page"] = page

    params["page_size"] = page_size

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/organisations",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProblemOut | list[OrganisationOut]:
    if response.status_code == 200:
        response_200 = []
        _response_200 = response.json()
        for response_200_item_data in _response_200:
            response_200_item = OrganisationOut.from_dict(response_200_item_data)

            response_200.append(response_200_item)

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
) -> Response[ProblemOut | list[OrganisationOut]]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    search: str | Unset = "",
    kind: ListOrganisationsKind | Unset = "public",
    page: int | Unset = 1,
    page_size: int | Unset = 6,
) -> Response[ProblemOut | list[OrganisationOut]]:
    """List the boards or private schools, six a page.

    Args:
        search (str | Unset):  Default: ''.
        kind (ListOrganisationsKind | Unset):  Default: 'public'.
        page (int | Unset):  Default: 1.
        page_size (int | Unset):  Default: 6.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemOut | list[OrganisationOut]]
    """

    kwargs = _get_kwargs(
        search=search,
        kind=kind,
        page=page,
        page_size=page_size,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    search: str | Unset = "",
    kind: ListOrganisationsKind | Unset = "public",
    page: int | Unset = 1,
    page_size: int | Unset = 6,
) -> ProblemOut | list[OrganisationOut] | None:
    """List the boards or private schools, six a page.

    Args:
        search (str | Unset):  Default: ''.
        kind (ListOrganisationsKind | Unset):  Default: 'public'.
        page (int | Unset):  Default: 1.
        page_size (int | Unset):  Default: 6.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemOut | list[OrganisationOut]
    """

    return sync_detailed(
        client=client,
        search=search,
        kind=kind,
        page=page,
        page_size=page_size,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    search: str | Unset = "",
    kind: ListOrganisationsKind | Unset = "public",
    page: int | Unset = 1,
    page_size: int | Unset = 6,
) -> Response[ProblemOut | list[OrganisationOut]]:
    """List the boards or private schools, six a page.

    Args:
        search (str | Unset):  Default: ''.
        kind (ListOrganisationsKind | Unset):  Default: 'public'.
        page (int | Unset):  Default: 1.
        page_size (int | Unset):  Default: 6.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemOut | list[OrganisationOut]]
    """

    kwargs = _get_kwargs(
        search=search,
        kind=kind,
        page=page,
        page_size=page_size,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    search: str | Unset = "",
    kind: ListOrganisationsKind | Unset = "public",
    page: int | Unset = 1,
    page_size: int | Unset = 6,
) -> ProblemOut | list[OrganisationOut] | None:
    """List the boards or private schools, six a page.

    Args:
        search (str | Unset):  Default: ''.
        kind (ListOrganisationsKind | Unset):  Default: 'public'.
        page (int | Unset):  Default: 1.
        page_size (int | Unset):  Default: 6.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemOut | list[OrganisationOut]
    """

    return (
        await asyncio_detailed(
            client=client,
            search=search,
            kind=kind,
            page=page,
            page_size=page_size,
        )
    ).parsed
