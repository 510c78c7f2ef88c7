"""How many imports one process carries out at once: each takes a thread, and time, from parents."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from services.enrollment.errors import ImportUnderWay
from shared.problems import Unavailable

_COME_BACK: Final = timedelta(seconds=30)


class ImportPlaces:
    """The places of one process, and which organisations have taken them."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._taken: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, organisation_code: str) -> Iterator[None]:
        """Hold a place for the length of a `with` block; nobody waits for one.

        Processes do not know of each other's: there, `registry_version` lets one of two imports through.

        Raises:
            ImportUnderWay: an import of this organisation has one.
            Unavailable: others have them all.
        """
        with self._lock:
            if organisation_code in self._taken:
                raise ImportUnderWay(retry_after=_COME_BACK)
            if len(self._taken) >= self._places:
                raise Unavailable(retry_after=_COME_BACK)
            self._taken.add(organisation_code)
        try:
            yield
        finally:
            with self._lock:
                self._taken.discard(organisation_code)
