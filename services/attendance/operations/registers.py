"""Holding a student's register, which every change to their notices and records begins with, and giving positions."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.attendance import queries
from services.attendance.events import Student
from services.attendance.models import Feed, Register
from shared import ids
from shared.database import insert_for


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
    insert = insert_for(session, Feed)
    counted = (
        insert.values(organisation_id=organisation_id, position=1)
        .on_conflict_do_update(index_elements=[Feed.organisation_id], set_={"position": Feed.position + 1})
        .returning(Feed.position)
    )
    return int(session.execute(counted).scalar_one())


def _hold_one(session: Session, organisation_id: str, student_source_id: str) -> Held:
    insert = insert_for(session, Register)
    held = (
        insert.values(id=ids.new(), organisation_id=organisation_id, student_source_id=student_source_id, revision=1)
        .on_conflict_do_update(
            index_elements=[Register.organisation_id, Register.student_source_id],
            set_={"revision": Register.revision + 1},
        )
        .returning(Register.id)
    )
    register_id = str(session.execute(held).scalar_one())
    guardians = queries.list_guardians(session, organisation_id=organisation_id, student_source_id=student_source_id)
    child_id = guardians[0].child_id if guardians else None
    return Held(
        organisation_id=organisation_id,
        student_source_id=student_source_id,
        student=Student(register_id=register_id, organisation_id=organisation_id, child_id=child_id),
        guardians=tuple(guardians),
    )
