"""Deleting what has served its time."""

from datetime import timedelta
from typing import Final

from sqlalchemy import delete

from services.enrollment.context import Context
from services.enrollment.models import JournalEntry, RejectedClaim
from shared import answered_requests, budgets, inbox, outbox
from shared.database import rows_changed

# Longer than any log keeps its events: a claim that is forgotten sooner could be heard twice.
_CAUSES_KEPT: Final = timedelta(days=60)


def sweep(ctx: Context) -> dict[str, int]:
    """Delete spent budgets, kept answers, old references, journal entries, causes and published events; count them."""
    now, limits = ctx.clock.now(), ctx.settings
    with ctx.db.transaction() as session:
        references = delete(RejectedClaim).where(RejectedClaim.at < now - limits.rejected_claims_kept)
        journal = delete(JournalEntry).where(JournalEntry.at < now - limits.journal_kept)
        return {
            "budgets": budgets.sweep(session, at=now),
            "answers": answered_requests.sweep(session, at=now),
            "rejected_claims": rows_changed(session.execute(references)),
            "journal_entries": rows_changed(session.execute(journal)),
            "causes": inbox.sweep(session, claimed_before=now - _CAUSES_KEPT),
            "events": outbox.sweep(session, published_before=now - limits.events_kept),
        }
