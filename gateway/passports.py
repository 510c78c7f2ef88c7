"""The passports that the gateway signs: one key ring for each audience, one signature for some seconds (S2S-1, S2S-6).

The portal's says from which address its page is asked for. It is no pass to anywhere: it is signed, not encrypted, and the portal,
which could read it and cannot change it, hands it back with its own calls, so that these count for whoever sits before the page and
not for the portal (GWY-1).
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from time import monotonic

from shared import passports
from shared.passports import Passport, PassportOffice, PassportRefused


class Passports:
    """Signs passports, and uses each again for the seconds that `shared.passports` allows."""

    def __init__(self, key_rings: Mapping[str, tuple[str, ...]], *, now: Callable[[], float] = monotonic) -> None:
        self._offices = {audience: PassportOffice(audience, keys) for audience, keys in key_rings.items()}
        self._now = now
        # A signature costs more than all the rest of a small request; the callers of one moment repeat themselves.
        self._sign_once = lru_cache(maxsize=8192)(self._sign_in_slice)

    def sign(self, audience: str, passport: Passport) -> str:
        """Return the header value that vouches for `passport` before `audience`."""
        return self._sign_once(audience, passport, int(self._now() / passports.REUSE_S))

    def find_address(self, audience: str, text: str) -> str | None:
        """Return the address that we have vouched for before `audience`, or None when it was not us, or too long ago."""
        office = self._offices.get(audience)
        # Bytes beyond ASCII arrive as lone surrogates, which nothing can compare a signature with.
        if office is None or not text.isascii():
            return None
        try:
            return office.open(text).address or None
        except PassportRefused:
            return None

    def _sign_in_slice(self, audience: str, passport: Passport, _slice: int) -> str:
        return self._offices[audience].sign(passport)
