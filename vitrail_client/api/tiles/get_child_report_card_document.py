from http import HTTPStatus
from io import BytesIO
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.problem_out import ProblemOut
from ...types import UNSET, File, Response, Unset


def _get_kwargs(
    child_id: str,
    report_card_id: str,
    *,
    range_: str | Unset = UNSET,
    if_range: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
    if_match: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(range_, Unset):
        headers["Range"] = range_

    if not isinstance(if_range, Unset):
        headers["If-Range"] = if_range

    if not isinstance(if_none_match, Unset):
        headers["If-None-Match"] = if_none_match

    if not isinstance(if_match, Unset):
        headers["If-Match"] = if_match

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/children/{child_id}/report-cards/{report_card_id}/document".format(
            child_id=quote(str(child_id), safe=""),
            report_card_id=quote(str(report_card_id), safe=""),
        ),
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Any | File | ProblemOut:
    if response.status_code == 200:
        response_200 = File(payload=BytesIO(response.content))

        return response_200

    if response.status_code == 206:
        response_206 = File(payload=BytesIO(response.content))

        return response_206

    if response.status_code == 304:
        response_304 = cast(Any, None)
        return response_304

    if response.status_code == 401:
        response_401 = ProblemOut.from_dict(response.json())

        return response_401

    if response.status_code == 412:
        response_412 = cast(Any, None)
        return response_412

    if response.status_code == 416:
        response_416 = cast(Any, None)
        return response_416

    if response.status_code == 429:
        response_429 = ProblemOut.from_dict(response.json())

        return response_429

    response_default = ProblemOut.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Any | File | ProblemOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    child_id: str,
    report_card_id: str,
    *,
    client: AuthenticatedClient,
    range_: str | Unset = UNSET,
    if_range: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
    if_match: str | Unset = UNSET,
) -> Response[Any | File | ProblemOut]:
    """Download the document of one as PDF, whole or in part, in the reader's language where it is made.

    Args:
        child_id (str):
        report_card_id (str):
        range_ (str | Unset):
        if_range (str | Unset):
        if_none_match (str | Unset):
        if_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | File | ProblemOut]
    """

    kwargs = _get_kwargs(
        child_id=child_id,
        report_card_id=report_card_id,
        range_=range_,
        if_range=if_range,
        if_none_match=if_none_match,
        if_match=if_match,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    child_id: str,
    report_card_id: str,
    *,
    client: AuthenticatedClient,
    range_: str | Unset = UNSET,
    if_range: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
    if_match: str | Unset = UNSET,
) -> Any | File | ProblemOut | None:
    """Download the document of one as PDF, whole or in part, in the reader's language where it is made.

    Args:
        child_id (str):
        report_card_id (str):
        range_ (str | Unset):
        if_range (str | Unset):
        if_none_match (str | Unset):
        if_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | File | ProblemOut
    """

    return sync_detailed(
        child_id=child_id,
        report_card_id=report_card_id,
        client=client,
        range_=range_,
        if_range=if_range,
        if_none_match=if_none_match,
        if_match=if_match,
    ).parsed


async def asyncio_detailed(
    child_id: str,
    report_card_id: str,
    *,
    client: AuthenticatedClient,
    range_: str | Unset = UNSET,
    if_range: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
    if_match: str | Unset = UNSET,
) -> Response[Any | File | ProblemOut]:
    """Download the document of one as PDF, whole or in part, in the reader's language where it is made.

    Args:
        child_id (str):
        report_card_id (str):
        range_ (str | Unset):
        if_range (str | Unset):
        if_none_match (str | Unset):
        if_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | File | ProblemOut]
    """

    kwargs = _get_kwargs(
        child_id=child_id,
        report_card_id=report_card_id,
        range_=range_,
        if_range=if_range,
        if_none_match=if_none_match,
        if_match=if_match,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    child_id: str,
    report_card_id: str,
    *,
    client: AuthenticatedClient,
    range_: str | Unset = UNSET,
    if_range: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
    if_match: str | Unset = UNSET,
) -> Any | File | ProblemOut | None:
    """Download the document of one as PDF, whole or in part, in the reader's language where it is made.

    Args:
        child_id (str):
        report_card_id (str):
        range_ (str | Unset):
        if_range (str | Unset):
        if_none_match (str | Unset):
        if_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | File | ProblemOut
    """

    return (
        await asyncio_detailed(
            child_id=child_id,
            report_card_id=report_card_id,
            client=client,
            range_=range_,
            if_range=if_range,
            if_none_match=if_none_match,
            if_match=if_match,
        )
    ).parsed
