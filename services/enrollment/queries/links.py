"""Claims and children: whom a claim may mean, and what an account that holds a child may see of it."""

from collections import namedtuple
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, and_, bindparam, exists, func, literal, select, text, union_all
from sqlalchemy.orm import Session

from services.enrollment.queries.tables import (
    ACTIVE,
    SUSPENDED,
    guardians,
    guardianships,
    links,
    organisations,
    schools,
    students,
)
from services.enrollment.rules import matching, rights, suspensions
from services.enrollment.rules.identifiers import Identifier


def _mailbox(email_key: str) -> str | None:
    """Return what a mailbox is looked up by: no address at all is nobody's, not that of whoever has none either."""
    return email_key or None


# Claims


@dataclass(frozen=True, kw_only=True)
class Door:
    """What must be known of an organisation before a claim is looked at."""

    organisation_id: str
    is_subscribed: bool
    # The address stands on the file of a student who is there.
    is_email_on_file: bool


_find_door = select(
    organisations.c.id,
    organisations.c.subscribed_at,
    exists(
        select(1)
        .select_from(guardians)
        .join(guardianships, guardianships.c.guardian_id == guardians.c.id)
        .join(students, students.c.id == guardianships.c.student_id)
        .where(
            guardians.c.organisation_id == bindparam("organisation_id"),
            guardians.c.email_key == bindparam("email_key"),
            students.c.status == ACTIVE,
        )
    ).label("is_email_on_file"),
).where(organisations.c.id == bindparam("organisation_id"))


def find_door(session: Session, *, organisation_id: str, email_key: str) -> Door | None:
    """Return the organisation as a claim meets it, or None when there is none with this id."""
    row = session.execute(
        _find_door, {"organisation_id": organisation_id, "email_key": _mailbox(email_key)}
    ).one_or_none()
    if row is None:
        return None
    return Door(
        organisation_id=row.id, is_subscribed=row.subscribed_at is not None, is_email_on_file=bool(row.is_email_on_file)
    )


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A student whom a claim may mean, and the rights of the claiming mailbox on that file."""

    student_id: str
    record: matching.Record = field(repr=False)
    rights: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Whom a claim may mean: by its number, and by its names and date of birth."""

    by_number: Candidate | None
    by_identity: list[Candidate]

    @property
    def is_email_on_record(self) -> bool:
        """Whether the mailbox may see the file of any of them."""
        found = [*self.by_identity, self.by_number] if self.by_number else self.by_identity
        return any(each.rights for each in found)


_claimant = guardians.alias("claimant")
_is_claimant = and_(_claimant.c.id == guardianships.c.guardian_id, _claimant.c.email_key == bindparam("email_key"))
_guardianship_columns = (
    # Null where the guardian is somebody else. Joined row by row, so that either database goes from the student to its
    # few guardians; a join of its own would be made for the whole province first.
    _claimant.c.id.label("claimant_id"),
    guardianships.c.is_principal,
    guardianships.c.rights,
    guardianships.c.restrictions,
    guardianships.c.starts_on,
    guardianships.c.ends_on,
)


def _candidates_found(found_by: str, *conditions: Any) -> Any:
    """Return one arm of the look-up: an index each, where an OR over three would leave the choice to the planner."""
    return (
        select(
            literal(found_by).label("found_by"),
            students.c.id,
            students.c.family_name,
            students.c.given_name,
            students.c.birth_on,
            students.c.status,
            *_guardianship_columns,
        )
        .select_from(students)
        .outerjoin(guardianships, guardianships.c.student_id == students.c.id)
        .outerjoin(_claimant, _is_claimant)
        .where(students.c.organisation_id == bindparam("organisation_id"), *conditions)
    )


_BY_NUMBER: Final = "number"
_BY_IDENTITY: Final = "identity"
# Word for word the condition of the index over file numbers: neither database uses a partial index for a parameter.
_HAS_LIVE_NUMBER: Final = text("students.file_number IS NOT NULL AND students.status = 'active'")
_find_candidates = union_all(
    _candidates_found(_BY_NUMBER, students.c.file_number == bindparam("file_number"), _HAS_LIVE_NUMBER),
    _candidates_found(_BY_NUMBER, students.c.permanent_code_digest.in_(bindparam("code_digests", expanding=True))),
    _candidates_found(_BY_IDENTITY, students.c.identity_digest.in_(bindparam("identity_digests", expanding=True))),
)


def find_candidates(
    session: Session,
    *,
    organisation_id: str,
    identifier: Identifier,
    code_digests: Sequence[str],
    identity_digests: Sequence[str],
    email_key: str,
    on: date,
) -> Candidates:
    """Return whom a claim may mean, in one statement whether or not there is anybody (CHD-3).

    By a file number only a student who is there is found, for the number of one who left may be given again.
    """
    rows = session.execute(
        _find_candidates,
        {
            "organisation_id": organisation_id,
            # Neither is ever equal to NULL or "": the arm that was not asked for finds nobody.
            "file_number": identifier.value if identifier.kind == "file_number" else None,
            "code_digests": list(code_digests) or [""],
            "identity_digests": list(identity_digests),
            "email_key": _mailbox(email_key),
        },
    ).all()
    by_number = _candidates([row for row in rows if row.found_by == _BY_NUMBER], on)
    # A code stays with a student who left and came back as another record: the one who is there counts.
    by_number.sort(key=lambda candidate: not candidate.record.is_active)
    return Candidates(
        by_number=by_number[0] if by_number else None,
        by_identity=_candidates([row for row in rows if row.found_by == _BY_IDENTITY], on),
    )


