"""Our own copy of guardianships: which account is what to which child, kept from enrollment's compacted topic."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Index, String, Table

from services.records.models.organisations import Document, Id, Model, SourceId
from shared import messages
from shared.messages import Event
from shared.projections import Projection, key_columns

TOPIC: Final = "vitrail.guardianships.v1"

guardianships: Final = Table(
    "guardianships",
    Model.metadata,
    *key_columns(),
    Column("account_id", Id, nullable=False),
    Column("child_id", Id, nullable=False),
    Column("organisation_id", Id, nullable=False),
    Column("student_source_id", SourceId, nullable=False),
    # Null where the registry does not say which school the child attends.
    Column("school_source_id", SourceId),
    Column("rights", Document, nullable=False),
    # Null where the registry does not say it: which tiles a child has depends on them (RE-02, RE-04).
    Column("level", String(16)),
    Column("grade", String(20)),
    # Each request asks by the first, what is told of a student by the second.
    Index("ix_guardianships_account_id_child_id", "generation", "account_id", "child_id"),
    Index("ix_guardianships_student", "generation", "organisation_id", "student_source_id"),
)


@dataclass(frozen=True)
class GuardianshipTold:
    """What we read of a guardianship as enrollment tells it."""

    account_id: str
    child_id: str
    organisation_id: str
    student_source_id: str
    rights: list[str]
    school_source_id: str | None = None
    level: str | None = None
    grade: str | None = None


def _state(event: Event) -> Mapping[str, Any]:
    told = messages.read(event, GuardianshipTold)
    return {
        "account_id": told.account_id,
        "child_id": told.child_id,
        "organisation_id": told.organisation_id,
        "student_source_id": told.student_source_id,
        "school_source_id": told.school_source_id,
        "rights": told.rights,
        "level": told.level,
        "grade": told.grade,
    }


GUARDIANSHIPS: Final = Projection(name="guardianships", topic=TOPIC, table=guardianships, state=_state)
