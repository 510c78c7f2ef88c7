"""Who is what to which child, by our own copy; a guardianship that ended or is suspended is not there."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from services.attendance.queries.tables import guardianships, is_live
from services.attendance.rules import rights
from shared import ids
from shared.problems import NotFound


@dataclass(frozen=True, kw_only=True)
class Guardianship:
    """What an account is to a child."""

    account_id: str
    child_id: str
    organisation_id: str
    student_source_id: str
    school_source_id: str | None
    rights: tuple[str, ...]


_columns = (
    guardianships.c.account_id,
    guardianships.c.child_id,
    guardianships.c.organisation_id,
    guardianships.c.student_source_id,
    guardianships.c.school_source_id,
    guardianships.c.rights,
)
_find = select(*_columns).where(
    is_live, guardianships.c.account_id == bindparam("account_id"), guardianships.c.child_id == bindparam("child_id")
)
_list_of_students = (
    select(*_columns)
    .where(
        is_live,
        guardianships.c.organisation_id == bindparam("organisation_id"),
        guardianships.c.student_source_id.in_(bindparam("student_source_ids", expanding=True)),
    )
    .order_by(guardianships.c.account_id)
)


def get_to_see(session: Session | Connection, *, account_id: str, child_id: str) -> Guardianship:
    """Return what the account is to a child whose absences it may see.

    Raises:
        NotFound: it may not, or there is no such child: the two answer alike (AT-11, CHD-13).
    """
    found = _find_one(session, account_id=account_id, child_id=child_id)
    if found is None or not rights.may_see(found.rights):
        raise NotFound
    return found


def get_to_act(session: Session | Connection, *, account_id: str, child_id: str) -> Guardianship:
    """Return what the account is to a child whose absences it may announce and motivate.

    Raises:
        NotFound: as for `get_to_see`.
    """
    found = _find_one(session, account_id=account_id, child_id=child_id)
    if found is None or not rights.may_act(found.rights):
        raise NotFound
    return found


def list_guardians(
    session: Session, *, students: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], list[Guardianship]]:
    """Return every guardian who has an account, of students by organisation and the school's own id.

    Those of a student come in the order of the accounts; a student without any is left out.
    """
    wanted: dict[str, list[str]] = {}
    for organisation_id, student_source_id in students:
        wanted.setdefault(organisation_id, []).append(student_source_id)
    found: dict[tuple[str, str], list[Guardianship]] = {}
    for organisation_id, of_organisation in wanted.items():
        asked = {"organisation_id": organisation_id, "student_source_ids": of_organisation}
        for row in session.execute(_list_of_students, asked):
            found.setdefault((row.organisation_id, row.student_source_id), []).append(_guardianship(row))
    return found


def _find_one(session: Session | Connection, *, account_id: str, child_id: str) -> Guardianship | None:
    if not ids.is_id(child_id):
        return None
    row = session.execute(_find, {"account_id": account_id, "child_id": child_id}).first()
    return _guardianship(row) if row is not None else None


def _guardianship(row: Any) -> Guardianship:
    return Guardianship(
        account_id=row.account_id,
        child_id=row.child_id,
        organisation_id=row.organisation_id,
        student_source_id=row.student_source_id,
        school_source_id=row.school_source_id,
        rights=tuple(row.rights),
    )
