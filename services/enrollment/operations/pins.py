"""PINs that a school issues for a child's guardian, lists, and takes back (EN-02, CHD-14, W14).

    live ──used by a claim──▶ used ──taken back──▶ void, and the link that stands by it ends
      ├──two weeks──▶ expired
      └──replaced, tried too often, taken back──▶ void

`claims/trying.py` compares and uses them. Each step stands in the child's journal, in its own transaction (AUD-3).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, exists, insert, select, update
from sqlalchemy.orm import Session

from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.errors import GuardianNotOnFile, PinUnknown, StudentUnknown
from services.enrollment.models import Link, Organisation, Pin, Student
from services.enrollment.operations import journal
from services.enrollment.rules import pins
from shared import ids, logs, outbox

log = logs.get(__name__)

# Who issues by a command.
OPERATOR: Final = "operator"

# Locked, so that two PINs for one child are issued one after the other; not against those who refer to the student.
_lock_student = (
    select(Student.id, Student.organisation_id)
    .join(Organisation, Organisation.id == Student.organisation_id)
    .where(
        Organisation.code == bindparam("code"),
        Student.source_id == bindparam("source_id"),
        Student.status == queries.ACTIVE,
    )
    .with_for_update(of=Student, key_share=True)
)
_lock_pin = (
    select(Pin.id, Pin.student_id, Pin.organisation_id, Pin.voided_at, Student.source_id)
    .join(Student, Student.id == Pin.student_id)
    .join(Organisation, Organisation.id == Pin.organisation_id)
    .where(Pin.id == bindparam("pin_id"), Organisation.code == bindparam("code"))
    .with_for_update(of=Pin)
)
_lock_link = (
    select(Link.id, Link.student_id, Link.account_id, Link.organisation_id)
    .where(Link.student_id == bindparam("student_id"), Link.pin_id == bindparam("pin_id"), Link.ended_at.is_(None))
    .with_for_update()
)
_void_older = (
    update(Pin)
    .where(
        Pin.student_id == bindparam("of_student_id"),
        Pin.guardian_source_id.is_not_distinct_from(bindparam("for_guardian")),
        Pin.used_at.is_(None),
        Pin.voided_at.is_(None),
    )
    .values(voided_at=bindparam("at"))
    .returning(Pin.id)
)
_void = update(Pin).where(Pin.id == bindparam("pin_id")).values(voided_at=bindparam("at"))
_end = (
    update(Link)
    .where(Link.id == bindparam("link_id"))
    .values(ended_at=bindparam("at"), end_reason=events.UNLINKED_WITH_PIN, email_key=None)
)
_stands_by_it = exists(select(1).where(Link.pin_id == Pin.id, Link.ended_at.is_(None)))


@dataclass(frozen=True, kw_only=True)
class IssuedPin:
    """A PIN as it is handed out: its characters are shown here, and never again."""

    id: str
    pin: str = field(repr=False)
    guardian_source_id: str | None
    expires_at: datetime


def issue_pin(
    ctx: Context, *, organisation_code: str, source_id: str, guardian_source_id: str | None = None, issued_by: str
) -> IssuedPin:
    """Issue a PIN for a student, and void the one before it for the same guardian, or for nobody by name.

    With `guardian_source_id`, whoever uses it has that guardian's rights for as long as the file has that guardian;
    without, those that every guardian has. `issued_by` is the client that asks, or `OPERATOR`.

    Raises:
        StudentUnknown: nobody is at the organisation by this identifier.
        GuardianNotOnFile: nobody by this identifier is on the student's file.
    """
    now = ctx.clock.now()
    pin, pin_id = pins.new(), ids.new()
    with ctx.db.transaction() as session:
        student = session.execute(_lock_student, {"code": organisation_code, "source_id": source_id}).one_or_none()
        if student is None:
            raise StudentUnknown
        student_id = student.id
        if guardian_source_id is not None and not queries.is_guardian(
            session, student_id=student_id, guardian_source_id=guardian_source_id
        ):
            raise GuardianNotOnFile
        older = session.scalars(
            _void_older, {"of_student_id": student_id, "for_guardian": guardian_source_id, "at": now}
        ).all()
        issued = {
            "id": pin_id,
            "organisation_id": student.organisation_id,
            "student_id": student_id,
            "guardian_source_id": guardian_source_id,
            "digest": ctx.digester.digest(*pins.of_child(student.organisation_id, student_id, pin)),
            "issued_by": issued_by,
            "issued_at": now,
            "expires_at": now + ctx.settings.pin_lifetime,
            "attempts": 0,
        }
        session.execute(insert(Pin), issued)
        for _ in older:
            journal.write_of_school(session, student_id=student_id, action=journal.PIN_VOIDED, at=now)
        journal.write_of_school(session, student_id=student_id, action=journal.PIN_ISSUED, at=now)
    log.info("pin_issued", organisation_id=student.organisation_id, issued_by=issued_by)
    return IssuedPin(
        id=pin_id, pin=pins.shown(pin), guardian_source_id=guardian_source_id, expires_at=issued["expires_at"]
    )


def list_pins(
    ctx: Context, *, organisation_code: str, source_id: str | None = None, offset: int, limit: int
) -> queries.Page:
    """Return the PINs of an organisation's students, or of one of them, oldest first, without their characters.

    Raises:
        StudentUnknown: the organisation never had a student by this identifier.
    """
    with ctx.db.read() as session:
        if source_id is not None and not queries.has_student(
            session, organisation_code=organisation_code, source_id=source_id
        ):
            raise StudentUnknown
        return queries.list_pins(
            session,
            organisation_code=organisation_code,
            source_id=source_id,
            now=ctx.clock.now(),
            offset=offset,
            limit=limit,
        )


def revoke_pin(ctx: Context, *, organisation_code: str, pin_id: str, source_id: str | None = None) -> None:
    """Take a PIN back: it opens nothing any more, and the link that stands by it ends; twice is as good as once.

    Raises:
        PinUnknown: the organisation, or the student, has no such PIN.
    """
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        pin = session.execute(_lock_pin, {"pin_id": pin_id, "code": organisation_code}).one_or_none()
        if pin is None or source_id not in (None, pin.source_id):
            raise PinUnknown
        if pin.voided_at is not None:
            return
        session.execute(_void, {"pin_id": pin_id, "at": now})
        journal.write_of_school(session, student_id=pin.student_id, action=journal.PIN_VOIDED, at=now)
        link = session.execute(_lock_link, {"pin_id": pin_id, "student_id": pin.student_id}).one_or_none()
        if link is not None:
            _end_link(session, link, at=now)
    log.info("pin_revoked", organisation_id=pin.organisation_id, has_link=link is not None)


def delete_old(session: Session, *, before: datetime) -> Any:
    """Forget what expired before a moment, but for what a link stands by."""
    return session.execute(delete(Pin).where(Pin.expires_at < before, ~_stands_by_it))


def _end_link(session: Session, link: Any, *, at: datetime) -> None:
    session.execute(_end, {"link_id": link.id, "at": at})
    whose = {
        "student_id": link.student_id,
        "account_id": link.account_id,
        "organisation_id": link.organisation_id,
    }
    told = [
        events.child_unlinked(link_id=link.id, **whose, reason=events.UNLINKED_WITH_PIN, at=at),
        events.guardianship_ended(**whose),
    ]
    outbox.add_all(session, told, at=at)
    journal.write_of_school(session, student_id=link.student_id, action=journal.CHILD_UNLINKED, at=at)
