"""Deleting what has expired, so that no table grows with traffic (COD-17).

The relay and the consumer keep their own tables (outbox, inbox).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, or_
from sqlalchemy.orm import Session

from services.identity.context import Context
from services.identity.models import (
    activity,
    challenges,
    email_changes,
    school_tokens,
    sessions,
    sign_in_guards,
    social_confirmations,
    social_visits,
)
from shared import answered_requests, budgets, letters
from shared.database import rows_changed

# A challenge is kept until nobody can want to know what became of it.
CHALLENGES_KEPT = timedelta(hours=24)


def sweep(ctx: Context) -> dict[str, int]:
    """Delete what has expired; return how many rows of each table, each in a transaction of its own."""
    now = ctx.clock.now()
    idle_since = now - ctx.settings.session_idle
    sweeps: dict[str, Callable[[Session], int]] = {
        "challenges": lambda session: _delete_challenges(session, before=now - CHALLENGES_KEPT),
        "sessions": lambda session: rows_changed(
            session.execute(
                delete(sessions).where(or_(sessions.c.expires_at <= now, sessions.c.last_used_at <= idle_since))
            )
        ),
        "sign_in_guards": lambda session: rows_changed(
            session.execute(delete(sign_in_guards).where(sign_in_guards.c.expires_at <= now))
        ),
        "activity": lambda session: rows_changed(
            session.execute(delete(activity).where(activity.c.at <= now - ctx.settings.activity_kept))
        ),
        "email_changes": lambda session: rows_changed(
            session.execute(delete(email_changes).where(email_changes.c.undo_until <= now))
        ),
        "social_visits": lambda session: rows_changed(
            session.execute(delete(social_visits).where(social_visits.c.expires_at <= now))
        ),
        "social_confirmations": lambda session: rows_changed(
            session.execute(delete(social_confirmations).where(social_confirmations.c.expires_at <= now))
        ),
        "school_tokens": lambda session: rows_changed(
            session.execute(delete(school_tokens).where(school_tokens.c.expires_at <= now))
        ),
        "budgets": lambda session: budgets.sweep(session, at=now),
        "letters": lambda session: letters.sweep(session, at=now),
        "answered_requests": lambda session: answered_requests.sweep(session, at=now),
    }
    swept = {}
    for table, delete_from in sweeps.items():
        with ctx.db.transaction() as session:
            swept[table] = delete_from(session)
    return swept


def _delete_challenges(session: Session, *, before: datetime) -> int:
    return rows_changed(session.execute(delete(challenges).where(challenges.c.expires_at <= before)))
