from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.problem_out import ProblemOut
from ...models.signature_in import SignatureIn
from ...models.verdict_out import VerdictOut
from ...types import UNSET, File, Response, Unset


def _get_kwargs(
    *,
    body: SignatureIn | File | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/verifications",
    }

    if isinstance(body, SignatureIn):
        _kwargs["json"] = body.to_dict()

        headers["Content-Type"] = "application/json"
    if isinstance(body, File):
        _kwargs["content"] = body.payload
        headers["Content-Type"] = "application/pdf"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> ProblemOut | VerdictOut:
    if response.status_code == 200:
        response_200 = VerdictOut.from_dict(response.json())

        return response_200

    if response.status_code == 429:
        response_429 = ProblemOut.from_dict(response.json())

        return response_429

    response_default = ProblemOut.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProblemOut | VerdictOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: SignatureIn | File | Unset = UNSET,
) -> Response[ProblemOut | VerdictOut]:
    """Tell whether a signature, or a PDF to the byte, is what the school has published; nothing of what it
    says.

    Args:
        body (SignatureIn):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemOut | VerdictOut]
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
    body: SignatureIn | File | Unset = UNSET,
) -> ProblemOut | VerdictOut | None:
    """Tell whether a signature, or a PDF to the byte, is what the school has published; nothing of what it
    says.

    Args:
        body (SignatureIn):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemOut | VerdictOut
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: SignatureIn | File | Unset = UNSET,
) -> Response[ProblemOut | VerdictOut]:
    """Tell whether a signature, or a PDF to the byte, is what the school has published; nothing of what it
    says.

    Args:
        body (SignatureIn):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemOut | VerdictOut]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: SignatureIn | File | Unset = UNSET,
) -> ProblemOut | VerdictOut | None:
    """Tell whether a signature, or a PDF to the byte, is what the school has published; nothing of what it
    says.

    Args:
        body (SignatureIn):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemOut | VerdictOut
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
