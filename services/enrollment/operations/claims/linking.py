"""The link that a proven claim makes: once, told, and written into the child's journal (CHD-11, CHD-15)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.errors import TooManyChildren
from services.enrollment.models import Link
from services.enrollment.operations import announcements, confirmations, journal, standings
from services.enrollment.operations.claims.attempts import Attempt
from services.enrollment.operations.claims.judging import RightPin
from services.enrollment.rules import days
from shared import ids, outbox
from shared.database import insert_for
from shared.problems import Problem

# Told apart: whoever reads it looks for what the guardian did that day.
_ACTIONS: Final = {events.BY_CLAIM: journal.CHILD_LINKED, events.BY_CORRECTION: journal.WAITING_CLAIM_SETTLED}


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """The child, and whether the account did not hold it before."""

    child: dict[str, Any]
    is_new: bool


def link(
    ctx: Context,
    session: Session,
    attempt: Attempt,
    candidate: queries.Candidate,
    *,
    pin: RightPin | None = None,
    occasion: str = events.BY_CLAIM,
) -> Claimed | Problem:
    """Write the link, its event and its entry in the journal, once (CHD-15); an old link is confirmed instead (CHD-16).

    `pin` is what the link stands by from here on, when the child's file does not know the account's mailbox (CHD-14).
    `occasion` is what it comes about by: the claim itself, or the school's correction for which it waited.
    """
    account_id, student_id, at = attempt.claimant.account_id, candidate.student_id, attempt.at
    # Counted under the lock of the account's budgets: two claims of one account cannot both take the last place.
    others = queries.count_other_children(session, account_id=account_id, student_id=student_id)
    link_id = None
    if others < ctx.settings.most_children:
        link_id = _insert_link(session, attempt, student_id, rights=candidate.rights, pin=pin)
    if link_id is not None:
        linked = events.child_linked(
            link_id=link_id,
            student_id=student_id,
            account_id=account_id,
            organisation_id=attempt.organisation_id,
            rights=candidate.rights,
            at=at,
            occasion=occasion,
        )
        placement = queries.list_placements(session, student_ids=[student_id])[student_id]
        guardianship = events.guardianship_changed(
            student_id=student_id,
            account_id=account_id,
            organisation_id=attempt.organisation_id,
            student_source_id=placement.student_source_id,
            school_source_id=placement.school_source_id,
            level=placement.level,
            grade=placement.grade,
            rights=candidate.rights,
            linked_at=at,
        )
        outbox.add_all(session, [linked, guardianship], at=at)
        _announce(ctx, session, attempt, student_id, link_id=link_id)
        journal.write(session, student_id=student_id, account_id=account_id, action=_ACTIONS[occasion], at=at)
    else:
        if pin is not None:
            held_by = standings.stand_by_pin(
                session,
                account_id=account_id,
                student_id=student_id,
                pin_id=pin.pin_id,
                guardian_source_id=pin.guardian_source_id,
                email_key=attempt.claimant.email_key,
                at=at,
            )
            if held_by is not None and not pin.is_used:
                # As a new link is: whoever was taken off the file, and comes by a PIN of somebody else, must be found.
                _announce(ctx, session, attempt, student_id, link_id=held_by)
        confirmations.confirm(
            session, account_id=account_id, student_id=student_id, email_key=attempt.claimant.email_key, at=at
        )
    held = queries.find_child(
        session,
        account_id=account_id,
        email_key=attempt.claimant.email_key,
        student_id=student_id,
        on=days.today(at),
    )
    if held is None:
        return TooManyChildren(most_children=ctx.settings.most_children)
    if not held.is_told:
        # A claim shows the mailbox as a visit does.
        standings.note_mailbox(
            session,
            account_id=account_id,
            email_key=attempt.claimant.email_key,
            link_ids=[held.link_id],
            at=at,
        )
    return Claimed(child=held.document, is_new=link_id is not None)


def _announce(ctx: Context, session: Session, attempt: Attempt, student_id: str, *, link_id: str) -> None:
    announcements.announce(
        ctx,
        session,
        link_id=link_id,
        student_id=student_id,
        account_id=attempt.claimant.account_id,
        organisation_id=attempt.organisation_id,
        email_key=attempt.claimant.email_key,
        at=attempt.at,
    )


def _insert_link(
    session: Session, attempt: Attempt, student_id: str, *, rights: Iterable[str], pin: RightPin | None
) -> str | None:
    """Return the new link's id, or None when the account holds the child already."""
    claim = (
        insert_for(session, Link)
        .values(
            id=ids.new(),
            student_id=student_id,
            organisation_id=attempt.organisation_id,
            account_id=attempt.claimant.account_id,
            rights=list(rights),
            email_key=attempt.claimant.email_key,
            pin_id=pin.pin_id if pin is not None else None,
            guardian_source_id=pin.guardian_source_id if pin is not None else None,
            linked_at=attempt.at,
        )
        .on_conflict_do_nothing(index_elements=["account_id", "student_id"], index_where=text("ended_at IS NULL"))
        .returning(Link.id)
    )
    link_id: str | None = session.scalar(claim)
    return link_id
