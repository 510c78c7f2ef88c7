"""Accounts of before this portal: taken over from another system, and making way for who creates theirs again (ID-31)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Row, bindparam, delete, select
from sqlalchemy.orm import Session

from services.identity import events
from services.identity.context import Context
from services.identity.models import accounts
from services.identity.rules import old_accounts
from services.identity.rules.old_accounts import OldAccount, Rejected
from services.identity.rules.passwords import UNPEPPERED
from shared import ids, logs, outbox
from shared.database import insert_for
from shared.texts import LANGUAGES

log = logs.get(__name__)

_AT_ONCE = 500
# Gone with everything that hangs on it: whoever proves the mailbox now starts afresh (W17).
_make_way = (
    delete(accounts)
    .where(accounts.c.email_key == bindparam("of_key"), accounts.c.created_at < bindparam("before"))
    .returning(accounts.c.id)
)
_find_ids = select(accounts.c.email_key, accounts.c.id).where(
    accounts.c.email_key.in_(bindparam("keys", expanding=True))
)


@dataclass(kw_only=True)
class Report:
    """What became of the lines of an import."""

    taken: int = 0
    known: int = 0
    to_recreate: int = 0
    to_confirm: int = 0
    rejected: list[Rejected] = field(default_factory=list)


def must_be_recreated(ctx: Context, account: Row[Any]) -> bool:
    """Tell whether an account is inert until it is created again (ID-31)."""
    is_old: bool = account.created_at < _recreated_before(ctx)
    return is_old


def make_way(ctx: Context, session: Session, *, email_key: str, now: datetime) -> None:
    """End the old account of a mailbox whose holder creates theirs again; the others learn of it by event."""
    gone = session.execute(_make_way, {"of_key": email_key, "before": _recreated_before(ctx)}).scalar_one_or_none()
    if gone is not None:
        outbox.add(session, events.account_deleted(gone, at=now), at=now)
        log.info("account_made_way", account_id=gone)


def import_accounts(
    ctx: Context,
    lines: Iterable[str],
    *,
    is_dry_run: bool = False,
    note: Callable[[str, str], object] | None = None,
) -> Report:
    """Take over the accounts of another system; those whose mailbox has an account already stay as they are.

    `note` is given the e-mail of each line that can be read, with the account's id.
    The same file again changes nothing. No event tells of them: nobody refers to an account before it does something.

    Raises:
        MissingColumns: the file does not tell what every account needs.
        NoCsv: a line cannot be taken apart; those long before it are taken.
    """
    report = Report()
    now = ctx.clock.now()
    read = old_accounts.read(lines, languages=LANGUAGES, now=now)
    while batch := list(islice(read, _AT_ONCE)):
        report.rejected += [each for each in batch if isinstance(each, Rejected)]
        readable = [each for each in batch if isinstance(each, OldAccount)]
        _take(ctx, readable, report, is_dry_run=is_dry_run)
        if note is not None:
            _note(ctx, readable, note)
    log.info(
        "accounts_imported",
        taken=report.taken,
        known=report.known,
        rejected=len(report.rejected),
        is_dry_run=is_dry_run,
    )
    return report


def _note(ctx: Context, batch: list[OldAccount], note: Callable[[str, str], object]) -> None:
    with ctx.db.read() as session:
        rows = session.execute(_find_ids, {"keys": [each.email.key for each in batch]})
        found = {row.email_key: row.id for row in rows}
    for each in batch:
        if each.email.key in found:
            note(each.email.address, found[each.email.key])


class _DryRun(Exception):
    """Nothing of it is to stay."""


def _take(ctx: Context, batch: list[OldAccount], report: Report, *, is_dry_run: bool) -> None:
    to_recreate = _recreated_before(ctx)
    to_confirm = old_accounts.begins_at(old_accounts.read_day(ctx.settings.confirm_before))
    try:
        with ctx.db.transaction() as session:
            for each in _in_order(batch):
                must_confirm = to_recreate <= each.created_at < to_confirm
                statement = insert_for(session, accounts).values(
                    id=ids.new(),
                    email=each.email.address,
                    email_key=each.email.key,
                    password_hash=each.password_hash,
                    password_pepper=UNPEPPERED if each.password_hash is not None else None,
                    language=each.language,
                    must_confirm_children=must_confirm,
                    created_at=each.created_at,
                )
                inserted = statement.on_conflict_do_nothing(index_elements=["email_key"]).returning(accounts.c.id)
                if session.execute(inserted).first() is None:
                    report.known += 1
                    continue
                report.taken += 1
                report.to_recreate += each.created_at < to_recreate
                report.to_confirm += must_confirm
            if is_dry_run:
                raise _DryRun
    except _DryRun:
        pass


def _in_order(batch: list[OldAccount]) -> Iterator[OldAccount]:
    # Two imports at once take the rows of one batch in the same order, and never wait for each other in a circle.
    yield from sorted(batch, key=lambda each: each.email.key)


def _recreated_before(ctx: Context) -> datetime:
    return old_accounts.begins_at(old_accounts.read_day(ctx.settings.recreate_before))
