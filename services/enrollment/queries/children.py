"""Children: what an account that holds them may see."""

from collections import namedtuple
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.orm import Session

from services.enrollment.queries import guarding
from services.enrollment.queries.tables import (
    ACTIVE,
    IS_TO_CONFIRM,
    SUSPENDED,
    TO_CONFIRM,
    guardianships,
    links,
    organisations,
    schools,
    students,
)
from services.enrollment.rules import suspensions


class Held(NamedTuple):
    """A child that an account holds, and whether the others know of the link what is true of it now."""

    document: dict[str, Any]
    link_id: str
    is_told: bool


_school = schools.alias("school")
_list_children = (
    select(
        links.c.id.label("link_id"),
        links.c.rights.label("told_rights"),
        links.c.suspension,
        links.c.email_key,
        IS_TO_CONFIRM.label("is_to_confirm"),
        students.c.id,
        students.c.family_name,
        students.c.given_name,
        students.c.status,
        students.c.grade,
        students.c.level,
        organisations.c.id.label("organisation_id"),
        organisations.c.code.label("organisation_code"),
        organisations.c.name.label("organisation_name"),
        _school.c.id.label("school_id"),
        _school.c.name.label("school_name"),
        *guarding.PIN_COLUMNS,
        guarding.IS_MAILBOX,
        *guarding.GUARDIANSHIP_COLUMNS,
    )
    .select_from(links)
    .join(students, students.c.id == links.c.student_id)
    .join(organisations, organisations.c.id == students.c.organisation_id)
    .outerjoin(_school, _school.c.id == students.c.school_id)
    .outerjoin(guardianships, guardianships.c.student_id == students.c.id)
    .outerjoin(guarding.GUARDIAN, guarding.IS_GUARDIAN)
    .where(links.c.account_id == bindparam("account_id"), links.c.ended_at.is_(None))
    .order_by(links.c.linked_at, links.c.id)
)
# Rows as plain values: SQLAlchemy's own look their columns up by name, each time.
_ChildRow = namedtuple("_ChildRow", [column.key for column in _list_children.selected_columns])  # type: ignore[misc]
_find_child = _list_children.where(links.c.student_id == bindparam("student_id"))


def list_children(session: Connection | Session, *, account_id: str, email_key: str, on: date) -> list[Held]:
    """Return the children that an account holds, oldest link first, each as its e-mail may see it on the day `on`.

    An account holds so few that its pages are cut from the whole list.
    """
    rows = session.execute(_list_children, {"account_id": account_id, "email_key": guarding.mailbox(email_key)})
    return [_held(of_student, on, email_key) for _, of_student in guarding.grouped(map(_ChildRow._make, rows))]


def find_child(
    session: Connection | Session, *, account_id: str, email_key: str, student_id: str, on: date
) -> Held | None:
    """Return one child that an account holds, suspended or not, or None."""
    rows = session.execute(
        _find_child, {"account_id": account_id, "email_key": guarding.mailbox(email_key), "student_id": student_id}
    )
    found = [_ChildRow._make(row) for row in rows]
    return _held(found, on, email_key) if found else None


def _held(rows: Sequence[Any], on: date, email_key: str) -> Held:
    first, granted = rows[0], guarding.rights_of_link(rows, on)
    status = _status(first, granted)
    is_open = status == ACTIVE
    says_open = first.suspension is None
    is_same = is_open == says_open and (not is_open or tuple(first.told_rights) == granted)
    # Whoever shows no mailbox says nothing of the one that the link stands by.
    is_told = not email_key or (is_same and first.email_key == email_key)
    return Held(_child(first, granted, status), first.link_id, is_told)


def _status(first: Any, granted: tuple[str, ...]) -> str:
    if first.suspension == suspensions.DISPUTED:
        return SUSPENDED
    if first.is_to_confirm:
        return TO_CONFIRM
    return ACTIVE if first.status == ACTIVE and granted else SUSPENDED


def _child(first: Any, granted: tuple[str, ...], status: str) -> dict[str, Any]:
    """Return the document of a child; of a suspended one nothing that the parent did not type, but whom to ask (CHD-12).

    One that is to be confirmed is named only to whoever is on its file: the old link alone proves nothing (CHD-16).
    """
    is_open = status == ACTIVE
    is_named = status != TO_CONFIRM or bool(granted)
    school = {"id": first.school_id, "name": first.school_name} if first.school_id else None
    return {
        "id": first.id,
        "first_name": first.given_name if is_named else None,
        "last_name": first.family_name if is_named else None,
        "organisation": {
            "id": first.organisation_id,
            "code": first.organisation_code,
            "name": first.organisation_name,
        },
        "school": school if is_open else None,
        "grade": first.grade if is_open else None,
        "level": first.level if is_open else None,
        "status": status,
        "rights": list(granted) if is_open else [],
    }


_count_other_children = (
    select(func.count())
    .select_from(links)
    .where(
        links.c.account_id == bindparam("account_id"),
        links.c.student_id != bindparam("student_id"),
        links.c.ended_at.is_(None),
    )
)


def count_other_children(session: Session, *, account_id: str, student_id: str) -> int:
    """Return how many children an account holds beside this one."""
    return session.scalar(_count_other_children, {"account_id": account_id, "student_id": student_id}) or 0
