"""What the API gives a browser to keep, held for it by the portal: the API's own cookies, but for the session's.

The API never sees the visitor's browser, so the portal carries them for it: the known device, by which wrong passwords typed
elsewhere lock nobody out here (ACC-5), and what binds a browser to its way to another provider (RFC 9700 §4.7). Sealed, they are
as unreadable in the browser as the session's token.
"""

from collections.abc import Iterable, Mapping
from http.cookies import CookieError, SimpleCookie

NAMES = frozenset({"vitrail-device", "vitrail-social"})
_HOST = "__Host-"


class KeptCookies:
    """The API's cookies of one browser, each with the moment at which it ends."""

    def __init__(self, values: Mapping[str, tuple[str, float]], *, now: float) -> None:
        self._now = now
        self.values = {name: (value, ends_at) for name, (value, ends_at) in values.items() if ends_at > now}
        self.has_changed = False

    @property
    def header(self) -> str:
        """Return what to send to the API as `Cookie`."""
        return "; ".join(f"{name}={value}" for name, (value, _) in self.values.items())

    @property
    def lasts_s(self) -> int:
        """Return the seconds until the last of them ends."""
        return int(max((ends_at for _, ends_at in self.values.values()), default=self._now) - self._now)

    def take(self, lines: Iterable[str]) -> None:
        """Keep what the API sets (`Set-Cookie`), and drop what it takes away."""
        for line in lines:
            try:
                given = SimpleCookie(line)
            except CookieError:
                continue
            for name, morsel in given.items():
                if name.removeprefix(_HOST) in NAMES:
                    self._take(name, morsel.value, morsel["max-age"])

    def _take(self, name: str, value: str, max_age: str) -> None:
        lasts_s = int(max_age) if max_age.isdecimal() else 0
        if value and lasts_s:
            self.values[name] = (value, self._now + lasts_s)
            self.has_changed = True
        elif self.values.pop(name, None) is not None:
            self.has_changed = True
