"""Judging waiting cases again: a claim that the school's corrected file agrees with becomes a link by itself (EN-14, EN-23).

A case is due while it was judged by a lower `registry_version` than its organisation has. Whatever changes a registry
counts that version up in its own transaction, so that the change and what it makes due are one commit, an import writes
nothing of ours and waits for nobody, and a claim that is refused while an import runs is judged once more after it.

    page     the due cases of one organisation, a few at a time, by whoever comes first (SKIP LOCKED)
    judge    what each differs in now is kept for the school; the version stands beside it
    link     what agrees: again, under the account's locks, by the function that links a claim

A case costs no budget and needs everything that a claim needs: the mailbox on the child's file with a right at least,
every field, no dispute, room on the account, an organisation that takes part. Killed anywhere, a case is either still due
or settled; two workers settle it once.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.errors import OrganisationUnknown
from services.enrollment.models import METADATA, RejectedClaim
from services.enrollment.operations.claims import bills, cases, judging, linking
from services.enrollment.operations.claims.attempts import Attempt
from services.enrollment.operations.claims.judging import Judged
from services.enrollment.operations.claims.linking import Claimed
from services.enrollment.rules import days, matching
from shared import budgets, logs

log = logs.get(__name__)

# A transaction holds its cases, and on SQLite everybody else, for some tens of milliseconds.
PAGE_SIZE: Final = 50
POLL_S: Final = 1.0
# After a fault that is not a case's own.
_PAUSE_S: Final = 5.0
# What is said to be in the way when everything agrees and the account has no room.
NO_ROOM: Final = "children"

_rejected_claims: Final = METADATA.tables["rejected_claims"]
_page = (
    select(*cases.COLUMNS)
    .where(
        RejectedClaim.organisation_id == bindparam("organisation_id"),
        RejectedClaim.judged_version < bindparam("below"),
        RejectedClaim.waits_until > bindparam("now"),
        RejectedClaim.reference > bindparam("after"),
    )
    .order_by(RejectedClaim.reference)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
# By the table, not by the class: one statement for many rows.
_note = (
    update(_rejected_claims)
    .where(_rejected_claims.c.reference == bindparam("of_reference"))
    .values(
        student_id=bindparam("meant"),
        differing=bindparam("found"),
        judged_version=bindparam("by_version"),
        judged_on=bindparam("on_day"),
    )
)


@dataclass(frozen=True, kw_only=True)
class Healed:
    """What became of the cases that were due."""

    judged: int = 0
    linked: int = 0

    def __add__(self, other: "Healed") -> "Healed":
        return Healed(judged=self.judged + other.judged, linked=self.linked + other.linked)


@dataclass(frozen=True)
class _Round:
    """One organisation's cases below a version, judged by the version that it has."""

    organisation_id: str
    version: int
    below: int


def run_judging(ctx: Context, *, stop: threading.Event) -> None:
    """Judge what is due until `stop` is set; several may run side by side."""
    while not stop.is_set():
        try:
            judge_due(ctx)
        except Exception as fault:
            log.error("cases_stalled", kind=type(fault).__name__, exc_info=fault)
            stop.wait(_PAUSE_S)
        stop.wait(POLL_S)


def judge_due(ctx: Context, *, page_size: int = PAGE_SIZE) -> Healed:
    """Judge every case that is due, and link what agrees."""
    with ctx.db.look() as connection:
        due = queries.list_organisations_with_due_cases(connection, now=ctx.clock.now())
    rounds = [_Round(each.id, version=each.registry_version, below=each.registry_version) for each in due]
    return sum((_judge(ctx, each, page_size=page_size) for each in rounds), Healed())


def judge_again(ctx: Context, *, organisation_code: str, page_size: int = PAGE_SIZE) -> Healed:
    """Judge every waiting case of an organisation, due or not, and link what agrees.

    Raises:
        OrganisationUnknown: no organisation has this code.
    """
    with ctx.db.read() as session:
        organisation = queries.find_organisation_by_code(session, organisation_code)
    if organisation is None:
        raise OrganisationUnknown(code=organisation_code)
    version = organisation.registry_version
    return _judge(ctx, _Round(organisation.id, version=version, below=version + 1), page_size=page_size)


def _judge(ctx: Context, each: _Round, *, page_size: int) -> Healed:
    done = Healed()
    for judged, agreeing in _pages(ctx, each, page_size=page_size):
        done += Healed(judged=judged, linked=sum(_try_to_link(ctx, case, each.version) for case in agreeing))
    log.info("cases_judged", organisation_id=each.organisation_id, judged=done.judged, linked=done.linked)
    return done


