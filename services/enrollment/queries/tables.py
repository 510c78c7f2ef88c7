"""What every query looks into, and the words for what it finds."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select

from services.enrollment.models import (
    Dispute,
    Guardian,
    Guardianship,
    JournalEntry,
    Link,
    Organisation,
    Pin,
    RegistryImport,
    RejectedClaim,
    RejectedLine,
    School,
    Student,
    Subscriber,
)

ACTIVE: Final = "active"
SUSPENDED: Final = "suspended"
TO_CONFIRM: Final = "to_confirm"
PREPARING: Final = "preparing"
ENDED: Final = "ended"

# Tables, not mapped classes: SQLAlchemy's object mapper would go over each statement and each row once more (performance.md).
organisations = Organisation.__table__
schools = School.__table__
registry_imports = RegistryImport.__table__
rejected_lines = RejectedLine.__table__
students = Student.__table__
guardians = Guardian.__table__
guardianships = Guardianship.__table__
links = Link.__table__
disputes = Dispute.__table__
rejected_claims = RejectedClaim.__table__
journal_entries = JournalEntry.__table__
subscribers = Subscriber.__table__
pins = Pin.__table__

# A link whose proof is older than its organisation accepts (CHD-16); null where the organisation accepts them all.
IS_TO_CONFIRM: Final = func.coalesce(links.c.confirmed_at, links.c.linked_at) < organisations.c.confirm_links_before

# Since when an account holds a child by what its link stands by: by a PIN, since it used that. What was closed before
# counts as new, so that the others can dispute it (CHD-11).
HELD_SINCE: Final = func.coalesce(
    select(pins.c.used_at).where(pins.c.id == links.c.pin_id).scalar_subquery(), links.c.linked_at
)


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a list, and how many there are in all."""

    items: list[dict[str, Any]]
    item_count: int
