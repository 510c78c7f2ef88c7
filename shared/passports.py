"""Passports: what the gateway vouches for on each call, signed for one audience and good for seconds.

Signed with itsdangerous under the audience's own key ring (several accepted, the newest signs), so that a passport for
one service opens no other. A passport says who asks, never what: the request id travels beside it in `X-Request-Id`,
which lets the gateway use one passport for several calls of a session and a service check it once.
"""

import time
from dataclasses import asdict, dataclass
from functools import lru_cache

from itsdangerous import BadSignature, URLSafeTimedSerializer

HEADER = "passport"
LIFETIME_S = 30
# Two machines' clocks differ by this much at most (S2S-7); itsdangerous alone takes any passport that was signed a second
# from now for an expired one.
SKEW_S = 30
# The gateway uses a passport again for this long, the service remembers that it was good for as long.
REUSE_S = 5

PARENT = "parent"
SCHOOL = "school"
GATEWAY = "gateway"


class PassportRefused(Exception):
    """The passport is missing, forged, for another audience, or too old."""


@dataclass(frozen=True, kw_only=True)
class Passport:
    """Who asks: a person with an account, a client of an organisation with scopes, or nobody but an address."""

    account_id: str | None = None
    email: str | None = None
    session_id: str | None = None
    client_id: str | None = None
    # As whoever registered the client wrote it down: the services know which organisation that is, if any.
    organisation_code: str | None = None
    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    address: str = ""


class PassportOffice:
    """Signs and opens the passports of one audience."""

    def __init__(self, audience: str, keys: tuple[str, ...]) -> None:
        """`keys`: newest last; it signs, all of them open."""
        self._serializer = URLSafeTimedSerializer(list(keys), salt=f"passport:{audience}")
        self._open_once = lru_cache(maxsize=4096)(self._open_in_slice)

    def sign(self, passport: Passport) -> str:
        """Return the header value for `passport`."""
        return self._serializer.dumps({name: value for name, value in asdict(passport).items() if value})

    def open(self, text: str | None) -> Passport:
        """Return the passport behind a header value.

        Raises:
            PassportRefused: it is missing, forged, for another audience, older than its lifetime or from the future;
                either by more than the skew that clocks may have.
        """
        if not text:
            raise PassportRefused
        # The slice of time is part of the key: an answer is remembered for seconds, never for the lifetime of the cache.
        return self._open_once(text, int(time.monotonic() / REUSE_S))

    def _open_in_slice(self, text: str, _slice: int) -> Passport:
        try:
            content, signed_at = self._serializer.loads(text, return_timestamp=True)
        except BadSignature as refused:
            raise PassportRefused from refused
        if not -SKEW_S <= time.time() - signed_at.timestamp() <= LIFETIME_S + SKEW_S:
            raise PassportRefused
        for name in ("roles", "scopes"):
            content[name] = tuple(content.get(name, ()))
        return Passport(**content)
