"""What every query looks into, and the words for what it finds."""

from dataclasses import dataclass
from typing import Any

from services.attendance.models import (
    GUARDIANSHIPS,
    Absence,
    BellTimes,
    Contradiction,
    DecisionRevision,
    Motivation,
    Notice,
    OfferedReason,
    Organisation,
    SchoolRules,
    SchoolYear,
)

# Tables, not mapped classes: SQLAlchemy's object mapper would go over each statement and each row once more (performance.md).
guardianships = GUARDIANSHIPS.table
is_live = GUARDIANSHIPS.is_live
organisations = Organisation.__table__
school_rules = SchoolRules.__table__
bell_times = BellTimes.__table__
school_years = SchoolYear.__table__
offered_reasons = OfferedReason.__table__
decision_revisions = DecisionRevision.__table__
notices = Notice.__table__
absences = Absence.__table__
motivations = Motivation.__table__
contradictions = Contradiction.__table__


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a list, and how many there are in all."""

    items: list[dict[str, Any]]
    item_count: int
