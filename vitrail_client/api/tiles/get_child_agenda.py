import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.agenda_entry_list_out import AgendaEntryListOut
from ...models.problem_out import ProblemOut
from ...types import UNSET, Response, Unset


def _get_kwargs(
    child_id: str,
    *,
    school_year: None | str | Unset = UNSET,
    from_: datetime.date | None | Unset = UNSET,
    to: datetime.date | None | Unset = UNSET,
    page: int | Unset = 1,
    page_size: int | Unset = 20,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_school_year: None | str | Unset
    if isinstance(school_year, Unset):
        json_school_year = UNSET
    else:
        json_school_year = school_year
    params["school_year"] = json_school_year

    json_from_: None | str | Unset
    if isinstance(from_, Unset):
        json_from_ = UNSET
    elif isinstance(from_, datetime.date):
        json_from_ = from_.isoformat()
    else:
        json_from_ = from_
    params["from"] = json_from_

    json_to: None | str | Unset
    if isinstance(to, Unset):
        json_to = UNSET
    elif isinstance(to, datetime.date):
        json_to = to.isoformat()
    else:
        json_to = to
    params["to"] = json_to

    params["page"] = page

    params["page_size"] = page_size

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/children/{child_id}/agenda".format(
            child_id=quote(str(child_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AgendaEntryListOut | ProblemOut:
    if response.status_code == 200:
        response_200 = AgendaEntryListOut.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = ProblemOut.from_dict(response.json())

        return response_401

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
) -> Response[AgendaEntryListOut | ProblemOut]:
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
    school_year: None | str | Unset = UNSET,
    from_: datetime.date | None | Unset = UNSET,
    to: datetime.date | None | Unset = UNSET,
    page: int | Unset = 1,
    page_size: int | Unset = 20,
) -> Response[AgendaEntryListOut | ProblemOut]:
    """List what is in a child’s agenda, in secondary.

    Args:
        child_id (str):
        school_year (None | str | Unset):  Example: 2026-2027.
        from_ (datetime.date | None | Unset):
        to (datetime.date | None | Unset):
        page (int | Unset):  Default: 1.
        page_size (int | Unset):  Default: 20.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AgendaEntryListOut | ProblemOut]
    """

    kwargs = _get_kwargs(
        child_id=child_id,
        school_year=school_year,
        from_=from_,
        to=to,
        page=page,
        page_size=page_size,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    child_id: str,
    *,
    client: AuthenticatedClient,
    school_year: None | str | Unset = UNSET,
    from_: datetime.date | None | Unset = UNSET,
    to: datetime.date | None | Unset = UNSET,
    page: int | Unset = 1,
    page_size: int | Unset = 20,
) -> AgendaEntryListOut | ProblemOut | None:
    """List what is in a child’s agenda, in secondary.

    Args:
        child_id (str):
        school_year (None | str | Unset):  Example: 2026-2027.
        from_ (datetime.date | None | Unset):
        to (datetime.date | None | Unset):
        page (int | Unset):  Default: 1.
        page_size (int | Unset):  Default: 20.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AgendaEntryListOut | ProblemOut
    """

    return sync_detailed(
        child_id=child_id,
        client=client,
        school_year=school_year,
        from_=from_,
        to=to,
        page=page,
        page_size=page_size,
    ).parsed


async def asyncio_detailed(
    child_id: str,
    *,
    client: AuthenticatedClient,
    school_year: None | str | Unset = UNSET,
    from_: datetime.date | None | Unset = UNSET,
    to: datetime.date | None | Unset = UNSET,
    page: int | Unset = 1,
    page_size: int | Unset = 20,
) -> Response[AgendaEntryListOut | ProblemOut]:
    """List what is in a child’s agenda, in secondary.

    Args:
        child_id (str):
        school_year (None | str | Unset):  Example: 2026-2027.
        from_ (datetime.date | None | Unset):
        to (datetime.date | None | Unset):
        page (int | Unset):  Default: 1.
        page_size (int | Unset):  Default: 20.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AgendaEntryListOut | ProblemOut]
    """

    kwargs = _get_kwargs(
        child_id=child_id,
        school_year=school_year,
        from_=from_,
        to=to,
        page=page,
        page_size=page_size,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    child_id: str,
    *,
    client: AuthenticatedClient,
    school_year: None | str | Unset = UNSET,
    from_: datetime.date | None | Unset = UNSET,
    to: datetime.date | None | Unset = UNSET,
    page: int | Unset = 1,
    page_size: int | Unset = 20,
) -> AgendaEntryListOut | ProblemOut | None:
    """List what is in a child’s agenda, in secondary.

    Args:
        child_id (str):
        school_year (None | str | Unset):  Example: 2026-2027.
        from_ (datetime.date | None | Unset):
        to (datetime.date | None | Unset):
        page (int | Unset):  Default: 1.
        page_size (int | Unset):  Default: 20.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AgendaEntryListOut | ProblemOut
    """

    return (
        await asyncio_detailed(
            child_id=child_id,
            client=client,
            school_year=school_year,
            from_=from_,
            to=to,
            page=page,
            page_size=page_size,
        )
    ).parsed
