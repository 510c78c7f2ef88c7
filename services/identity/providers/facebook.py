"""Facebook's OAuth 2.0: there is no ID token, so the Graph is asked whose token it is, and whom it was made for (OID-10).

A token of another application would prove only that somebody signed in *there*: `debug_token` names the application and
the person. `appsecret_proof` lets Facebook refuse our token in anybody else's hands.
"""

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_token_request

from services.identity.providers import ProviderRefused, Safeguards
from services.identity.providers.fetching import Deadline, Fetcher, as_object
from services.identity.rules.providers import Person, Provider
from shared.clock import Clock

# What a person is kept under: the number is one of our application's own, and means nothing elsewhere.
ISSUER = "https://www.facebook.com"


class Facebook:
    """Facebook."""

    def __init__(self, provider: Provider, *, fetcher: Fetcher, clock: Clock, callback_url: str) -> None:
        self._provider = provider
        self._fetcher = fetcher
        self._clock = clock
        self._callback_url = callback_url

    def authorization_url(self, safeguards: Safeguards, *, language: str) -> str:
        """Return Facebook's page to send the browser to."""
        client = OAuth2Client(
            None,
            client_id=self._provider.client_id,
            scope=self._provider.scope,
            redirect_uri=self._callback_url,
            code_challenge_method="S256" if self._provider.uses_pkce else None,
        )
        url, _ = client.create_authorization_url(
            f"{self._provider.issuer}/dialog/oauth",
            state=safeguards.state,
            code_verifier=safeguards.verifier,
            locale={"fr": "fr_CA", "en": "en_US"}[language],
            # It knows no choice of accounts; without this a link alone would sign in whom it remembers (ASVS 7.6.2).
            auth_type="reauthenticate",
        )
        return str(url)

    def recognize(self, safeguards: Safeguards, *, answer: Mapping[str, str]) -> Person:
        """Return whom Facebook recognized; what it says of an e-mail is never taken for proven (W13)."""
        if "error" in answer or not answer.get("code"):
            raise ProviderRefused("the provider or the person said no")
        deadline = Deadline()
        access_token = self._exchange(answer["code"], safeguards, deadline)
        subject = self._owner(access_token, deadline)
        told = self._ask(f"/me?fields=id,email&appsecret_proof={self._proof(access_token)}", access_token, deadline)
        if told.get("id") != subject:
            raise ProviderRefused("another person")
        email = told.get("email")
        return Person(
            issuer=ISSUER,
            subject=subject,
            email=email if isinstance(email, str) and email else None,
            is_email_proven=False,
        )

    def _exchange(self, code: str, safeguards: Safeguards, deadline: Deadline) -> str:
        proof = {"code_verifier": safeguards.verifier} if self._provider.uses_pkce else {}
        body = prepare_token_request(
            "authorization_code",
            code=code,
            redirect_uri=self._callback_url,
            client_id=self._provider.client_id,
            client_secret=self._provider.client_secret,
            **proof,
        )
        answered = self._fetcher.fetch(
            "POST",
            f"{self._provider.graph}/oauth/access_token",
            deadline=deadline,
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"},
            data=body.encode(),
        )
        if answered.status_code in {400, 401}:
            raise ProviderRefused("the code was refused")
        answered.raise_for_status()
        access_token = as_object(answered).get("access_token")
        if not isinstance(access_token, str) or not access_token.isascii() or not access_token.isprintable():
            raise ProviderRefused("no token")
        return access_token

    def _owner(self, access_token: str, deadline: Deadline) -> str:
        """Return whose token it is, once it is certain that it was made for our application and still counts."""
        ours = f"{self._provider.client_id}|{self._provider.client_secret}"
        told = self._ask(f"/debug_token?input_token={quote(access_token, safe='')}", ours, deadline).get("data")
        if not isinstance(told, dict) or told.get("is_valid") is not True:
            raise ProviderRefused("the token does not count")
        if told.get("app_id") != self._provider.client_id or told.get("type", "USER") != "USER":
            raise ProviderRefused("a token of another application")
        expires_at = told.get("expires_at", 0)
        if not isinstance(expires_at, int) or 0 < expires_at <= self._clock.now().timestamp():
            raise ProviderRefused("a token of the past")
        subject = told.get("user_id")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise ProviderRefused("nobody named")
        return subject

    def _ask(self, path: str, token: str, deadline: Deadline) -> dict[str, Any]:
        answered = self._fetcher.fetch(
            "GET", f"{self._provider.graph}{path}", deadline=deadline, headers={"Authorization": f"Bearer {token}"}
        )
        if answered.status_code in {400, 401, 403}:
            raise ProviderRefused("the token was refused")
        answered.raise_for_status()
        return as_object(answered)

    def _proof(self, access_token: str) -> str:
        return hmac.digest(self._provider.client_secret.encode(), access_token.encode(), "sha256").hex()
