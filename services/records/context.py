"""What an operation is given: the settings, the database, the clock, and the keys."""

from dataclasses import dataclass, field
from typing import Any, Final, Self

from services.records.config import Settings
from services.records.pdf.typesetting import Typesetter
from shared.clock import Clock, SystemClock
from shared.database import Database
from shared.digests import RowSeal, Seal
from shared.objects import ObjectStore
from shared.signing import SigningKeys

# Some megabytes; a day of a large board's parents, in one process.
_MOST_LOOKS: Final = 50_000


class Looks:
    """Which looks at a tile this process knows to be in the journal of their day: they are written once (`views`).

    Forgetting one costs a statement, and nothing else.
    """

    def __init__(self) -> None:
        self._known: set[tuple[object, ...]] = set()

    def are_known(self, *look: object) -> bool:
        """Tell whether a look has been written."""
        return look in self._known

    def remember(self, *look: object) -> None:
        """Keep that a look has been written."""
        if len(self._known) >= _MOST_LOOKS:
            self._known = set()
        self._known.add(look)


@dataclass(frozen=True, kw_only=True)
class Context:
    """The doors of this service; tests open others."""

    settings: Settings
    db: Database
    clock: Clock
    # Keeps letters, and answers that may be asked for again.
    seal: Seal
    # Keeps what a parent asks of the school, each bound to its row.
    requests: RowSeal
    # Proves what schools publish.
    signing: SigningKeys
    # Keeps documents.
    objects: ObjectStore
    # Bounds how many are made at once.
    typesetter: Typesetter
    looks: Looks = field(default_factory=Looks)

    @classmethod
    def open(cls, settings: Settings, **doors: Any) -> Self:
        """Return the context of `settings`; `doors` replaces its parts by name."""
        parts: dict[str, Any] = {
            "db": doors.pop("db", None) or Database(settings.database_url, pool_size=settings.threads),
            "clock": doors.pop("clock", None) or SystemClock(),
            "seal": Seal(settings.seal_keys),
            "requests": RowSeal(settings.seal_keys),
            "signing": SigningKeys(settings.signing_keys, purpose="records"),
            "objects": ObjectStore(
                settings.documents_url,
                access_key=settings.documents_access_key,
                secret_key=settings.documents_secret_key,
            ),
            "typesetter": Typesetter(places=settings.documents_made_at_once, patience=settings.document_patience),
        }
        return cls(settings=settings, **(parts | doors))
