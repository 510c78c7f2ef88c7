"""Erasing what an account leaves behind once its holder has deleted it (PRV-5, ACC-12).

Readings and views go, and requests for help that were dealt with. One that the school has yet to answer loses the account,
and keeps what it is answered by until `support.forget_requests` deletes it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Executable, bindparam, delete, select, update
from sqlalchemy.orm import Session

from services.records.context import Context
from services.records.models import ErasedAccount, Reading, SupportRequest, View
from services.records.operations.support import pictures
from shared import logs
from shared.database import once_a_dialect

log = logs.get(__name__)

# Longer than any request may last that began before the account was deleted.
WATCHED_FOR: Final = timedelta(days=1)
# Of one transaction, which on SQLite holds everybody else up.
_PAGE: Final = 200

_of_accounts = bindparam("account_ids", expanding=True)
_forget_readings = delete(Reading).where(Reading.account_id.in_(_of_accounts))
_forget_views = delete(View).where(View.account_id.in_(_of_accounts))
_forget_handled = (
    delete(SupportRequest)
    .where(SupportRequest.account_id.in_(_of_accounts), SupportRequest.handled_at.is_not(None))
    .returning(SupportRequest.screenshot_digest)
)
_part_from_open = (
    update(SupportRequest)
    .where(SupportRequest.account_id.in_(_of_accounts))
    .values(
        account_id=None,
        account_deleted_at=select(ErasedAccount.deleted_at)
        .where(ErasedAccount.account_id == SupportRequest.account_id)
        .scalar_subquery(),
    )
    .execution_options(synchronize_session=False)
)
_list_erased = (
    select(ErasedAccount.account_id)
    .where(ErasedAccount.account_id > bindparam("after"))
    .order_by(ErasedAccount.account_id)
    .limit(bindparam("limit"))
)
_forget_erased = (
    delete(ErasedAccount).where(ErasedAccount.deleted_at < bindparam("before")).returning(ErasedAccount.account_id)
)


def erase_account(ctx: Context, *, account_id: str, deleted_at: datetime) -> None:
    """Erase what we keep of an account that is deleted; hearing it twice, or late, changes nothing.

    Its guardianships end by enrollment's own word, before or after.
    """
    with ctx.db.transaction() as session:
        session.execute(_note(session), {"account_id": account_id, "deleted_at": deleted_at})
        _erase(session, [account_id], at=ctx.clock.now())
    log.info("account_erased")


def erase_stragglers(ctx: Context, *, page_size: int = _PAGE) -> int:
    """Erase what was written of accounts while they were being erased; return how many are watched no longer."""
    after = ""
    while True:
        with ctx.db.transaction() as session:
            page = session.scalars(_list_erased, {"after": after, "limit": page_size}).all()
            if page:
                _erase(session, page, at=ctx.clock.now())
        if len(page) < page_size:
            break
        after = page[-1]
    with ctx.db.transaction() as session:
        return len(session.scalars(_forget_erased, {"before": ctx.clock.now() - WATCHED_FOR}).all())


def _erase(session: Session, account_ids: Collection[str], *, at: datetime) -> None:
    of_accounts = {"account_ids": list(account_ids)}
    session.execute(_forget_readings, of_accounts)
    session.execute(_forget_views, of_accounts)
    # First what was dealt with: what is dealt with from here on has lost its account, and the sweep finds it.
    gone = session.scalars(_forget_handled, of_accounts).all()
    pictures.let_go(session, [digest for digest in gone if digest is not None], at=at)
    session.execute(_part_from_open, of_accounts)


@once_a_dialect
def _note(insert: Any) -> Executable:
    note: Executable = insert(ErasedAccount).on_conflict_do_nothing()
    return note