def _candidates(rows: Iterable[Any], on: date) -> list[Candidate]:
    return [
        Candidate(
            student_id=student_id,
            record=matching.Record(
                family_name=of_student[0].family_name,
                given_name=of_student[0].given_name,
                birth_on=of_student[0].birth_on,
                is_active=of_student[0].status == ACTIVE,
            ),
            rights=_rights(of_student, on),
        )
        for student_id, of_student in _grouped(rows)
    ]


def _grouped(rows: Iterable[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Group the rows by their id, a student's or a link's, in the order of their first rows: a mailbox may be two guardians of one student."""
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.id, []).append(row)
    yield from groups.items()


def _rights(rows: Iterable[Any], on: date) -> tuple[str, ...]:
    return rights.of(
        (
            rights.Guardianship(
                is_principal=row.is_principal,
                rights=row.rights,
                restrictions=row.restrictions,
                starts_on=row.starts_on,
                ends_on=row.ends_on,
            )
            for row in rows
            if row.claimant_id is not None
        ),
        on=on,
    )


# Children


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
        *_guardianship_columns,
    )
    .select_from(links)
    .join(students, students.c.id == links.c.student_id)
    .join(organisations, organisations.c.id == students.c.organisation_id)
    .outerjoin(_school, _school.c.id == students.c.school_id)
    .outerjoin(guardianships, guardianships.c.student_id == students.c.id)
    .outerjoin(_claimant, _is_claimant)
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
    rows = session.execute(_list_children, {"account_id": account_id, "email_key": _mailbox(email_key)})
    return [_held(of_student, on, email_key) for _, of_student in _grouped(map(_ChildRow._make, rows))]


def find_child(
    session: Connection | Session, *, account_id: str, email_key: str, student_id: str, on: date
) -> Held | None:
    """Return one child that an account holds, suspended or not, or None."""
    rows = session.execute(
        _find_child, {"account_id": account_id, "email_key": _mailbox(email_key), "student_id": student_id}
    )
    found = [_ChildRow._make(row) for row in rows]
    return _held(found, on, email_key) if found else None


def _held(rows: Sequence[Any], on: date, email_key: str) -> Held:
    first, granted = rows[0], _rights(rows, on)
    is_open = first.status == ACTIVE and bool(granted) and first.suspension != suspensions.DISPUTED
    says_open = first.suspension is None
    is_same = is_open == says_open and (not is_open or tuple(first.told_rights) == granted)
    # Whoever shows no mailbox says nothing of the one that the link stands by.
    is_told = not email_key or (is_same and first.email_key == email_key)
    return Held(_child(first, granted, is_open=is_open), first.link_id, is_told)


def _child(first: Any, granted: tuple[str, ...], *, is_open: bool) -> dict[str, Any]:
    """Return the document of a child; of a suspended one nothing that the parent did not type, but whom to ask (CHD-12)."""
    school = {"id": first.school_id, "name": first.school_name} if first.school_id else None
    return {
        "id": first.id,
        "first_name": first.given_name,
        "last_name": first.family_name,
        "organisation": {
            "id": first.organisation_id,
            "code": first.organisation_code,
            "name": first.organisation_name,
        },
        "school": school if is_open else None,
        "grade": first.grade if is_open else None,
        "level": first.level if is_open else None,
        "status": ACTIVE if is_open else SUSPENDED,
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


# What the others are told of links


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a live link gives by the registry as it is, beside what the others were last told of it."""

    link_id: str
    student_id: str
    account_id: str
    organisation_id: str
    linked_at: datetime
    # Whether we know which mailbox it stands by; without one no file can be looked into.
    has_mailbox: bool
    is_student_there: bool
    rights: tuple[str, ...]
    told_rights: tuple[str, ...]
    suspension: str | None


_list_standings = (
    select(
        links.c.id,
        links.c.student_id,
        links.c.account_id,
        links.c.organisation_id,
        links.c.linked_at,
        links.c.rights.label("told_rights"),
        links.c.suspension,
        links.c.email_key,
        students.c.status,
        *_guardianship_columns,
    )
    .select_from(links)
    .join(students, students.c.id == links.c.student_id)
    .outerjoin(guardianships, guardianships.c.student_id == students.c.id)
    .outerjoin(
        _claimant, and_(_claimant.c.id == guardianships.c.guardian_id, _claimant.c.email_key == links.c.email_key)
    )
    .where(links.c.id.in_(bindparam("link_ids", expanding=True)), links.c.ended_at.is_(None))
    .order_by(links.c.id)
)


def list_standings(session: Session, *, link_ids: Sequence[str], on: date) -> list[Standing]:
    """Return what each of these links gives on the day `on`, in the order of their ids; none of those that ended."""
    rows = session.execute(_list_standings, {"link_ids": link_ids})
    return [_standing(of_link, on) for _, of_link in _grouped(rows)]


def _standing(rows: Sequence[Any], on: date) -> Standing:
    first = rows[0]
    is_there = first.status == ACTIVE
    return Standing(
        link_id=first.id,
        student_id=first.student_id,
        account_id=first.account_id,
        organisation_id=first.organisation_id,
        linked_at=first.linked_at,
        has_mailbox=first.email_key is not None,
        is_student_there=is_there,
        rights=_rights(rows, on) if is_there else (),
        told_rights=tuple(first.told_rights),
        suspension=first.suspension,
    )
