"""Asking identity who is behind a token; the token goes nowhere else (S2S-2)."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Generic

from gateway import headers
from gateway.errors import UpstreamFailed, UpstreamTimedOut
from gateway.holders import H
from gateway.passports import Passports
from gateway.routes import IDENTITY
from gateway.upstreams import Upstream
from shared import logs, passports
from shared.passports import Passport
from shared.problems import Unavailable

log = logs.get(__name__)

SESSIONS = "/internal/session-introspections"
SCHOOL_TOKENS = "/internal/school-token-introspections"
PATIENCE = timedelta(seconds=5)


class Introspector(Generic[H]):
    """Asks at one path, where one kind of token is known."""

    def __init__(
        self, identity: Upstream, signer: Passports, *, path: str, read: Callable[[Mapping[str, Any]], H]
    ) -> None:
        """`read` makes a holder of identity's answer."""
        self._identity = identity
        self._signer = signer
        self._path = path
        self._read = read

    async def ask(self, token: str) -> H | None:
        """Return the holder of `token`, or None.

        Raises:
            Unavailable: identity does not answer as agreed.
        """
        passport = self._signer.sign(IDENTITY, Passport(roles=(passports.GATEWAY,)))
        try:
            status, document = await self._identity.fetch(
                "POST",
                self._path,
                headers=headers.ours(passport),
                document={"token": token},
                timeout=PATIENCE,
                may_repeat=True,
            )
        except (UpstreamFailed, UpstreamTimedOut):
            raise Unavailable(retry_after=timedelta(seconds=2)) from None
        if status == 401 and document.get("code") == "not_signed_in":
            return None
        try:
            if status == 200:
                return self._read(document)
        except (KeyError, TypeError, ValueError):
            pass
        # A refused passport, a fault, another document than agreed: nothing that speaks for or against the caller.
        log.error("introspection_failed", status=status)
        raise Unavailable(retry_after=timedelta(seconds=2))
