"""Forgetting requests for help once they have served."""

from typing import Final

from sqlalchemy import bindparam, delete, select

from services.records.context import Context
from services.records.models import SupportRequest
from services.records.operations.support import pictures

# Of one transaction, which on SQLite holds everybody else up.
_PAGE: Final = 500

_oldest = (
    select(SupportRequest.id)
    .where(SupportRequest.submitted_at < bindparam("before"))
    .order_by(SupportRequest.submitted_at, SupportRequest.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_delete = delete(SupportRequest).where(SupportRequest.id.in_(_oldest)).returning(SupportRequest.screenshot_digest)


def forget_requests(ctx: Context, *, page_size: int = _PAGE) -> int:
    """Delete what was asked longer ago than requests are kept, and its screenshots with it; return how many there were."""
    forgotten = 0
    while True:
        now = ctx.clock.now()
        before = now - ctx.settings.support_requests_kept
        with ctx.db.transaction() as session:
            gone = session.scalars(_delete, {"before": before, "limit": page_size}).all()
            pictures.let_go(session, [digest for digest in gone if digest is not None], at=now)
        forgotten += len(gone)
        if len(gone) < page_size:
            return forgotten
