"""Holding a student's register, which every change to their notices and records begins with, and giving positions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, bindparam
from sqlalchemy.orm import Session

from services.attendance import queries
from services.attendance.events import Student
from services.attendance.models import Feed, Register
from shared import ids
from shared.database import once_a_dialect

_feeds, _registers = Feed.__table__, Register.__table__


@once_a_dialect
def _take_position(insert: Any) -> Executable:
    first = insert(_feeds).values(organisation_id=bindparam("organisation_id"), position=1)
    counted = {"position": _feeds.c.position + 1}
    upsert = first.on_conflict_do_update(index_elements=[_feeds.c.organisation_id], set_=counted)
    return upsert.returning(_feeds.c.position)  # type: ignore[no-any-return]


@once_a_dialect
def _hold_register(insert: Any) -> Executable:
    key = ("organisation_id", "student_source_id")
    new = insert(_registers).values(revision=1, **{name: bindparam(name) for name in ("id", *key)})
    upsert = new.on_conflict_do_update(index_elements=list(key), set_={"revision": _registers.c.revision + 1})
    return upsert.returning(_registers.c.id)  # type: ignore[no-any-return]


@dataclass(frozen=True, kw_only=True)
class Held:
    """A student whose register this transaction holds, and the accounts of their guardians."""

    organisation_id: str
    student_source_id: str
    student: Student
    guardians: tuple[queries.Guardianship, ...]

    @property
    def school_source_id(self) -> str | None:
        """Return the school that the student attends, where a guardianship tells it."""
        return next((each.school_source_id for each in self.guardians if each.school_source_id), None)


def hold(session: Session, students: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Held]:
    """Hold the registers of these students (organisation and the school's own id), in one order for everybody.

    Two that hold the same student wait for each other, before either has read anything of them.
    """
    wanted = sorted(set(students))
    return {each: _hold_one(session, *each) for each in wanted}


def next_position(session: Session, organisation_id: str) -> int:
    """Return the next position of an organisation's feed: taken last, and held until the commit.

    So positions become visible in their order, and a reader who asks for what came after one misses nothing.
    """
    return int(session.execute(_take_position(session), {"organisation_id": organisation_id}).scalar_one())


def _hold_one(session: Session, organisation_id: str, student_source_id: str) -> Held:
    student = {"organisation_id": organisation_id, "student_source_id": student_source_id}
    register_id = str(session.execute(_hold_register(session), {"id": ids.new(), **student}).scalar_one())
    guardians = queries.list_guardians(session, **student)
    child_id = guardians[0].child_id if guardians else None
    return Held(
        organisation_id=organisation_id,
        student_source_id=student_source_id,
        student=Student(register_id=register_id, organisation_id=organisation_id, child_id=child_id),
        guardians=tuple(guardians),
    )
