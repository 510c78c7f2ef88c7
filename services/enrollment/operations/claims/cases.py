"""Cases: refused claims that wait for the school to correct its file (EN-14, EN-15, EN-23, W10).

    refused ──▶ waiting ──┬─▶ linked      the school's file agrees now (`healing`)
                ▲      │  ├─▶ claimed     the account has proven the child since
                └──────┘  ├─▶ withdrawn   the account is gone, has another e-mail, let go of the child, or has newer cases
                repeated  └─▶ expired     nobody corrected the file in time

An account has one waiting case for each child as it typed it, whoever that is: a repetition renews it under the same
reference, which therefore says nothing of any child (CHD-2). What was typed is sealed, and forgotten with the wait.

Whoever takes several locks takes them in this order, so that nobody waits in a circle: the account's budgets, its cases,
links, the outbox's aggregates. An import takes no case: its `registry_version` makes them due (`healing`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import orjson
from sqlalchemy import Executable, bindparam, delete, select, text, update
from sqlalchemy.orm import Session

from services.enrollment.context import Context
from services.enrollment.models import Organisation, RejectedClaim
from services.enrollment.operations.claims.attempts import Attempt, Claimant
from services.enrollment.rules import matching, student_keys
from services.enrollment.rules.identifiers import Identifier
from shared import inbox, spoken_references
from shared.database import once_a_dialect, rows_changed
from shared.digests import RowSeal

LINKED: Final = "linked"
CLAIMED: Final = "claimed"
WITHDRAWN: Final = "withdrawn"
EXPIRED: Final = "expired"

# Judged as soon as it is written: a correction may have been imported while the claim was compared with what was before.
NEVER_JUDGED: Final = -1

_IS_WAITING: Final = RejectedClaim.waits_until.is_not(None)
_FORGOTTEN: Final[dict[str, Any]] = {"waits_until": None, "sealed": None, "identity_digest": None}

COLUMNS: Final = (
    RejectedClaim.reference,
    RejectedClaim.organisation_id,
    RejectedClaim.account_id,
    RejectedClaim.student_id,
    RejectedClaim.at,
    RejectedClaim.waits_until,
    RejectedClaim.sealed,
    RejectedClaim.identity_digest,
)
_lock = (
    select(*COLUMNS)
    .where(RejectedClaim.account_id == bindparam("account_id"), _IS_WAITING)
    .order_by(RejectedClaim.reference)
    .with_for_update()
)
_end = (
    update(RejectedClaim)
    .where(RejectedClaim.reference.in_(bindparam("references", expanding=True)), _IS_WAITING)
    .values(ended_at=bindparam("now"), outcome=bindparam("how"), **_FORGOTTEN)
)


@once_a_dialect
def _write(insert: Any) -> Executable:
    new = insert(RejectedClaim)
    renewed = ("student_id", "differing", "at", "waits_until", "sealed", "judged_version", "judged_on")
    upsert = new.on_conflict_do_update(
        index_elements=["account_id", "identity_digest"],
        index_where=text("waits_until IS NOT NULL"),
        set_={name: new.excluded[name] for name in renewed},
    )
    return upsert.returning(RejectedClaim.reference)  # type: ignore[no-any-return]


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What the parent said, and the mailbox by which the account said it."""

    claim: matching.Claim = field(repr=False)
    number: Identifier
    email_key: str = field(repr=False)


def write(ctx: Context, session: Session, attempt: Attempt, *, student_id: str | None, differing: Sequence[str]) -> str:
    """Let a refused claim wait, or wait anew, and return the reference under which the school finds it (W10).

    The statements are the same whatever was refused and why. The account's oldest cases make room.
    """
    waiting = lock(session, account_id=attempt.claimant.account_id)
    identity = identity_digests(ctx, attempt)[0]
    typed = Typed(claim=attempt.claim, number=attempt.number, email_key=attempt.claimant.email_key)
    case = {
        "reference": spoken_references.new(),
        "organisation_id": attempt.organisation_id,
        "account_id": attempt.claimant.account_id,
        "student_id": student_id,
        "differing": list(differing),
        "at": attempt.at,
        "waits_until": attempt.at + ctx.settings.claims_wait,
        "sealed": _close(ctx, typed, about=_about(attempt.claimant.account_id, identity)),
        "identity_digest": identity,
        "judged_version": _first_version(session, attempt),
        "judged_on": None,
    }
    reference: str = session.scalars(_write(session), case).one()
    others = sorted((each for each in waiting if each.reference != reference), key=lambda each: each.at, reverse=True)
    end(session, others[max(ctx.settings.waiting_claims_per_account - 1, 0) :], outcome=WITHDRAWN, at=attempt.at)
    return reference


def lock(session: Session, *, account_id: str) -> Sequence[Any]:
    """Take every waiting case of an account, until the transaction ends, and return them."""
    return session.execute(_lock, {"account_id": account_id}).all()


def end(session: Session, cases: Collection[Any], *, outcome: str, at: datetime) -> None:
    """Let cases wait no more, and forget what was typed; the caller has locked them."""
    if cases:
        session.execute(_end, {"references": [each.reference for each in cases], "now": at, "how": outcome})


