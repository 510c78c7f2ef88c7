"""OpenID Connect, code flow: Google, Microsoft, LinkedIn, and any other provider by configuration alone.

What Authlib knows is left to it: addresses, PKCE, client authentication, the claims of an ID token; joserfc, its other
half, checks the signature. What they leave to the caller is here: which algorithms and keys count, whose answer it is.
"""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from services.identity.providers import ProviderAway, ProviderRefused, Safeguards
from services.identity.providers.fetching import Deadline, Fetcher, as_object
from services.identity.rules import providers
from services.identity.rules.providers import Person, Provider
from shared.clock import Clock

SKEW_S: Final = 60
LONGEST_HEAD: Final = 16 * 1024
METADATA_KEPT: Final = timedelta(hours=1)
# A key that is not known yet is asked for at most this often: forged tokens must not make us a burden (OID-2).
KEYS_ASKED_EVERY: Final = timedelta(minutes=5)
KEYS_KEPT: Final = timedelta(hours=24)
# By what a token says whether its mailbox is proven.
_VOUCHING: Final = frozenset({"email_verified", "xms_edov"})
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8", "Accept": "application/json"}


class OpenId:
    """One OpenID Connect provider."""

    def __init__(self, provider: Provider, *, fetcher: Fetcher, clock: Clock, callback_url: str) -> None:
        self._provider = provider
        self._fetcher = fetcher
        self._clock = clock
        self._callback_url = callback_url
        self._registry = jws.JWSRegistry(algorithms=list(provider.algorithms), strict_check_header=False)
        # Some providers send the chain of their key's certificates along.
        self._registry.max_header_length = LONGEST_HEAD
        self._lock = threading.Lock()
        self._metadata: tuple[datetime, dict[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    def authorization_url(self, safeguards: Safeguards, *, language: str) -> str:
        """Return the provider's page to send the browser to."""
        metadata = self._described(Deadline())
        extra = {"nonce": safeguards.nonce} if self._provider.sends_nonce else {}
        url, _ = self._client().create_authorization_url(
            self._endpoint(metadata, "authorization_endpoint"),
            state=safeguards.state,
            code_verifier=safeguards.verifier,
            ui_locales=language,
            # Whoever the provider remembers signs in here by an act of their own, never by a link alone (ASVS 7.6.2).
            prompt="select_account",
            **extra,
        )
        return str(url)

    def recognize(self, safeguards: Safeguards, *, answer: Mapping[str, str]) -> Person:
        """Return whom the provider recognized."""
        deadline = Deadline()
        metadata = self._described(deadline)
        self._check_sender(metadata, answer)
        if "error" in answer:
            raise ProviderRefused("the provider or the person said no")
        if not answer.get("code"):
            raise ProviderRefused("no code")
        tokens = self._exchange(metadata, answer["code"], safeguards, deadline)
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise ProviderRefused("no ID token")
        claims = dict(self._read(metadata, id_token, access_token, safeguards, deadline))
        if "email" not in claims and "userinfo_endpoint" in metadata:
            # What the token vouches for is a mailbox of its own, not one that is told beside it.
            claims = {name: value for name, value in claims.items() if name not in _VOUCHING}
            claims |= self._mailbox(metadata, access_token, claims["sub"], deadline)
        person = providers.person(self._provider, claims)
        if person is None:
            raise ProviderRefused("nobody named")
        return person

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            None,
            client_id=self._provider.client_id,
            client_secret=self._provider.client_secret,
            scope=self._provider.scope,
            redirect_uri=self._callback_url,
            code_challenge_method="S256" if self._provider.uses_pkce else None,
        )

    def _check_sender(self, metadata: Mapping[str, Any], answer: Mapping[str, str]) -> None:
        """Refuse an answer that another provider gave (mix-up; RFC 9207)."""
        told = answer.get("iss")
        if told is None:
            if metadata.get("authorization_response_iss_parameter_supported") is True:
                raise ProviderRefused("no issuer")
        elif not providers.is_issuer_of(self._provider, metadata["issuer"], told):
            raise ProviderRefused("another issuer")

    def _exchange(
        self, metadata: Mapping[str, Any], code: str, safeguards: Safeguards, deadline: Deadline
    ) -> dict[str, Any]:
        proof = {"code_verifier": safeguards.verifier} if self._provider.uses_pkce else {}
        body = prepare_token_request("authorization_code", code=code, redirect_uri=self._callback_url, **proof)
        authentication = ClientAuth(
            self._provider.client_id, self._provider.client_secret, self._provider.token_endpoint_auth_method
        )
        url, headers, body = authentication.prepare(
            "POST", self._endpoint(metadata, "token_endpoint"), dict(_FORM), body
        )
        answered = self._fetcher.fetch("POST", url, deadline=deadline, headers=headers, data=body.encode())
        if answered.status_code in {400, 401}:
            raise ProviderRefused("the code was refused")
        answered.raise_for_status()
        return as_object(answered)

    def _read(
        self,
        metadata: Mapping[str, Any],
        id_token: str,
        access_token: str,
        safeguards: Safeguards,
        deadline: Deadline,
    ) -> Mapping[str, Any]:
        try:
            key = self._key_for(metadata, id_token, deadline)
            token = jwt.decode(id_token, key, registry=self._registry)
            issuer = providers.expected_issuer(self._provider, metadata["issuer"], token.claims)
            claims = CodeIDToken(
                token.claims,
                token.header,
                {"iss": {"essential": True, "value": issuer or ""}, "sub": {"essential": True}},
                {
                    "client_id": self._provider.client_id,
                    "access_token": access_token,
                    "nonce": safeguards.nonce if self._provider.sends_nonce else None,
                },
            )
            claims.validate(now=int(self._clock.now().timestamp()), leeway=SKEW_S)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as fault:
            # Some libraries below take a strange token for a fault of ours: whatever they raise, it proves nobody.
            raise ProviderRefused(type(fault).__name__) from None
        if token.claims.get("aud") not in (self._provider.client_id, [self._provider.client_id]):
            # Core 1.0 §3.1.3.7: audiences that we know nothing of make the token somebody else's.
            raise ProviderRefused("another audience")
        return token.claims

    def _mailbox(
        self, metadata: Mapping[str, Any], access_token: str, subject: str, deadline: Deadline
    ) -> dict[str, Any]:
        """Return what the provider says of the mailbox beside the ID token (Core 1.0 §5.3, §5.4)."""
        told = self._fetcher.fetch_document(
            self._endpoint(metadata, "userinfo_endpoint"),
            deadline=deadline,
            headers={"Authorization": f"Bearer {access_token}"},
        )
        if told.get("sub") != subject:
            # §5.3.2: a token may have been put in another's place.
            raise ProviderRefused("another person")
        return {name: told[name] for name in ("email", "email_verified") if name in told}

    def _key_for(self, metadata: Mapping[str, Any], id_token: str, deadline: Deadline) -> Key:
        header = jws.extract_compact(id_token.encode(), registry=self._registry).headers()
        if header.get("alg") not in self._provider.algorithms:
            raise ProviderRefused("another algorithm")
        # `jku`, `jwk`, `x5u` and `x5c` would let the sender bring the key along: nobody reads them here (OID-2).
        kid = header.get("kid")
        found = _find(self._known_keys(metadata, deadline), kid)
        if found is None:
            found = _find(self._known_keys(metadata, deadline, is_unknown=True), kid)
        if found is None:
            raise ProviderRefused("unknown key")
        return found

    def _known_keys(self, metadata: Mapping[str, Any], deadline: Deadline, *, is_unknown: bool = False) -> KeySet:
        now = self._clock.now()
        with self._lock:
            kept = self._keys
        kept_for = KEYS_ASKED_EVERY if is_unknown else KEYS_KEPT
        if kept is not None and now < kept[0] + kept_for:
            return kept[1]
        document = self._fetcher.fetch_document(self._endpoint(metadata, "jwks_uri"), deadline=deadline)
        keys = _verifying(document)
        with self._lock:
            self._keys = (now, keys)
        return keys

    def _described(self, deadline: Deadline) -> dict[str, Any]:
        """Return what the provider says of itself, an hour old at most."""
        now = self._clock.now()
        with self._lock:
            kept = self._metadata
        if kept is not None and now < kept[0] + METADATA_KEPT:
            return kept[1]
        metadata = self._fetcher.fetch_document(self._provider.metadata_url, deadline=deadline)
        self._check_description(metadata)
        with self._lock:
            self._metadata = (now, metadata)
        return metadata

    def _check_description(self, metadata: Mapping[str, Any]) -> None:
        issuer = metadata.get("issuer")
        if not isinstance(issuer, str):
            raise ProviderAway("no issuer")
        is_own = issuer == self._provider.issuer
        if self._provider.protocol == providers.MICROSOFT:
            # "common" describes itself as whichever tenant, "consumers" as its own: at the address that was configured.
            is_own = urlsplit(issuer)[:2] == urlsplit(self._provider.issuer)[:2]
        if not is_own:
            raise ProviderAway("another issuer")

    def _endpoint(self, metadata: Mapping[str, Any], name: str) -> str:
        url = metadata.get(name)
        if not isinstance(url, str) or not providers.is_acceptable(url):
            raise ProviderAway(f"no {name}")
        if urlsplit(url).scheme != urlsplit(self._provider.metadata_url).scheme:
            # Only a provider on this very machine may send us to this very machine.
            raise ProviderAway(f"another scheme for {name}")
        return url


def _verifying(document: Mapping[str, Any]) -> KeySet:
    """Return the keys of a JWK set that signatures can be checked with; the others are none of our business."""
    listed = document.get("keys")
    usable = [
        each
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict) and each.get("kty") in {"RSA", "EC"} and each.get("use", "sig") == "sig"
    ]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, TypeError, KeyError):
        raise ProviderAway("no keys") from None


def _find(keys: KeySet, kid: object) -> Key | None:
    if kid is None:
        # Allowed as long as there is no choice (Core 1.0 §10.1).
        return keys.keys[0] if len(keys.keys) == 1 else None
    return next((key for key in keys.keys if key.kid == kid), None)
