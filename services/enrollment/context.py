"""What an operation is given: the settings, the database, the clock, and the keys."""

from dataclasses import dataclass, field
from typing import Any, Self

from services.enrollment.config import Settings
from shared.clock import Clock, SystemClock
from shared.database import Database
from shared.digests import Digester, Seal
from shared.pseudonyms import RootKeys


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
    # Names the key that the next subscriber's pseudonyms are derived from.
    root_keys: RootKeys
    # Which looks at files are in the journal already; what one process remembers spares it the statement.
    remembered_views: set[str] = field(default_factory=set, repr=False)

    @classmethod
    def open(cls, settings: Settings, **doors: Any) -> Self:
        """Return the context of `settings`; `doors` replaces its parts by name."""
        parts: dict[str, Any] = {
            "db": doors.pop("db", None) or Database(settings.database_url, pool_size=settings.threads),
            "clock": doors.pop("clock", None) or SystemClock(),
            "digester": Digester(settings.digest_keys),
            "seal": Seal(settings.seal_keys),
            "root_keys": RootKeys(settings.pseudonym_keys),
        }
        return cls(settings=settings, **(parts | doors))
