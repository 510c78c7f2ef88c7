"""The passports that the gateway signs: one key ring for each audience, one signature for some seconds (S2S-1, S2S-6)."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from time import monotonic

from shared import passports
from shared.passports import Passport, PassportOffice


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

    def _sign_in_slice(self, audience: str, passport: Passport, _slice: int) -> str:
        return self._offices[audience].sign(passport)
