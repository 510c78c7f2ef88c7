"""Writing down what happened to an account, in the transaction that makes it happen, and showing it to its holder."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, literal, select
from sqlalchemy.orm import Session

from services.identity import queries
from services.identity.context import Context
from services.identity.models import accounts, activity
from services.identity.rules import activity as kinds, addresses
from shared import ids
from shared.database import UtcDateTime

_write = insert(activity)
# One statement whether or not there is an account: the work must not tell (ACC-3).
_write_failure = insert(activity).from_select(
    ["id", "account_id", "kind", "at", "device", "network"],
    select(
        bindparam("of_id"),
        accounts.c.id,
        literal(kinds.SIGN_IN_FAILED),
        bindparam("now", type_=UtcDateTime),
        bindparam("from_device"),
        bindparam("from_network"),
    )
    .where(accounts.c.id == bindparam("of_account"))
    # An account that is being deleted at this moment is waited for, and is then none.
    .with_for_update(read=True, key_share=True),
)


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of an account's activity, and how much there is in all."""

    rows: list[Row[Any]]
    total: int


def record(session: Session, *, account_id: str, kind: str, address: str, device: str, at: datetime) -> None:
    """Write down what happened: the caller's range of addresses, never the address itself (AUD-1)."""
    row = {
        "id": ids.new(),
        "account_id": account_id,
        "kind": kind,
        "at": at,
        "device": kinds.device_name(device),
        "network": addresses.neighborhood(address),
    }
    session.execute(_write, row)


def record_failed_sign_in(session: Session, *, account_id: str | None, address: str, device: str, at: datetime) -> None:
    """Write down a wrong password where there is an account to write it to."""
    facts = {
        "of_id": ids.new(),
        "of_account": account_id or "",
        "now": at,
        "from_device": kinds.device_name(device),
        "from_network": addresses.neighborhood(address),
    }
    session.execute(_write_failure, facts)


def list_activity(ctx: Context, *, account_id: str, limit: int, offset: int) -> Page:
    """Return what happened to an account, the latest first."""
    with ctx.db.read() as session:
        return Page(
            rows=queries.list_activity(session, account_id=account_id, limit=limit, offset=offset),
            total=queries.count_activity(session, account_id=account_id),
        )
