"""How things are found: one statement each, built once, with answers as plain values (performance.md)."""

from services.attendance.queries.absences import (
    AbsenceRow,
    Listed,
    MotivationRow,
    find_absence,
    find_absence_by_source,
    find_motivation,
    list_absences,
    list_absences_by_source,
    list_absences_of_days,
    list_contradictions_of_days,
    list_motivated_ids,
    list_motivations_since,
)
from services.attendance.queries.guardianships import Guardianship, get_to_act, get_to_see, list_guardians
from services.attendance.queries.notices import (
    NoticeRow,
    find_notice,
    list_contradictions_since,
    list_live_notices,
    list_notices,
    list_notices_since,
)
from services.attendance.queries.schools import (
    EVERY_SCHOOL,
    Decisions,
    Terms,
    get_decisions,
    get_organisation_id,
)
from services.attendance.queries.tables import Page

__all__ = [
    "EVERY_SCHOOL",
    "AbsenceRow",
    "Decisions",
    "Guardianship",
    "Listed",
    "MotivationRow",
    "NoticeRow",
    "Page",
    "Terms",
    "find_absence",
    "find_absence_by_source",
    "find_motivation",
    "find_notice",
    "get_decisions",
    "get_organisation_id",
    "get_to_act",
    "get_to_see",
    "list_absences",
    "list_absences_by_source",
    "list_absences_of_days",
    "list_contradictions_of_days",
    "list_contradictions_since",
    "list_guardians",
    "list_live_notices",
    "list_motivated_ids",
    "list_motivations_since",
    "list_notices",
    "list_notices_since",
]
