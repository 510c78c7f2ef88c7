"""What the portal remembers of a browser between two pages: who is signed in, and a mailbox that is being proven.

Both are sealed cookies: the portal keeps no state, and the API's token cannot be read in the browser. Whoever signs out ends
the session at the API, so that a copy of the cookie is worth nothing.
"""

import hmac
import secrets
from dataclasses import asdict, dataclass
from typing import Any

import flask

from portal.clock import Clock
from portal.config import Settings
from portal.sealing import Seal

_VISIT = "vitrail-portal"
_FLOW = "vitrail-portal-step"


@dataclass(slots=True)
class Flow:
    """A mailbox on its way to be proven: it outlives the window, so that a closed one can be taken up again (ID-13)."""

    purpose: str
    email: str
    challenge_id: str
    expires_at: float
    ticket: str = ""


@dataclass(slots=True)
class Visit:
    """A browser's visit."""

    csrf_token: str
    token: str = ""
    email: str = ""
    # Said once, on the next page.
    told: str = ""
    flow: Flow | None = None

    @property
    def is_signed_in(self) -> bool:
        """Tell whether the visitor has a session at the API, as far as we know."""
        return bool(self.token)

    def forget_told(self) -> None:
        """Say nothing any more: it has been said."""
        self.told = ""

    def sign_in(self, *, token: str, email: str) -> None:
        """Remember a session; what anybody may have put into this browser before is over."""
        self.token, self.email, self.csrf_token, self.flow = token, email, secrets.token_urlsafe(24), None

    def sign_out(self) -> None:
        """Forget the session."""
        self.token, self.email, self.csrf_token = "", "", secrets.token_urlsafe(24)

    def is_own_form(self, given: str) -> bool:
        """Tell whether a form comes from one of this visit's own pages."""
        return hmac.compare_digest(given.encode(), self.csrf_token.encode())


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
        self._visit_name, self._flow_name = f"{prefix}{_VISIT}", f"{prefix}{_FLOW}"
        self._visit_seal = Seal(settings.cookie_keys, purpose="visit")
        self._flow_seal = Seal(settings.cookie_keys, purpose="flow")

    def read(self, request: flask.Request) -> Visit:
        """Return the visit that a request belongs to, a new one when it belongs to none."""
        known = self._visit_seal.open(request.cookies.get(self._visit_name, ""))
        visit = Visit(**known) if known is not None else Visit(csrf_token=secrets.token_urlsafe(24))
        begun = self._flow_seal.open(request.cookies.get(self._flow_name, ""))
        if begun is not None and begun["expires_at"] > self._now().timestamp():
            visit.flow = Flow(**begun)
        return visit

    def leave(self, visit: Visit, response: flask.Response) -> None:
        """Put the visit on an answer."""
        known = asdict(visit)
        known.pop("flow")
        # Without Max-Age: it ends with the browser at the latest.
        response.set_cookie(self._visit_name, self._visit_seal.close(known), **self._flags)
        if visit.flow is not None:
            rest = max(0, int(visit.flow.expires_at - self._now().timestamp()))
            response.set_cookie(self._flow_name, self._flow_seal.close(asdict(visit.flow)), max_age=rest, **self._flags)
        elif self._flow_name in flask.request.cookies:
            response.delete_cookie(self._flow_name, **self._flags)
