"""The access journal: every act on a child's file, beside the act (PRV-1)."""

from datetime import datetime
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from services.enrollment.models import JournalEntry
from shared import ids

CHILD_LINKED: Final = "child_linked"
CHILD_UNLINKED: Final = "child_unlinked"


def write(session: Session, *, student_id: str, account_id: str, action: str, at: datetime) -> None:
    """Write what a guardian did, in the transaction that does it."""
    session.execute(
        insert(JournalEntry),
        {
            "id": ids.new(),
            "student_id": student_id,
            "account_id": account_id,
            "role": "guardian",
            "action": action,
            "at": at,
        },
    )
