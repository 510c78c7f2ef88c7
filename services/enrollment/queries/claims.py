"""Claims: the organisation as a claim meets it, and whom a claim may mean."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import bindparam, exists, literal, select, text, union_all
from sqlalchemy.orm import Session

from services.enrollment.queries import guarding
from services.enrollment.queries.tables import ACTIVE, guardians, guardianships, organisations, students
from services.enrollment.rules import matching
from services.enrollment.rules.identifiers import Identifier


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
        _find_door, {"organisation_id": organisation_id, "email_key": guarding.mailbox(email_key)}
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
    # Of the guardians on the file, as they were found.
    guardian_rows: Sequence[Any] = field(repr=False)

    def rights_by_pin(self, guardian_source_id: str | None, *, on: date) -> tuple[str, ...]:
        """Return the rights that the claiming mailbox has with a PIN for this guardian, or for nobody by name."""
        return guarding.rights_by(self.guardian_rows, guarding.pin_for(self.guardian_rows, guardian_source_id), on)


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
            guarding.IS_MAILBOX,
            *guarding.GUARDIANSHIP_COLUMNS,
        )
        .select_from(students)
        .outerjoin(guardianships, guardianships.c.student_id == students.c.id)
        .outerjoin(guarding.GUARDIAN, guarding.IS_GUARDIAN)
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
            "email_key": guarding.mailbox(email_key),
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
            rights=guarding.rights_by(of_student, None, on),
            guardian_rows=of_student,
        )
        for student_id, of_student in guarding.grouped(rows)
    ]
