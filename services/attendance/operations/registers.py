"""Holding a student's register, which every change to their notices and records begins with, and giving positions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from services.attendance import queries
from services.attendance.events import Student
from services.attendance.models import Feed, Register
from shared import ids
from shared.database import once_a_dialect

_feeds, _registers = Feed.__table__, Register.__table__


@once_a_dialect
def _take_positions(insert: Any) -> Executable:
    first = insert(_feeds)
    counted = {"position": _feeds.c.position + first.excluded.position}
    upsert = first.on_conflict_do_update(index_elements=[_feeds.c.organisation_id], set_=counted)
    return upsert.returning(_feeds.c.position)  # type: ignore[no-any-return]


@once_a_dialect
def _hold_registers(insert: Any) -> Executable:
    key = (_registers.c.organisation_id, _registers.c.student_source_id)
    upsert = insert(_registers).on_conflict_do_update(
        index_elements=list(key), set_={"revision": _registers.c.revision + 1}
    )
    return upsert.returning(*key, _registers.c.id)  # type: ignore[no-any-return]


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
    if not wanted:
        return {}
    rows = [
        {"id": ids.new(), "organisation_id": organisation_id, "student_source_id": student, "revision": 1}
        for organisation_id, student in wanted
    ]
    taken = session.execute(_hold_registers(session), rows if len(rows) > 1 else rows[0])
    register_ids = {(row.organisation_id, row.student_source_id): row.id for row in taken}
    guardians = queries.list_guardians(session, students=wanted)
    return {each: _held(each, register_ids[each], guardians.get(each, ())) for each in wanted}


def take_positions(session: Session, organisation_id: str, count: int = 1) -> int:
    """Return the first of the next `count` positions of an organisation's feed: taken last, and held until the commit.

    So positions become visible in their order, and a reader who asks for what came after one misses nothing.
    """
    counted = session.execute(
        _take_positions(session), {"organisation_id": organisation_id, "position": count}
    ).scalar_one()
    return int(counted) - count + 1


def _held(student: tuple[str, str], register_id: str, guardians: Sequence[queries.Guardianship]) -> Held:
    organisation_id, student_source_id = student
    child_id = guardians[0].child_id if guardians else None
    return Held(
        organisation_id=organisation_id,
        student_source_id=student_source_id,
        student=Student(register_id=register_id, organisation_id=organisation_id, child_id=child_id),
        guardians=tuple(guardians),
    )
