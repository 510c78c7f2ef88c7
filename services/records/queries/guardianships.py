"""Who is what to which child, by our own copy; a guardianship that ended or is suspended is not there."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from services.records.queries.tables import guardianships, is_live
from services.records.rules import rights
from shared import ids
from shared.problems import NotFound


@dataclass(frozen=True, kw_only=True)
class Guardianship:
    """What an account is to a child, and what is known of the child's place at school."""

    account_id: str
    child_id: str
    organisation_id: str
    student_source_id: str
    school_source_id: str | None
    level: str | None
    grade: str | None
    rights: tuple[str, ...]


_columns = (
    guardianships.c.account_id,
    guardianships.c.child_id,
    guardianships.c.organisation_id,
    guardianships.c.student_source_id,
    guardianships.c.school_source_id,
    guardianships.c.level,
    guardianships.c.grade,
    guardianships.c.rights,
)
_find = select(*_columns).where(
    is_live, guardianships.c.account_id == bindparam("account_id"), guardianships.c.child_id == bindparam("child_id")
)
_list_children = (
    select(guardianships.c.student_source_id, guardianships.c.child_id)
    .where(
        is_live,
        guardianships.c.organisation_id == bindparam("organisation_id"),
        guardianships.c.student_source_id.in_(bindparam("student_source_ids", expanding=True)),
    )
    .distinct()
)


def get_to_see(session: Session | Connection, *, account_id: str, child_id: str) -> Guardianship:
    """Return what the account is to a child whose records it may see.

    Raises:
        NotFound: it may not, or there is no such child: the two answer alike (CHD-13).
    """
    if not ids.is_id(child_id):
        raise NotFound
    row = session.execute(_find, {"account_id": account_id, "child_id": child_id}).first()
    if row is None or not rights.may_see(row.rights):
        raise NotFound
    return _guardianship(row)


def child_ids(
    session: Session | Connection, *, organisation_id: str, student_source_ids: Collection[str]
) -> dict[str, str]:
    """Return the child's id of each of these students whom an account holds."""
    if not student_source_ids:
        return {}
    asked = {"organisation_id": organisation_id, "student_source_ids": sorted(student_source_ids)}
    return {row.student_source_id: row.child_id for row in session.execute(_list_children, asked)}


def _guardianship(row: Any) -> Guardianship:
    return Guardianship(
        account_id=row.account_id,
        child_id=row.child_id,
        organisation_id=row.organisation_id,
        student_source_id=row.student_source_id,
        school_source_id=row.school_source_id,
        level=row.level,
        grade=row.grade,
        rights=tuple(row.rights),
    )
