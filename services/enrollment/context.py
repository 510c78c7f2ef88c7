"""What an operation is given: the settings, the database, the clock, and the keys."""

from dataclasses import dataclass
from typing import Any, Self

from services.enrollment.config import Settings
from shared.clock import Clock, SystemClock
from shared.database import Database
from shared.digests import Digester, Seal


@dataclass(frozen=True, kw_only=True)
class Context:
    """The doors of this service; tests open others."""

    settings: Settings
    db: Database
    clock: Clock
    # Finds permanent codes and children without their standing in the database.
    digester: Digester
    # Keeps what must be read again.
    seal: Seal

    @classmethod
    def open(cls, settings: Settings, **doors: Any) -> Self:
        """Return the context of `settings`; `doors` replaces its parts by name."""
        standard = {
            "db": lambda: Database(settings.database_url, pool_size=settings.threads),
            "clock": SystemClock,
            "digester": lambda: Digester(settings.digest_keys),
            "seal": lambda: Seal(settings.seal_keys),
        }
        return cls(
            settings=settings, **{name: doors.pop(name, None) or make() for name, make in standard.items()}, **doors
        )
