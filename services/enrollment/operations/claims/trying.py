"""Trying the PIN that a claim brings: counted before it is compared, used once, and no one's to spoil (CHD-14, W14).

What a claim says is compared with:

    every live PIN of the child        when everything else agrees: each counts an attempt
    the PINs that it is right for      when it means the child by its number or its name alone

So a stranger's noise spends nothing, unless the stranger knows all of the school's file; and whoever holds a PIN and not
the rest has its few attempts at the rest, not as many as there are numbers. The statements are the same whatever is
wrong.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Boolean, bindparam, exists, insert, literal, null, or_, select, update
from sqlalchemy.orm import Session

from services.enrollment import queries
from services.enrollment.context import Context
from services.enrollment.models import METADATA, JournalEntry, Link, Pin
from services.enrollment.operations import journal
from services.enrollment.operations.claims.attempts import Attempt
from services.enrollment.operations.claims.judging import RightPin
from services.enrollment.rules import pins
from shared import logs

log = logs.get(__name__)

# Equal to no id and no digest.
_NOBODY: Final = ""

# By this PIN still, or by a mailbox on file that needs none: a PIN that has served opens no link that was closed since.
_is_held = exists(
    select(1).where(
        Link.account_id == bindparam("account_id"),
        Link.student_id == Pin.student_id,
        Link.ended_at.is_(None),
        or_(Link.pin_id == Pin.id, bindparam("is_on_file", type_=Boolean)),
    )
)
# One that the account used itself is right again for as long as it holds the child: a form is sent twice.
_is_live = or_(
    Pin.used_at.is_(None) & (Pin.expires_at > bindparam("now")) & (Pin.attempts < bindparam("most_attempts")),
    (Pin.used_by == bindparam("account_id")) & _is_held,
)
_lock = (
    select(Pin.id, Pin.digest, Pin.guardian_source_id, Pin.used_at)
    .where(
        Pin.voided_at.is_(None),
        or_(Pin.student_id == bindparam("meant"), Pin.digest.in_(bindparam("digests", expanding=True))),
        _is_live,
    )
    .order_by(Pin.id)
    .with_for_update(of=Pin)
)
_tried = Pin.id.in_(bindparam("pin_ids", expanding=True))
_count = update(Pin).where(_tried).values(attempts=Pin.attempts + 1)
_count_back = update(Pin).where(_tried).values(attempts=Pin.attempts - 1)
_is_spent = Pin.voided_at.is_(None) & Pin.used_at.is_(None) & (Pin.attempts >= bindparam("most_attempts"))
# One entry a PIN, under the PIN's own id: no second statement for those that are spent, whose time would tell.
# By the table, not by the class: the mapper would take the parameters for the row's values.
_write_spent = insert(METADATA.tables["journal_entries"]).from_select(
    ["id", "student_id", "account_id", "role", "action", "at"],
    select(
        Pin.id,
        Pin.student_id,
        null(),
        literal("school"),
        literal(journal.PIN_VOIDED),
        bindparam("now", type_=JournalEntry.at.type),
    ).where(_tried, _is_spent),
)
_void_spent = update(Pin).where(_tried, _is_spent).values(voided_at=bindparam("at"))
_use = (
    update(Pin)
    .where(Pin.id == bindparam("pin_id"), Pin.used_at.is_(None), Pin.voided_at.is_(None))
    .values(used_at=bindparam("at"), used_by=bindparam("account_id"), attempts=Pin.attempts + 1)
    .returning(Pin.id)
)


def try_pin(
    ctx: Context,
    session: Session,
    attempt: Attempt,
    candidates: queries.Candidates,
    *,
    meant: queries.Candidate | None,
) -> RightPin | None:
    """Return the live PIN that the claim brings, or None; `meant` is whose file agrees with everything else."""
    typed = attempt.pin or _NOBODY
    digests = _digests(ctx, attempt.organisation_id, candidates, typed)
    asked = {
        "meant": meant.student_id if meant is not None else _NOBODY,
        "digests": digests or [_NOBODY],
        "account_id": attempt.claimant.account_id,
        "is_on_file": meant is not None and bool(meant.rights),
        "now": attempt.at,
        "most_attempts": ctx.settings.pin_attempts,
    }
    locked = session.execute(_lock, asked).all()
    pin_ids = [row.id for row in locked] or [_NOBODY]
    session.execute(_count, {"pin_ids": pin_ids})
    right = next((row for row in locked if meant is not None and _agrees(ctx, row, attempt, meant, typed)), None)
    # A right one is no attempt at any of them until it is used: what else refuses the claim must not spend it.
    session.execute(_count_back, {"pin_ids": [_NOBODY] if right is None else pin_ids})
    spent = {"pin_ids": pin_ids if right is None else [_NOBODY], "most_attempts": ctx.settings.pin_attempts}
    session.execute(_write_spent, {**spent, "now": attempt.at})
    session.execute(_void_spent, {**spent, "at": attempt.at})
    if right is None:
        return None
    return RightPin(pin_id=right.id, guardian_source_id=right.guardian_source_id, is_used=right.used_at is not None)


def use_pin(session: Session, attempt: Attempt, right: RightPin, *, student_id: str) -> None:
    """Spend a PIN, once, and write it into the child's journal (AUD-3)."""
    if right.is_used:
        return
    account_id = attempt.claimant.account_id
    used = session.scalar(_use, {"pin_id": right.pin_id, "at": attempt.at, "account_id": account_id})
    if used is None:
        # `try_pin` holds its row: nobody can have come first.
        raise RuntimeError("a PIN was used while it was held")
    journal.write(session, student_id=student_id, account_id=account_id, action=journal.PIN_USED, at=attempt.at)
    log.info("pin_used", organisation_id=attempt.organisation_id)


def _agrees(ctx: Context, row: Any, attempt: Attempt, meant: queries.Candidate, typed: str) -> bool:
    return ctx.digester.agrees(row.digest, *pins.of_child(attempt.organisation_id, meant.student_id, typed))


def _digests(ctx: Context, organisation_id: str, candidates: queries.Candidates, typed: str) -> Sequence[str]:
    found = [*candidates.by_identity, *([candidates.by_number] if candidates.by_number else [])]
    student_ids = sorted({each.student_id for each in found})
    return [
        digest
        for student_id in student_ids
        for digest in ctx.digester.digests(*pins.of_child(organisation_id, student_id, typed))
    ]
