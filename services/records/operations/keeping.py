"""Keeping our own copy of what others decide: guardianships, and which organisations take part."""

from sqlalchemy.orm import Session

from services.records.context import Context
from services.records.models import GUARDIANSHIPS, Organisation
from shared import logs, projections
from shared.database import insert_for
from shared.messages import Event

log = logs.get(__name__)


def keep_guardianship(ctx: Context, *, event: Event) -> None:
    """Write what an account is to a child, or that it is nothing any more; hearing it twice, or late, changes nothing.

    Raises:
        UnreadableMessage: the event has no version, or does not say what we read of it.
    """
    with ctx.db.transaction() as session:
        projections.apply(session, GUARDIANSHIPS, event)


def keep_organisation(ctx: Context, *, organisation_id: str, code: str, is_subscribed: bool, version: int) -> None:
    """Write that an organisation takes part, or does no more; an older word than the one that we know changes nothing."""
    with ctx.db.transaction() as session:
        _upsert(session, id=organisation_id, code=code, is_subscribed=is_subscribed, version=version)
    log.info("organisation_kept", organisation_id=organisation_id, is_subscribed=is_subscribed)


def _upsert(session: Session, **values: object) -> None:
    insert = insert_for(session, Organisation).values(**values)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[Organisation.id],
            set_={name: insert.excluded[name] for name in ("code", "is_subscribed", "version")},
            where=Organisation.version < insert.excluded.version,
        )
    )
