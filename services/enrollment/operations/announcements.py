"""Telling the others on a child's file that an account holds it from now on (CHD-11).

Whoever holds the child by an account is told by event, which identity mails; whoever stands on the file and has no account,
by letter: « Un compte a été associé ». Neither says anything of the child or of the account. The letter's reference, given
to the school, is « ce n’est pas moi » (`disputes.dispute_announced_link`).
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Executable, delete
from sqlalchemy.orm import Session

from services.enrollment import events, letters, queries
from services.enrollment.context import Context
from services.enrollment.models import Announcement
from services.enrollment.operations import mailing
from services.enrollment.rules import days, languages, suspensions
from shared import budgets, logs, outbox, spoken_references
from shared.budgets import Budget
from shared.database import once_a_dialect, rows_changed

log = logs.get(__name__)

_DAY: Final = timedelta(days=1)
# Those to whom the child's file is closed are told nothing of it.
_CLOSED: Final = (suspensions.REGISTRY, suspensions.DISPUTED, suspensions.TO_CONFIRM)


@once_a_dialect
def _announce(insert: Any) -> Executable:
    new = insert(Announcement)
    # Of a link that was announced before: the references in the letters of then stay right.
    upsert = new.on_conflict_do_update(index_elements=["link_id"], set_={"at": new.excluded.at})
    return upsert.returning(Announcement.reference)  # type: ignore[no-any-return]


def announce(
    ctx: Context,
    session: Session,
    *,
    link_id: str,
    student_id: str,
    account_id: str,
    organisation_id: str,
    email_key: str,
    at: datetime,
) -> None:
    """Tell of a link that has just been made, or has just come to stand by a PIN, and told; `email_key` is its account's own.

    Its event holds the student until the transaction ends: of two accounts that are linked at one moment, the second one
    finds the first and tells it.
    """
    joined = [
        events.guardian_joined(
            student_id=student_id,
            account_id=other.account_id,
            organisation_id=organisation_id,
            joined_link_id=link_id,
            at=at,
        )
        for other in queries.list_other_guardians(session, student_id=student_id, account_id=account_id)
        if other.suspension not in _CLOSED and not other.is_to_confirm
    ]
    outbox.add_all(session, joined, at=at)
    mailboxes = queries.list_mailboxes_without_account(
        session, student_id=student_id, email_key=email_key, on=days.today(at)
    )
    if not mailboxes:
        return
    if budgets.spend(session, _bill(ctx, student_id=student_id, account_id=account_id), at=at) is not None:
        log.warning("link_not_announced", organisation_id=organisation_id)
        return
    reference = session.scalars(
        _announce(session),
        {"reference": spoken_references.new(), "link_id": link_id, "organisation_id": organisation_id, "at": at},
    ).one()
    for mailbox in mailboxes:
        mailing.tell(
            ctx,
            session,
            letters.ACCOUNT_LINKED,
            to=mailbox.address,
            language=languages.of_network(mailbox.network),
            at=at,
            code=reference,
        )


def delete_old(session: Session, *, before: datetime) -> int:
    """Forget the references of links that were announced before a moment; return how many."""
    return rows_changed(session.execute(delete(Announcement).where(Announcement.at < before)))


def _bill(ctx: Context, *, student_id: str, account_id: str) -> budgets.Bill:
    """Return what letters cost: whoever lets go of a child and claims it over and over fills nobody's mailbox."""
    per_child = Budget(name="announcements-child-day", limit=ctx.settings.announcements_per_child_day, window=_DAY)
    per_link = Budget(name="announcements-link-day", limit=1, window=_DAY)
    return [
        (per_child, ctx.digester.digest("announced-child", student_id)),
        (per_link, ctx.digester.digest("announced-link", student_id, account_id)),
    ]
