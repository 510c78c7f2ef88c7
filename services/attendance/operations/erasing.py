"""Forgetting who announced or motivated, once the account is deleted (PRV-5, ACC-12): what was said stays the school's record."""

from typing import Final

from sqlalchemy import bindparam, update

from services.attendance.context import Context
from services.attendance.models import Motivation, Notice
from services.attendance.rules import accounts
from shared import logs

log = logs.get(__name__)

_part: Final = [
    update(table).where(table.account_id == bindparam("of_account_id")).values(account_id=accounts.ERASED)
    for table in (Notice, Motivation)
]


def erase_account(ctx: Context, *, account_id: str) -> None:
    """Take a deleted account out of what it announced and motivated; hearing it twice, or late, changes nothing.

    Its guardianships end by enrollment's own word, before or after.
    """
    with ctx.db.transaction() as session:
        for statement in _part:
            session.execute(statement, {"of_account_id": account_id}, execution_options={"synchronize_session": False})
    log.info("account_erased")
