"""How things are found: one statement each, built once, with answers as plain values (performance.md)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import and_, bindparam, exists, func, literal, select, text, union_all
from sqlalchemy.orm import Session, aliased

from services.enrollment.models import Guardian, Guardianship, JournalEntry, Link, Organisation, School, Student
from services.enrollment.rules import matching, organisation_names, rights
from services.enrollment.rules.identifiers import Identifier

ACTIVE: Final = "active"
SUSPENDED: Final = "suspended"


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a list, and how many there are in all."""

    items: list[dict[str, Any]]
    item_count: int


def _mailbox(email_key: str) -> str | None:
    """Return what a mailbox is looked up by: no address at all is nobody's, not that of whoever has none either."""
    return email_key or None


# Organisations

# As many words as a search may have; a word that was not typed is found everywhere.
_MOST_WORDS: Final = 10
_is_found = and_(
    Organisation.kind == bindparam("kind"),
    *(Organisation.search_key.like(bindparam(f"word_{number}")) for number in range(_MOST_WORDS)),
)
_list_organisations = (
    select(
        Organisation.id,
        Organisation.code,
        Organisation.name,
        Organisation.former_name,
        Organisation.kind,
        Organisation.network,
        Organisation.subscribed_at.is_not(None).label("is_subscribed"),
        func.count().over().label("item_count"),
    )
    .where(_is_found)
    .order_by(Organisation.sort_key, Organisation.id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_count_organisations = select(func.count()).select_from(Organisation).where(_is_found)


def list_organisations(session: Session, *, search: str, kind: str, offset: int, limit: int) -> Page:
    """Return the organisations in whose names every word of `search` occurs, in the order of EN-06."""
    words = [f"%{word}%" for word in organisation_names.search_words(search)[:_MOST_WORDS]]
    words += ["%"] * (_MOST_WORDS - len(words))
    asked = {"kind": kind, **{f"word_{number}": word for number, word in enumerate(words)}}
    rows = session.execute(_list_organisations, asked | {"offset": offset, "limit": limit}).mappings().all()
    # Beyond the last page the window has no row to speak in.
    item_count = rows[0]["item_count"] if rows else session.scalar(_count_organisations, asked)
    items = [{name: value for name, value in row.items() if name != "item_count"} for row in rows]
    return Page(items=items, item_count=item_count or 0)


_find_organisation_by_code = select(Organisation).where(Organisation.code == bindparam("code"))


def find_organisation_by_code(session: Session, code: str) -> Organisation | None:
    """Return the organisation with the ministry's six-digit code."""
    return session.scalar(_find_organisation_by_code, {"code": code})


# Claims


@dataclass(frozen=True, kw_only=True)
class Door:
    """What must be known of an organisation before a claim is looked at."""

    organisation_id: str
    is_subscribed: bool
    # The address stands on the file of a student who is there.
    is_email_on_file: bool


_find_door = select(
    Organisation.id,
    Organisation.subscribed_at,
    exists(
        select(1)
        .select_from(Guardian)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .join(Student, Student.id == Guardianship.student_id)
        .where(
            Guardian.organisation_id == bindparam("organisation_id"),
            Guardian.email_key == bindparam("email_key"),
            Student.status == ACTIVE,
        )
    ).label("is_email_on_file"),
).where(Organisation.id == bindparam("organisation_id"))


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


_claimant = aliased(Guardian, name="claimant")
_is_claimant = and_(_claimant.id == Guardianship.guardian_id, _claimant.email_key == bindparam("email_key"))
_guardianship_columns = (
    # Null where the guardian is somebody else. Joined row by row, so that either database goes from the student to its
    # few guardians; a join of its own would be made for the whole province first.
    _claimant.id.label("claimant_id"),
    Guardianship.is_principal,
    Guardianship.rights,
    Guardianship.restrictions,
    Guardianship.starts_on,
    Guardianship.ends_on,
)


def _candidates_found(found_by: str, *conditions: Any) -> Any:
    """Return one arm of the look-up: an index each, where an OR over three would leave the choice to the planner."""
    return (
        select(
            literal(found_by).label("found_by"),
            Student.id,
            Student.family_name,
            Student.given_name,
            Student.birth_on,
            Student.status,
            *_guardianship_columns,
        )
        .select_from(Student)
        .outerjoin(Guardianship, Guardianship.student_id == Student.id)
        .outerjoin(_claimant, _is_claimant)
        .where(Student.organisation_id == bindparam("organisation_id"), *conditions)
    )


_BY_NUMBER: Final = "number"
_BY_IDENTITY: Final = "identity"
# Word for word the condition of the index over file numbers: neither database uses a partial index for a parameter.
_HAS_LIVE_NUMBER: Final = text("students.file_number IS NOT NULL AND students.status = 'active'")
_find_candidates = union_all(
    _candidates_found(_BY_NUMBER, Student.file_number == bindparam("file_number"), _HAS_LIVE_NUMBER),
    _candidates_found(_BY_NUMBER, Student.permanent_code_digest.in_(bindparam("code_digests", expanding=True))),
    _candidates_found(_BY_IDENTITY, Student.identity_digest.in_(bindparam("identity_digests", expanding=True))),
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
    """Group the rows by student, in the order of their first rows: a mailbox may be two guardians of one student."""
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

_school = aliased(School, name="school")
_list_children = (
    select(
        Link.id.label("link_id"),
        Student.id,
        Student.family_name,
        Student.given_name,
        Student.status,
        Student.grade,
        Student.level,
        Organisation.id.label("organisation_id"),
        Organisation.code.label("organisation_code"),
        Organisation.name.label("organisation_name"),
        _school.id.label("school_id"),
        _school.name.label("school_name"),
        *_guardianship_columns,
    )
    .select_from(Link)
    .join(Student, Student.id == Link.student_id)
    .join(Organisation, Organisation.id == Student.organisation_id)
    .outerjoin(_school, _school.id == Student.school_id)
    .outerjoin(Guardianship, Guardianship.student_id == Student.id)
    .outerjoin(_claimant, _is_claimant)
    .where(Link.account_id == bindparam("account_id"), Link.ended_at.is_(None))
    .order_by(Link.linked_at, Link.id)
)
_find_child = _list_children.where(Link.student_id == bindparam("student_id"))


def list_children(session: Session, *, account_id: str, email_key: str, on: date) -> list[dict[str, Any]]:
    """Return the children that an account holds, oldest link first, each as its e-mail may see it on the day `on`.

    An account holds so few that its pages are cut from the whole list.
    """
    rows = session.execute(_list_children, {"account_id": account_id, "email_key": _mailbox(email_key)})
    return [_child(of_student, on) for _, of_student in _grouped(rows)]


def find_child(
    session: Session, *, account_id: str, email_key: str, student_id: str, on: date
) -> dict[str, Any] | None:
    """Return one child that an account holds, suspended or not, or None."""
    rows = session.execute(
        _find_child, {"account_id": account_id, "email_key": _mailbox(email_key), "student_id": student_id}
    ).all()
    return _child(rows, on) if rows else None


def _child(rows: Sequence[Any], on: date) -> dict[str, Any]:
    """Return the document of a child; of a suspended one nothing that the parent did not type, but whom to ask (CHD-12)."""
    first, granted = rows[0], _rights(rows, on)
    is_open = first.status == ACTIVE and bool(granted)
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
    .select_from(Link)
    .where(
        Link.account_id == bindparam("account_id"),
        Link.student_id != bindparam("student_id"),
        Link.ended_at.is_(None),
    )
)


def count_other_children(session: Session, *, account_id: str, student_id: str) -> int:
    """Return how many children an account holds beside this one."""
    return session.scalar(_count_other_children, {"account_id": account_id, "student_id": student_id}) or 0


# Access journal

_list_journal = (
    select(
        JournalEntry.id,
        JournalEntry.role,
        JournalEntry.action,
        JournalEntry.at,
        (JournalEntry.account_id == bindparam("account_id")).label("is_own"),
        func.count().over().label("item_count"),
    )
    .where(
        JournalEntry.student_id == bindparam("student_id"),
    )
    .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_count_journal = (
    select(func.count()).select_from(JournalEntry).where(JournalEntry.student_id == bindparam("student_id"))
)


def list_journal(session: Session, *, student_id: str, account_id: str, offset: int, limit: int) -> Page:
    """Return who did what with a child's file, newest first; of another guardian only that it was one (PRV-1)."""
    asked = {"student_id": student_id}
    rows = session.execute(_list_journal, asked | {"account_id": account_id, "offset": offset, "limit": limit}).all()
    item_count = rows[0].item_count if rows else session.scalar(_count_journal, asked)
    items = [{"id": row.id, "who": _who(row), "role": row.role, "action": row.action, "at": row.at} for row in rows]
    return Page(items=items, item_count=item_count or 0)


def _who(entry: Any) -> str:
    if entry.role == "school":
        return "school"
    return "you" if entry.is_own else "other_guardian"
