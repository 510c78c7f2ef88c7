"""Who else may say who somebody is: which providers there are, how they are told apart, and what of theirs is believed.

Configured as TOML, a table a provider. Google, Microsoft, LinkedIn and Facebook need a `client_id` and a
`client_secret`; any other OpenID Connect provider also its `issuer` and the `name` to show:

    [google]
    client_id = "…"
    client_secret = "…"

    [mon-centre]
    name = "Mon centre de services"
    issuer = "https://connexion.mon-centre.example"
    client_id = "…"
    client_secret = "…"
    trusts_email = true
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final
from urllib.parse import urlsplit

OPENID: Final = "openid"
MICROSOFT: Final = "microsoft"
FACEBOOK: Final = "facebook"
_PROTOCOLS = (OPENID, MICROSOFT, FACEBOOK)
# Signatures by the provider's private key alone: never `none`, never one made with a secret that we know too (OID-2).
ALGORITHMS: Final = ("RS256", "ES256")

# All of Microsoft's own customers, beside the tenants of organisations, whose administrators write what e-mail they like.
MICROSOFT_PERSONAL_TENANT: Final = "9188040d-6c67-4c5b-b112-36a304b66dad"
_TENANT_PLACE: Final = "{tenantid}"
_TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One provider as the operator configured it."""

    id: str
    name: str
    client_id: str
    client_secret: str = field(repr=False)
    issuer: str
    protocol: str = OPENID
    # Where the provider describes itself, when that is not below its issuer.
    discovery: str = ""
    # Facebook's programming interface: it stands elsewhere than its pages.
    graph: str = ""
    scope: str = "openid email profile"
    token_endpoint_auth_method: str = "client_secret_basic"
    algorithms: tuple[str, ...] = ALGORITHMS
    # Whether `email_verified` of this provider is worth what it says (W13).
    trusts_email: bool = False
    sends_nonce: bool = True
    uses_pkce: bool = True

    @property
    def metadata_url(self) -> str:
        """Return where the provider describes itself (OpenID Connect Discovery 1.0 §4)."""
        return self.discovery or f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"


_KNOWN: Final[Mapping[str, Mapping[str, Any]]] = {
    "google": {"name": "Google", "issuer": "https://accounts.google.com", "trusts_email": True},
    "microsoft": {
        "name": "Microsoft",
        "protocol": MICROSOFT,
        "issuer": "https://login.microsoftonline.com/common/v2.0",
        "token_endpoint_auth_method": "client_secret_post",
    },
    # It gives no nonce back, and refuses a code verifier of applications that are not registered as native ones.
    "linkedin": {
        "name": "LinkedIn",
        "issuer": "https://www.linkedin.com/oauth",
        "trusts_email": True,
        "sends_nonce": False,
        "uses_pkce": False,
        "token_endpoint_auth_method": "client_secret_post",
    },
    "facebook": {
        "name": "Facebook",
        "protocol": FACEBOOK,
        "issuer": "https://www.facebook.com/v23.0",
        "graph": "https://graph.facebook.com/v23.0",
        "scope": "email public_profile",
        "token_endpoint_auth_method": "client_secret_post",
    },
}


def read(text: str) -> dict[str, Provider]:
    """Return the providers that a configuration describes, in its order.

    Raises:
        ValueError: it does not; the message names the table and never a value.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise ValueError("is no TOML") from None
    return {id_: _provider(id_, table) for id_, table in tables.items()}


def _provider(id_: str, table: Any) -> Provider:
    if not _NAME.fullmatch(id_) or not isinstance(table, dict):
        raise ValueError("must hold a table for each provider, named in lower case")
    given = {**_KNOWN.get(id_, {}), **table, "id": id_}
    known = {each.name: each.type for each in fields(Provider)}
    missing = [name for name in ("name", "issuer", "client_id", "client_secret") if not given.get(name)]
    if missing or set(given) - set(known):
        raise ValueError(
            f"[{id_}] lacks {', '.join(missing) or 'nothing'}, and knows no {_listed(set(given) - set(known))}"
        )
    for name, value in given.items():
        wanted: type = bool if known[name] in {"bool", bool} else list if name == "algorithms" else str
        if not isinstance(value, wanted):
            raise ValueError(f"[{id_}] {name} has another type than expected")
    provider = replace(Provider(**given), algorithms=tuple(given.get("algorithms", ALGORITHMS)))
    if provider.protocol not in _PROTOCOLS or not set(provider.algorithms) <= set(ALGORITHMS):
        raise ValueError(f"[{id_}] names another protocol or algorithm than there are")
    for url in (provider.issuer, provider.discovery, provider.graph):
        if url and not is_acceptable(url):
            raise ValueError(f"[{id_}] must be reached over https")
    return provider


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "other setting"


def is_acceptable(url: str) -> bool:
    """Tell whether something may be asked at `url`: over TLS, or on this very machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whom a provider has recognized: always the pair (issuer, subject), never an e-mail (OID-3)."""

    issuer: str
    subject: str
    email: str | None
    is_email_proven: bool


def expected_issuer(provider: Provider, announced: str, claims: Mapping[str, Any]) -> str | None:
    """Return what `iss` must be, given what the provider's description announces; None when it cannot be right.

    Microsoft's description of "whichever tenant" has a place for the tenant, which the token names.
    """
    if provider.protocol != MICROSOFT or _TENANT_PLACE not in announced:
        return announced
    tenant = claims.get("tid")
    if not isinstance(tenant, str) or not _TENANT.fullmatch(tenant):
        return None
    return announced.replace(_TENANT_PLACE, tenant)


def is_issuer_of(provider: Provider, announced: str, told: str) -> bool:
    """Tell whether an answer that names its issuer (RFC 9207) comes from this provider."""
    if provider.protocol != MICROSOFT or _TENANT_PLACE not in announced:
        return told == announced
    before, _, after = announced.partition(_TENANT_PLACE)
    return told.startswith(before) and told.endswith(after) and bool(_TENANT.fullmatch(told[len(before) : -len(after)]))


def person(provider: Provider, claims: Mapping[str, Any]) -> Person | None:
    """Return whom the claims of a valid ID token describe, or None when they name nobody."""
    subject = claims.get("sub")
    if provider.protocol == MICROSOFT:
        # The same at every application of one tenant, while `sub` differs: a second registration keeps its people.
        subject = claims.get("oid") or subject
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        return None
    email = claims.get("email")
    if not isinstance(email, str) or not email:
        return Person(issuer=claims["iss"], subject=subject, email=None, is_email_proven=False)
    return Person(
        issuer=claims["iss"], subject=subject, email=email, is_email_proven=_is_email_proven(provider, claims)
    )


def _is_email_proven(provider: Provider, claims: Mapping[str, Any]) -> bool:
    if provider.protocol == MICROSOFT:
        # `xms_edov`: the domain's owner was proven; written as a boolean, a number or a text.
        return claims.get("tid") == MICROSOFT_PERSONAL_TENANT or claims.get("xms_edov") in (True, 1, "1", "true")
    return provider.trusts_email and claims.get("email_verified") is True
