from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.challenge_out import ChallengeOut
from ...models.problem_out import ProblemOut
from ...models.verification_code_in import VerificationCodeIn
from ...types import Response


def _get_kwargs(
    *,
    body: VerificationCodeIn,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/verification-codes",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> ChallengeOut | ProblemOut:
    if response.status_code == 202:
        response_202 = ChallengeOut.from_dict(response.json())

        return response_202

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
) -> Response[ChallengeOut | ProblemOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: VerificationCodeIn,
) -> Response[ChallengeOut | ProblemOut]:
    """Mail a code.

     The answer is the same, in the same time, whether or not the address has an account. A newer code
    for the same
    address and purpose voids the older one; asked again within the interval, nothing is sent and
    nothing changes.

    Args:
        body (VerificationCodeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ChallengeOut | ProblemOut]
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
    body: VerificationCodeIn,
) -> ChallengeOut | ProblemOut | None:
    """Mail a code.

     The answer is the same, in the same time, whether or not the address has an account. A newer code
    for the same
    address and purpose voids the older one; asked again within the interval, nothing is sent and
    nothing changes.

    Args:
        body (VerificationCodeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ChallengeOut | ProblemOut
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: VerificationCodeIn,
) -> Response[ChallengeOut | ProblemOut]:
    """Mail a code.

     The answer is the same, in the same time, whether or not the address has an account. A newer code
    for the same
    address and purpose voids the older one; asked again within the interval, nothing is sent and
    nothing changes.

    Args:
        body (VerificationCodeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ChallengeOut | ProblemOut]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: VerificationCodeIn,
) -> ChallengeOut | ProblemOut | None:
    """Mail a code.

     The answer is the same, in the same time, whether or not the address has an account. A newer code
    for the same
    address and purpose voids the older one; asked again within the interval, nothing is sent and
    nothing changes.

    Args:
        body (VerificationCodeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ChallengeOut | ProblemOut
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
