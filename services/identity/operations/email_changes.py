"""Another e-mail for an account, and taking it back: whoever took an account over must not be able to keep it (ACC-11).

changed ──the old mailbox, within a week──▶ undone: the old e-mail again; no password, session or other provider
   │                                          └─ the same ticket is then good for a new password
   └─ a week later ─▶ for good
"""

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.exc import IntegrityError

from services.identity import events, letters, queries
from services.identity.context import Context
from services.identity.errors import AccountExists, EmailChangeMissing, EmailUnchanged, NotVerified
from services.identity.models import accounts, email_changes, identities, sessions
from services.identity.operations import activity, mailing, old_accounts, proofs, reauthentication, session_starting
from services.identity.rules import activity as kinds, codes
from shared import ids, logs, outbox
from shared.database import rows_changed
from shared.problems import NotSignedIn

log = logs.get(__name__)

# Of two changes at once, the second one finds another e-mail than the one that it replaces.
_change = (
    update(accounts)
    .where(accounts.c.id == bindparam("of_id"), accounts.c.email_key == bindparam("old_key"))
    .values(email=bindparam("new_email"), email_key=bindparam("new_key"))
)
_remember = insert(email_changes)
# What came after it is undone with it: it was done by whoever had taken the account over.
_undo = (
    update(email_changes)
    .where(
        email_changes.c.account_id == bindparam("of_account"),
        email_changes.c.changed_at >= bindparam("since"),
        email_changes.c.undone_at.is_(None),
    )
    .values(undone_at=bindparam("now"))
    .returning(email_changes.c.id)
)
_restore = (
    update(accounts)
    .where(accounts.c.id == bindparam("of_id"))
    .values(email=bindparam("new_email"), email_key=bindparam("new_key"), password_hash=None, password_pepper=None)
)
# Whoever took the account over may have linked a provider before changing the e-mail as well as after it.
_unlink = delete(identities).where(identities.c.account_id == bindparam("of_account"))
_end_sessions = delete(sessions).where(sessions.c.account_id == bindparam("of_account"))


def change_email(
    ctx: Context, *, session_id: str, account_id: str, ticket: str, address: str, device: str
) -> list[str]:
    """Give an account the e-mail that `ticket` proves, and return the sessions that ended: all but the caller's.

    Both mailboxes get a letter; the old one can take the change back for a week.

    Raises:
        NotSignedIn: the session has ended.
        ReauthenticationRequired: the caller proved who they are too long ago.
        NotVerified: the ticket proves no mailbox, is for something else, or was spent.
        EmailUnchanged: it proves the mailbox that the account has already.
        AccountExists: the mailbox has an account.
    """
    with ctx.db.read() as session:
        reauthentication.require_recent(ctx, session, session_id=session_id, account_id=account_id)
        account = queries.get_account(session, account_id=account_id)
        proof = proofs.get_proof(ctx, session, ticket=ticket, purpose=codes.EMAIL_CONFIRMATION)
        if proof.email_key == account.email_key:
            raise EmailUnchanged
        found = queries.find_account_by_key(session, email_key=proof.email_key)
        if found is not None and not old_accounts.must_be_recreated(ctx, found):
            raise AccountExists
    now = ctx.clock.now()
    facts = {"of_id": account_id, "old_key": account.email_key, "new_email": proof.email, "new_key": proof.email_key}
    change = {
        "id": ids.new(),
        "account_id": account_id,
        "old_email": account.email,
        "old_email_key": account.email_key,
        "changed_at": now,
        "undo_until": now + ctx.settings.email_undo_lifetime,
    }
    try:
        with ctx.db.transaction() as session:
            queries.hold_account(session, account_id=account_id)
            proofs.spend(session, proof.id, purpose=codes.EMAIL_CONFIRMATION, now=now)
            # A new password may have ended the session since we looked.
            reauthentication.require_recent(ctx, session, session_id=session_id, account_id=account_id)
            old_accounts.make_way(ctx, session, email_key=proof.email_key, now=now)
            if rows_changed(session.execute(_change, facts)) == 0:
                raise NotSignedIn
            session.execute(_remember, change)
            ended = session_starting.end_others(session, kept_session_id=session_id, account_id=account_id)
            for key in (account.email_key, proof.email_key):
                proofs.end_all(session, email_key=key)
            activity.record(
                session, account_id=account_id, kind=kinds.EMAIL_CHANGED, address=address, device=device, at=now
            )
            for kind, to in ((letters.EMAIL_REPLACED, account.email), (letters.EMAIL_CHANGED, proof.email)):
                mailing.tell(ctx, session, kind, to=to, language=account.language, at=now)
            outbox.add(session, events.email_changed(account_id, at=now), at=now)
    except IntegrityError:
        # An account of that mailbox was made since we looked.
        raise AccountExists from None
    log.info("email_changed", account_id=account_id)
    return ended


def undo_email_change(ctx: Context, *, ticket: str, address: str, device: str) -> str:
    """Give an account back the e-mail that `ticket` proves, and return the account's id.

    The account has no password, no session and no other provider afterwards: whoever changed the e-mail could have made
    each of them. The ticket is good for `reset_password` from then on.

    Raises:
        NotVerified: the ticket proves nothing, is for something else, or was spent.
        EmailChangeMissing: no account left that mailbox within the last week.
        AccountExists: the mailbox has an account of its own by now.
    """
    now = ctx.clock.now()
    with ctx.db.read() as session:
        proof = proofs.get_proof(ctx, session, ticket=ticket, purpose=codes.EMAIL_CHANGE_UNDO)
        change = queries.find_undoable_change(session, email_key=proof.email_key, now=now)
        if change is None:
            raise EmailChangeMissing
    try:
        with ctx.db.transaction() as session:
            try:
                # Held first: no change that is under way may slip in between what is undone.
                account = queries.hold_account(session, account_id=change.account_id)
            except NotSignedIn:
                raise EmailChangeMissing from None
            is_turned = proofs.turn(
                session, proof.id, purpose=codes.EMAIL_CHANGE_UNDO, to=codes.PASSWORD_RESET, now=now
            )
            if not is_turned:
                raise NotVerified
            undone = session.execute(
                _undo, {"of_account": change.account_id, "since": change.changed_at, "now": now}
            ).scalars()
            if change.id not in set(undone):
                raise EmailChangeMissing
            restored = {"new_email": change.old_email, "new_key": change.old_email_key}
            session.execute(_restore, {"of_id": account.id} | restored)
            session.execute(_unlink, {"of_account": account.id})
            session.execute(_end_sessions, {"of_account": account.id})
            proofs.end_all(session, email_key=account.email_key)
            activity.record(
                session, account_id=account.id, kind=kinds.EMAIL_CHANGE_UNDONE, address=address, device=device, at=now
            )
            for to in (change.old_email, account.email):
                mailing.tell(ctx, session, letters.EMAIL_CHANGE_UNDONE, to=to, language=account.language, at=now)
            outbox.add(session, events.email_changed(account.id, at=now), at=now)
    except IntegrityError:
        raise AccountExists from None
    log.info("email_change_undone", account_id=account.id)
    account_id: str = account.id
    return account_id
