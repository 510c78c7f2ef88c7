"""Sessions of people as the gateway knows them, and what a browser or app shows to have one."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway import holders
from gateway.errors import CsrfRejected

_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What identity vouches for."""

    session_id: str
    account_id: str
    email: str
    roles: tuple[str, ...]
    csrf_token: str
    expires_at: datetime

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Session":
        """Return the session that an introspection answered with."""
        return cls(
            session_id=document["session_id"],
            account_id=document["account_id"],
            email=document["email"],
            roles=tuple(document["roles"]),
            csrf_token=document["csrf_token"],
            expires_at=holders.moment(document["expires_at"]),
        )

    @property
    def names(self) -> frozenset[str]:
        """What it is ended by: its id, or its account's."""
        return frozenset({self.session_id.lower(), f"account:{self.account_id}".lower()})


@dataclass(frozen=True, slots=True)
class Credential:
    """A token, and whether a browser sends it by itself."""

    token: str
    is_cookie: bool


def credential(headers: Mapping[str, str], *, cookie_name: str) -> Credential | None:
    """Return what the caller signs in with: the bearer token, else the session cookie, else nothing (SES-2)."""
    token = bearer(headers)
    if token is not None:
        return Credential(token, is_cookie=False)
    token = cookie(headers, cookie_name)
    return Credential(token, is_cookie=True) if token else None


def bearer(headers: Mapping[str, str]) -> str | None:
    """Return the bearer token (RFC 6750 §2.1), empty when it has no form, or None when there is none."""
    authorization = headers.get("Authorization")
    if authorization is None or authorization[:7].lower() != "bearer ":
        return None
    found = _BEARER.fullmatch(authorization.strip())
    return found[1] if found else ""


def cookie(headers: Mapping[str, str], name: str) -> str:
    """Return the value of a cookie, empty when it is missing or given twice: then nobody knows which is ours."""
    text = headers.get("Cookie")
    if text is None or name not in text:
        return ""
    prefix = f"{name}="
    values = {part.strip()[len(prefix) :] for part in text.split(";") if part.strip().startswith(prefix)}
    return values.pop().strip('"') if len(values) == 1 else ""


def require_csrf_token(headers: Mapping[str, str], session: Session) -> None:
    """Check that a write with the cookie carries the session's token, which foreign pages cannot read (SES-7).

    Raises:
        CsrfRejected: it does not.
    """
    given = headers.get("X-CSRF-Token", "")
    if not hmac.compare_digest(given.encode(), session.csrf_token.encode()):
        raise CsrfRejected
