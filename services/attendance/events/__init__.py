"""What attendance tells the others: what guardians announce, what schools record, and what the two come to.

Everything about one student has the key `register:<id>`, so that its order holds whether or not somebody has claimed the
child; `child_id` is there once somebody has. Identifiers, moments and enumerations only: no reason and no explanation, which
are often a child's health, and no id of the school's own system.
"""

from typing import Final

from services.attendance.events.absences import (
    ABSENCE_CORRECTED,
    ABSENCE_MOTIVATED,
    ABSENCE_RECORDED,
    ABSENCE_REOPENED,
    ABSENCE_UNMOTIVATED,
    MOTIVATION_DUE,
    MOTIVATION_REFUSED,
    MOTIVATION_SUBMITTED,
    REFUSAL_SHARED,
    absence_corrected,
    absence_motivated,
    absence_recorded,
    absence_reopened,
    absence_unmotivated,
    motivation_due,
    motivation_refused,
    motivation_submitted,
)
from services.attendance.events.notices import (
    ABSENCE_CONTRADICTED,
    NOTICE_ACKNOWLEDGED,
    NOTICE_SHARED,
    NOTICE_SUBMITTED,
    NOTICE_WITHDRAWN,
    absence_contradicted,
    notice_acknowledged,
    notice_submitted,
    notice_withdrawn,
)
from services.attendance.events.shapes import TOPIC, Student

TYPES: Final = (
    NOTICE_SUBMITTED,
    NOTICE_WITHDRAWN,
    NOTICE_ACKNOWLEDGED,
    NOTICE_SHARED,
    ABSENCE_RECORDED,
    ABSENCE_CORRECTED,
    ABSENCE_MOTIVATED,
    ABSENCE_REOPENED,
    ABSENCE_UNMOTIVATED,
    ABSENCE_CONTRADICTED,
    MOTIVATION_SUBMITTED,
    MOTIVATION_REFUSED,
    REFUSAL_SHARED,
    MOTIVATION_DUE,
)

__all__ = [
    "ABSENCE_CONTRADICTED",
    "ABSENCE_CORRECTED",
    "ABSENCE_MOTIVATED",
    "ABSENCE_RECORDED",
    "ABSENCE_REOPENED",
    "ABSENCE_UNMOTIVATED",
    "MOTIVATION_DUE",
    "MOTIVATION_REFUSED",
    "MOTIVATION_SUBMITTED",
    "NOTICE_ACKNOWLEDGED",
    "NOTICE_SHARED",
    "NOTICE_SUBMITTED",
    "NOTICE_WITHDRAWN",
    "REFUSAL_SHARED",
    "TOPIC",
    "TYPES",
    "Student",
    "absence_contradicted",
    "absence_corrected",
    "absence_motivated",
    "absence_recorded",
    "absence_reopened",
    "absence_unmotivated",
    "motivation_due",
    "motivation_refused",
    "motivation_submitted",
    "notice_acknowledged",
    "notice_submitted",
    "notice_withdrawn",
]
