"""Asking others who somebody is: OpenID Connect, and Facebook's OAuth 2.0.

    start ─▶ a page of the provider ─▶ callback ─▶ `recognize`: the person, or a refusal

What protects the way (state, nonce, PKCE) is made and kept by the operations; here it is put into addresses and compared
with what comes back. Nothing of the provider's is kept: its tokens end with the call (OID-9).
"""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

from services.identity.rules.providers import FACEBOOK, Person, Provider
from shared.clock import Clock


class ProviderRefused(Exception):
    """What came back does not prove who somebody is; `reason` is for the logs and holds nothing of the person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProviderAway(Exception):
    """The provider does not answer as agreed; `is_slow` when it does not answer in time."""

    def __init__(self, reason: str, *, is_slow: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_slow = is_slow


class TooManyAsking(Exception):
    """As many calls to providers are under way as may be: the others' threads are for those who sign in here."""


@dataclass(frozen=True, kw_only=True)
class Safeguards:
    """What only the browser that began, and we, know of one visit to a provider; each is used once (OID-1)."""

    state: str
    nonce: str
    verifier: str


class Client(Protocol):
    """One provider in its own protocol; both methods raise as those of `Providers`."""

    def authorization_url(self, safeguards: Safeguards, *, language: str) -> str: ...

    def recognize(self, safeguards: Safeguards, *, answer: Mapping[str, str]) -> Person: ...


class Providers:
    """The providers of this deployment."""

    def __init__(self, configured: Mapping[str, Provider], *, callback_url: str, clock: Clock) -> None:
        """`callback_url` has a place `{provider}`; it is the only address that people come back to (OID-8)."""
        self.configured = configured
        self._clients: dict[str, Client] = {}
        self._open = ExitStack()
        if configured:
            # Here for those who need it: a relay has no use for an HTTP client.
            from services.identity.providers.facebook import Facebook
            from services.identity.providers.fetching import Fetcher
            from services.identity.providers.openid import OpenId

            fetcher = Fetcher()
            self._open.callback(fetcher.close)
            for id_, provider in configured.items():
                kind = Facebook if provider.protocol == FACEBOOK else OpenId
                self._clients[id_] = kind(
                    provider, fetcher=fetcher, clock=clock, callback_url=callback_url.format(provider=id_)
                )

    def authorization_url(self, provider_id: str, safeguards: Safeguards, *, language: str) -> str:
        """Return the provider's page to send the browser to.

        Raises:
            ProviderAway: it does not say where that page is.
            TooManyAsking: too many ask already.
        """
        return self._clients[provider_id].authorization_url(safeguards, language=language)

    def recognize(self, provider_id: str, safeguards: Safeguards, *, answer: Mapping[str, str]) -> Person:
        """Return whom the provider recognized; `answer` is what the browser brought back.

        Raises:
            ProviderRefused: the answer, or what it is exchanged for, proves nobody.
            ProviderAway: the provider does not answer as agreed.
            TooManyAsking: too many ask already.
        """
        return self._clients[provider_id].recognize(safeguards, answer=answer)

    def close(self) -> None:
        """Close the connections to the providers."""
        self._open.close()