def _pages(ctx: Context, each: _Round, *, page_size: int) -> Iterator[tuple[int, list[Any]]]:
    """Judge page after page; yield how many cases it had, and those that agree, which stay due until they are linked."""
    after = ""
    while True:
        now = ctx.clock.now()
        with ctx.db.transaction() as session:
            asked = {"organisation_id": each.organisation_id, "below": each.below, "now": now}
            page = session.execute(_page, {**asked, "after": after, "limit": page_size}).all()
            verdicts, agreeing = [], []
            for case in page:
                attempt = cases.attempt_of(ctx, case, at=now)
                if attempt is None:
                    # The key is gone: nobody can judge it any more.
                    cases.end(session, [case], outcome=cases.EXPIRED, at=now)
                    continue
                candidates = judging.look_up(ctx, session, attempt)
                judged = judging.compare(attempt.claim, candidates)
                if judged.agrees:
                    agreeing.append(case)
                else:
                    verdicts.append(
                        _verdict(case, attempt, each.version, **_described(attempt.claim, candidates, judged))
                    )
            if verdicts:
                session.execute(_note, verdicts)
        if not page:
            return
        after = page[-1].reference
        yield len(page), agreeing


def _try_to_link(ctx: Context, case: Any, version: int) -> bool:
    """Link a case that agrees; one that cannot be is tried again in the next round, and does not hold up the others."""
    try:
        return _link(ctx, case, version)
    except Exception as fault:
        log.error("case_stalled", organisation_id=case.organisation_id, kind=type(fault).__name__, exc_info=fault)
        return False


def _link(ctx: Context, case: Any, version: int) -> bool:
    """Judge a case under the locks of its account, and link it when it agrees still; return whether it is settled."""
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        # Taken and not spent: claims of this account wait until its children are counted and the link is written.
        budgets.Hold(session, bills.of_account(ctx, case.account_id), at=now)
        waiting = cases.lock(session, account_id=case.account_id)
        present = next((each for each in waiting if each.reference == case.reference), None)
        attempt = cases.attempt_of(ctx, present, at=now) if present is not None and present.waits_until > now else None
        if present is None or attempt is None:
            return False
        described = _settle(ctx, session, attempt, waiting)
        if described is not None:
            session.execute(_note, [_verdict(present, attempt, version, **described)])
    if described is None:
        log.info("case_linked", organisation_id=case.organisation_id)
    return described is None


def _settle(ctx: Context, session: Session, attempt: Attempt, waiting: Sequence[Any]) -> dict[str, Any] | None:
    """Link what a claim made now would link, and settle the account's cases about it; else return what is in the way."""
    door = queries.find_door(session, organisation_id=attempt.organisation_id, email_key=attempt.claimant.email_key)
    candidates = judging.look_up(ctx, session, attempt)
    judged = judging.compare(attempt.claim, candidates)
    if not judged.agrees or judged.candidate is None or door is None or not door.is_subscribed:
        return _described(attempt.claim, candidates, judged)
    whose = {"student_id": judged.candidate.student_id, "account_id": attempt.claimant.account_id}
    if queries.is_barred(session, **whose, email_key=attempt.claimant.email_key):
        return {"student_id": judged.candidate.student_id, "differing": [judging.DISPUTED]}
    linked = linking.link(ctx, session, attempt, judged.candidate, occasion=events.BY_CORRECTION)
    if not isinstance(linked, Claimed):
        return {"student_id": judged.candidate.student_id, "differing": [NO_ROOM]}
    outcome = cases.LINKED if linked.is_new else cases.CLAIMED
    cases.settle(ctx, session, waiting, attempt, student_id=judged.candidate.student_id, outcome=outcome)
    return None


def _described(claim: matching.Claim, candidates: queries.Candidates, judged: Judged) -> dict[str, Any]:
    """Return whom a claim means and what differs, for the school: by its number, or by its names where those fit better.

    A parent who mistook the number means the child that has the names, and not whoever has the number.
    """
    by_number, by_identity = candidates.by_number, candidates.by_identity
    is_number_better = by_number is not None and (by_number.rights or len(by_identity) != 1)
    if is_number_better or len(by_identity) != 1:
        return {"student_id": by_number.student_id if by_number else None, "differing": judged.differing}
    named = by_identity[0]
    if by_number is not None and named.student_id == by_number.student_id:
        return {"student_id": named.student_id, "differing": judged.differing}
    differing = matching.differences(claim, named.record)
    # Of whoever has left, the file says neither number nor guardians.
    if named.record.is_active:
        differing = (*differing, judging.IDENTIFIER, *(() if named.rights else (judging.EMAIL,)))
    return {"student_id": named.student_id, "differing": differing}


def _verdict(case: Any, attempt: Attempt, version: int, *, student_id: str | None, differing: Any) -> dict[str, Any]:
    return {
        "of_reference": case.reference,
        "meant": student_id,
        "found": list(differing),
        "by_version": version,
        "on_day": days.today(attempt.at),
    }
