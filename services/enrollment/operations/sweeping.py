"""Deleting what has served its time, and telling what time has changed. The relay and the consumer keep their own tables (outbox, inbox)."""

from sqlalchemy import delete

from services.enrollment.context import Context
from services.enrollment.models import JournalEntry
from services.enrollment.operations import (
    announcements,
    campaigns,
    confirmations,
    disputes,
    imports,
    passing_days,
    pins,
)
from services.enrollment.operations.claims import cases, looking
from services.enrollment.rules import days
from shared import answered_requests, budgets, letters
from shared.database import rows_changed


def sweep(ctx: Context) -> dict[str, int]:
    """Delete spent budgets, mailed letters, kept answers, old references, settled disputes and journal entries; count them.

    Before that the others are told what no visit and no import tells them: what a day has changed of a link, and what an
    interrupted command has left.
    """
    links_told = passing_days.tell(ctx) + confirmations.tell(ctx)
    now, limits = ctx.clock.now(), ctx.settings
    with ctx.db.transaction() as session:
        journal = delete(JournalEntry).where(JournalEntry.at < now - limits.journal_kept)
        return {
            "budgets": budgets.sweep(session, at=now),
            "letters": letters.sweep(session, at=now),
            "answers": answered_requests.sweep(session, at=now),
            "announcements": announcements.delete_old(session, before=now - limits.dispute_window),
            "disputes": rows_changed(disputes.delete_settled(session, before=now - limits.journal_kept)),
            "claims_expired": cases.expire(session, at=now),
            "claims_to_judge": cases.let_judge_daily(session, today=days.today(now)),
            "rejected_claims": cases.delete_old(session, before=now - limits.rejected_claims_kept),
            "claim_looks": looking.delete_looks(session, before=now - limits.journal_kept),
            "pins": rows_changed(pins.delete_old(session, before=now - limits.journal_kept)),
            "rejected_lines": imports.delete_lines(session, before=now - limits.rejected_lines_kept),
            "links_told": links_told,
            "campaigns": campaigns.delete_old(
                session,
                closed_before=days.today(now - limits.campaigns_kept),
                read_before=now - limits.journal_kept,
            ),
            "journal_entries": rows_changed(session.execute(journal)),
        }
