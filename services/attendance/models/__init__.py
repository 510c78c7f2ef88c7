"""Attendance's tables: what schools decide, what guardians announce, what schools record, and what every service has."""

from typing import Final

from sqlalchemy import MetaData

from services.attendance.models.absences import Absence, Contradiction, Motivation
from services.attendance.models.guardianships import GUARDIANSHIPS, guardianships
from services.attendance.models.notices import Notice
from services.attendance.models.organisations import (
    BellTimes,
    DecisionRevision,
    Feed,
    Model,
    OfferedReason,
    Organisation,
    Register,
    SchoolRules,
    SchoolYear,
)
from shared import answered_requests, inbox, outbox, projections

METADATA: Final[MetaData] = Model.metadata
PROJECTIONS: Final = (GUARDIANSHIPS,)

outbox.copy_to(METADATA)
inbox.copy_to(METADATA)
answered_requests.copy_to(METADATA)
projections.copy_to(METADATA)

__all__ = [
    "GUARDIANSHIPS",
    "METADATA",
    "PROJECTIONS",
    "Absence",
    "BellTimes",
    "Contradiction",
    "DecisionRevision",
    "Feed",
    "Model",
    "Motivation",
    "Notice",
    "OfferedReason",
    "Organisation",
    "Register",
    "SchoolRules",
    "SchoolYear",
    "guardianships",
]
