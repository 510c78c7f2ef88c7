"""The answers kept for requests with an `Idempotency-Key`: the table alone, so that models never load Flask.

`shared.idempotency` fills it and reads it.
"""

from datetime import datetime, timedelta

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, delete
from sqlalchemy.orm import Session

from shared.database import UtcDateTime, new_metadata, rows_changed

KEPT_FOR = timedelta(hours=24)

_metadata = new_metadata()
answered = Table(
    "answered_requests",
    _metadata,
    Column("key", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("began_at", UtcDateTime, nullable=False, index=True),
    Column("status", Integer),
    Column("sealed", LargeBinary),
)


def copy_to(metadata: MetaData) -> Table:
    """Add the table to a service's own metadata."""
    return answered.to_metadata(metadata)


def sweep(session: Session, *, at: datetime) -> int:
    """Delete the answers that are older than a day; return how many."""
    return rows_changed(session.execute(delete(answered).where(answered.c.began_at < at - KEPT_FOR)))
