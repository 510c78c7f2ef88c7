"""Messages that an account has read: its own, and no other guardian's (RE-14)."""

from typing import Any

import orjson
from sqlalchemy import Executable, bindparam, delete

from services.records import queries
from services.records.context import Context
from services.records.models import Reading
from services.records.operations.family import documents
from services.records.rules import kinds, tiles
from shared.database import once_a_dialect
from shared.problems import NotFound

_forget = delete(Reading).where(
    Reading.account_id == bindparam("reader_id"), Reading.entry_id == bindparam("message_id")
)


def mark_message(
    ctx: Context, *, account_id: str, child_id: str, message_id: str, is_read: bool, language: str
) -> orjson.Fragment:
    """Keep that the account has read a message, or has not; return the message.

    Raises:
        NotFound: the account may not see the child, or no such message was published for it.
    """
    now = ctx.clock.now()
    asked = {"account_id": account_id, "child_id": child_id, "message_id": message_id, "at": now}
    with ctx.db.transaction() as session:
        viewed, _ = queries.get_message(session, **asked)
        if not tiles.may_have(kinds.MESSAGE, viewed.place):
            raise NotFound
        if is_read:
            session.execute(_read(session), {"account_id": account_id, "entry_id": message_id, "read_at": now})
        else:
            session.execute(_forget, {"reader_id": account_id, "message_id": message_id})
        _, row = queries.get_message(session, **asked)
    return documents.item(row, kind=kinds.MESSAGE, child_id=child_id, language=language)


@once_a_dialect
def _read(insert: Any) -> Executable:
    # Whoever reads it twice has read it the first time.
    claim: Executable = insert(Reading).on_conflict_do_nothing()
    return claim
