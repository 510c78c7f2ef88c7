"""What the portal remembers of a browser between two pages: who is signed in, a mailbox that is being proven, the API's cookies.

All are sealed cookies: the portal keeps no state, and the API's token cannot be read in the browser. Whoever signs out ends
the session at the API, so that a copy of the cookie is worth nothing.
"""

import hmac
import secrets
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

import flask

from portal.clock import Clock
from portal.config import Settings
from portal.kept_cookies import KeptCookies
from portal.sealing import Seal

_VISIT = "vitrail-portal"
_FLOW = "vitrail-portal-step"
_KEPT = "vitrail-portal-kept"
# What has a cookie of its own.
_APART = frozenset({"flow", "kept"})


@dataclass(slots=True)
class Flow:
    """A mailbox on its way to be proven: it outlives the window, so that a closed one can be taken up again (ID-13)."""

    purpose: str
    email: str
    challenge_id: str
    expires_at: float
    ticket: str = ""
    # The page to go on to afterwards.
    back: str = ""


@dataclass(slots=True)
class Visit:
    """A browser's visit."""

    csrf_token: str
    token: str = ""
    email: str = ""
    # Said once, on the next page.
    told: str = ""
    # What the next form for a mailbox begins with, once: an address would tell it to histories and to others' logs (ASVS 14.2.1).
    known_email: str = ""
    # When the session ends if it is used no more, and when the API said so; 0: not known.
    ends_at: float = 0.0
    asked_at: float = 0.0
    flow: Flow | None = None
    kept: KeptCookies = field(default_factory=lambda: KeptCookies({}, now=0.0))

    @property
    def is_signed_in(self) -> bool:
        """Tell whether the visitor has a session at the API, as far as we know."""
        return bool(self.token)

    def sign_in(self, *, token: str, email: str) -> None:
        """Remember a session; what anybody may have put into this browser before is over."""
        self.token, self.email, self.csrf_token, self.flow = token, email, secrets.token_urlsafe(24), None
        self.known_email = ""
        self.ends_at = self.asked_at = 0.0

    def renew(self, *, token: str) -> None:
        """Go on with the session's new token; forms that lie open in other windows stay this visit's own."""
        self.token = token

    def sign_out(self) -> None:
        """Forget the session."""
        self.token, self.email, self.csrf_token = "", "", secrets.token_urlsafe(24)
        self.known_email = ""
        self.ends_at = self.asked_at = 0.0

    def take_known_email(self) -> str:
        """Return what a form for a mailbox begins with; whoever sits here next does not see it."""
        taken, self.known_email = self.known_email, ""
        return taken

    def is_own_form(self, given: str) -> bool:
        """Tell whether a form comes from one of this visit's own pages."""
        return hmac.compare_digest(given.encode(), self.csrf_token.encode())


Kept = TypeVar("Kept", Visit, Flow)


def _made_of(kind: type[Kept], sealed: dict[str, Any] | None) -> Kept | None:
    """Return what was sealed; None when nothing was, or what knew other facts than this release does."""
    try:
        return None if sealed is None else kind(**sealed)
    except TypeError:
        return None


class Visits:
    """Reads a visit out of a request, and leaves it in an answer."""

    def __init__(self, settings: Settings, *, now: Clock) -> None:
        self._now = now
        self._flags: dict[str, Any] = {
            "httponly": True,
            "secure": not settings.is_local,
            "samesite": "Lax",
            "path": "/",
        }
        prefix = "" if settings.is_local else "__Host-"
        self._visit_name, self._flow_name, self._kept_name = f"{prefix}{_VISIT}", f"{prefix}{_FLOW}", f"{prefix}{_KEPT}"
        self._visit_seal = Seal(settings.cookie_keys, purpose="visit")
        self._flow_seal = Seal(settings.cookie_keys, purpose="flow")
        self._kept_seal = Seal(settings.cookie_keys, purpose="kept")

    def read(self, request: flask.Request) -> Visit:
        """Return the visit that a request belongs to, a new one when it belongs to none.

        What another release has sealed in a shape of its own is as good as nothing: a cookie outlives an upgrade.
        """
        now = self._now().timestamp()
        visit = _made_of(Visit, self._visit_seal.open(request.cookies.get(self._visit_name, "")))
        if visit is None:
            visit = Visit(csrf_token=secrets.token_urlsafe(24))
        begun = _made_of(Flow, self._flow_seal.open(request.cookies.get(self._flow_name, "")))
        if begun is not None and begun.expires_at > now:
            visit.flow = begun
        kept = self._kept_seal.open(request.cookies.get(self._kept_name, ""))
        try:
            visit.kept = KeptCookies(kept or {}, now=now)
        except (TypeError, ValueError):
            visit.kept = KeptCookies({}, now=now)
        return visit

    def leave(self, visit: Visit, response: flask.Response) -> None:
        """Put the visit on an answer."""
        known = {each.name: getattr(visit, each.name) for each in fields(visit) if each.name not in _APART}
        # Without Max-Age: it ends with the browser at the latest.
        response.set_cookie(self._visit_name, self._visit_seal.close(known), **self._flags)
        if visit.flow is not None:
            rest = max(0, int(visit.flow.expires_at - self._now().timestamp()))
            response.set_cookie(self._flow_name, self._flow_seal.close(asdict(visit.flow)), max_age=rest, **self._flags)
        elif self._flow_name in flask.request.cookies:
            response.delete_cookie(self._flow_name, **self._flags)
        if visit.kept.has_changed:
            kept = self._kept_seal.close(dict(visit.kept.values))
            response.set_cookie(self._kept_name, kept, max_age=visit.kept.lasts_s, **self._flags)
