"""Forgetting requests for help once they have served."""

from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, delete, or_, select

from services.records.context import Context
from services.records.models import SupportRequest
from services.records.operations.support import pictures

# What a deleted account had asked is gone within thirty days (PRV-5), whatever became of it: some are left for the sweep.
KEPT_WITHOUT_ACCOUNT: Final = timedelta(days=28)
# Of one transaction, which on SQLite holds everybody else up.
_PAGE: Final = 500

_is_old = SupportRequest.submitted_at < bindparam("before")
_has_lost_its_account = SupportRequest.account_deleted_at.is_not(None)
_is_of_nobody = _has_lost_its_account & or_(
    SupportRequest.handled_at.is_not(None), SupportRequest.account_deleted_at < bindparam("deleted_before")
)
_served = (
    select(SupportRequest.id)
    .where(or_(_is_old, _is_of_nobody))
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_delete = delete(SupportRequest).where(SupportRequest.id.in_(_served)).returning(SupportRequest.screenshot_digest)


def forget_requests(ctx: Context, *, page_size: int = _PAGE) -> int:
    """Delete what was asked longer ago than requests are kept, and what deleted accounts had asked once it is dealt with.

    The screenshots go with them; return how many requests there were.
    """
    forgotten = 0
    while True:
        now = ctx.clock.now()
        moments = {"before": now - ctx.settings.support_requests_kept, "deleted_before": now - KEPT_WITHOUT_ACCOUNT}
        with ctx.db.transaction() as session:
            gone = session.scalars(_delete, {**moments, "limit": page_size}).all()
            pictures.let_go(session, [digest for digest in gone if digest is not None], at=now)
        forgotten += len(gone)
        if len(gone) < page_size:
            return forgotten