def settle(
    ctx: Context, session: Session, waiting: Collection[Any], attempt: Attempt, *, student_id: str, outcome: str
) -> None:
    """End those of an account's cases that mean the child which it has just been given."""
    digests = identity_digests(ctx, attempt)
    meant = [each for each in waiting if each.student_id == student_id or each.identity_digest in digests]
    end(session, meant, outcome=outcome, at=attempt.at)


def withdraw(session: Session, *, account_id: str, at: datetime, student_id: str | None = None) -> None:
    """End every case of an account, or those that mean one child: nobody waits for them any more."""
    waiting = lock(session, account_id=account_id)
    meant = [each for each in waiting if student_id is None or each.student_id == student_id]
    end(session, meant, outcome=WITHDRAWN, at=at)


def withdraw_of_account(ctx: Context, *, account_id: str, cause: str) -> None:
    """End every case of an account that has another e-mail than the one that its claims were made by; once for each `cause`."""
    with ctx.db.transaction() as session:
        if inbox.first_time(session, cause, consumer="cases"):
            withdraw(session, account_id=account_id, at=ctx.clock.now())


def expire(session: Session, *, at: datetime) -> int:
    """End the cases that have waited for too long; return how many."""
    late = update(RejectedClaim).where(_unlocked(RejectedClaim.waits_until <= at))
    return rows_changed(session.execute(late.values(ended_at=at, outcome=EXPIRED, **_FORGOTTEN)))


def let_judge_daily(session: Session, *, today: date) -> int:
    """Have every case judged that was not judged today: some guardianships begin by their date alone; return how many."""
    earlier = update(RejectedClaim).where(_unlocked(_IS_WAITING, RejectedClaim.judged_on < today))
    return rows_changed(session.execute(earlier.values(judged_version=NEVER_JUDGED, judged_on=None)))


def delete_old(session: Session, *, before: datetime) -> int:
    """Forget the references of claims that were made before a moment and wait no more; return how many."""
    old = delete(RejectedClaim).where(RejectedClaim.at < before, RejectedClaim.waits_until.is_(None))
    return rows_changed(session.execute(old))


def attempt_of(ctx: Context, case: Any, *, at: datetime) -> Attempt | None:
    """Return the claim that waits, as it would be made at a moment, or None when no key opens it any more."""
    typed = typed_of(ctx, case)
    if typed is None:
        return None
    # From no address: whatever that would spend was spent when the claim was made.
    claimant = Claimant(account_id=case.account_id, email_key=typed.email_key, address="")
    return Attempt(
        organisation_id=case.organisation_id, claimant=claimant, claim=typed.claim, number=typed.number, at=at
    )


def typed_of(ctx: Context, case: Any) -> Typed | None:
    """Return what was typed, or None when no key opens it any more."""
    try:
        opened = RowSeal(ctx.settings.seal_keys).open(case.sealed, about=_about(case.account_id, case.identity_digest))
    except ValueError:
        return None
    said = orjson.loads(opened)
    return Typed(
        claim=matching.Claim(
            last_name=said["last_name"],
            first_name=said["first_name"],
            birth_on=date.fromisoformat(said["birth_on"]),
        ),
        number=Identifier(kind=said["kind"], value=said["number"]),
        email_key=said["email_key"],
    )


def identity_digests(ctx: Context, attempt: Attempt) -> list[str]:
    """Return what a child as it was typed is known by, newest key first."""
    said = attempt.claim
    return ctx.digester.digests(
        *student_keys.child_identity(
            attempt.organisation_id, family_name=said.last_name, given_name=said.first_name, birth_on=said.birth_on
        )
    )


def _first_version(session: Session, attempt: Attempt) -> int:
    """Return by which version of the registry a case counts as judged from the beginning.

    Nothing is granted to a claim that brought a wrong PIN, nor to the same claim a moment later: it waits for a change.
    """
    if attempt.pin is None:
        return NEVER_JUDGED
    of_organisation = select(Organisation.registry_version).where(Organisation.id == attempt.organisation_id)
    return session.scalars(of_organisation).one()


def _unlocked(*conditions: Any) -> Any:
    """Return the condition for those rows that nobody holds: a sweep waits for no claim, and takes the rest next time."""
    free = select(RejectedClaim.reference).where(*conditions).with_for_update(skip_locked=True)
    return RejectedClaim.reference.in_(free)


def _close(ctx: Context, typed: Typed, *, about: str) -> bytes:
    said = {
        "last_name": typed.claim.last_name,
        "first_name": typed.claim.first_name,
        "birth_on": typed.claim.birth_on.isoformat(),
        "kind": typed.number.kind,
        "number": typed.number.value,
        "email_key": typed.email_key,
    }
    return RowSeal(ctx.settings.seal_keys).close(orjson.dumps(said).decode(), about=about)


def _about(account_id: str, identity_digest: str) -> str:
    """Return the row that a text is sealed for: what makes it unique, for a repetition keeps its reference."""
    return f"rejected-claim/{account_id}/{identity_digest}"
