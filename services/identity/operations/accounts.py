"""Creating an account, what it may change of itself, and its end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, update
from sqlalchemy.orm import Session

from services.identity import events, letters, queries
from services.identity.context import Context
from services.identity.errors import AccountExists, NotVerified
from services.identity.models import accounts, challenges
from services.identity.operations import (
    activity,
    judging,
    mailing,
    old_accounts,
    passwords,
    proofs,
    reauthentication,
    session_starting,
)
from services.identity.operations.signing_in import SignedIn
from services.identity.rules import activity as kinds, codes
from services.identity.rules.passwords import Kept
from services.identity.rules.tickets import Device
from shared import ids, logs, outbox
from shared.database import insert_for

log = logs.get(__name__)

_change_language = (
    update(accounts).where(accounts.c.id == bindparam("of_id")).values(language=bindparam("new_language"))
)
# Sessions, activity and former e-mails go with it.
_delete = delete(accounts).where(accounts.c.id == bindparam("of_id"))
_delete_challenges = delete(challenges).where(challenges.c.email_key == bindparam("of_key"))


@dataclass(frozen=True, kw_only=True)
class Notice:
    """An instruction that is always shown: never an error, whatever the person did (ID-28)."""

    code: str
    text: str


# In the order in which the sign-in page shows them (ID-33, ID-28).
NOTICES = ("school_subscribed", "email_given_to_school")


def list_notices(ctx: Context, *, language: str) -> list[Notice]:
    """Return what to tell everybody before they sign in or sign up: the guides' own sentences."""
    return [Notice(code=code, text=ctx.notice_texts.of(code, language).title) for code in NOTICES]


@dataclass(frozen=True, kw_only=True)
class HelpLink:
    """Where somebody who cannot go on finds help, by the operator's choice (ID-39)."""

    code: str
    text: str
    url: str


def list_help_links(ctx: Context, *, language: str) -> list[HelpLink]:
    """Return the links that the sign-in pages show; those that the deployment has."""
    urls = {"sign_in_help": ctx.settings.sign_in_help_url, "help": ctx.settings.help_url}
    return [
        HelpLink(code=code, text=ctx.notice_texts.of(code, language).title, url=url)
        for code, url in urls.items()
        if url
    ]


def create_account(
    ctx: Context,
    *,
    ticket: str,
    password: str,
    password_confirmation: str,
    language: str,
    address: str,
    device: str,
) -> SignedIn:
    """Create the account of a proven mailbox and sign it in.

    A password that is refused leaves the ticket as it was. An account of before this portal makes way (ID-31). When there
    is an account already, the ticket is good for `reset_password` from then on (W1).

    Raises:
        NotVerified: the ticket proves nothing, or was spent.
        AccountExists: the mailbox has an account.
        PasswordMismatch, PasswordRejected: the password cannot be taken.
        Unavailable: too many passwords are being hashed.
    """
    opened = ctx.tickets.open(ticket)
    if opened is None or opened.purpose != codes.ACCOUNT_CREATION:
        raise NotVerified
    with ctx.db.read() as session:
        proof = queries.find_proof(session, challenge_id=opened.challenge_id, now=ctx.clock.now())
        if proof is None or proof.purpose != codes.ACCOUNT_CREATION:
            raise NotVerified
        found = queries.find_account_by_key(session, email_key=proof.email_key)
        exists = found is not None and not old_accounts.must_be_recreated(ctx, found)
    if exists:
        _turn(ctx, proof.id)
        raise AccountExists
    kept = passwords.accepted(ctx, password=password, confirmation=password_confirmation, email=proof.email)
    now = ctx.clock.now()
    account_id = ids.new()
    try:
        with ctx.db.transaction() as session:
            proofs.spend(session, proof.id, purpose=codes.ACCOUNT_CREATION, now=now)
            old_accounts.make_way(ctx, session, email_key=proof.email_key, now=now)
            account = _insert(session, account_id=account_id, proof=proof, kept=kept, language=language, now=now)
            started = session_starting.start_session(ctx, session, account_id=account_id, device=device, now=now)
            activity.record(
                session, account_id=account_id, kind=kinds.ACCOUNT_CREATED, address=address, device=device, at=now
            )
            outbox.add(session, events.account_created(account_id, at=now), at=now)
    except AccountExists:
        # Two proofs of one mailbox met here; this one's ticket is unspent again.
        _turn(ctx, proof.id)
        raise
    log.info("account_created", account_id=account_id)
    token = ctx.devices.sign(Device(ids.new(), account_id), at=now)
    return SignedIn(account=account, session=started, device_token=token)


def read_account(ctx: Context, *, account_id: str) -> Row[Any]:
    """Return an account.

    Raises:
        NotSignedIn: it is not there any more.
    """
    with ctx.db.read() as session:
        return queries.get_account(session, account_id=account_id)


def change_language(ctx: Context, *, account_id: str, language: str) -> Row[Any]:
    """Change the language of an account's letters and return the account.

    Raises:
        NotSignedIn: it is not there any more.
    """
    with ctx.db.transaction() as session:
        session.execute(_change_language, {"of_id": account_id, "new_language": language})
        return queries.get_account(session, account_id=account_id)


def delete_account(ctx: Context, *, session_id: str, account_id: str) -> None:
    """Delete an account with everything that is kept about it; the others learn of it by event (ACC-12).

    What remains is the event, which holds an identifier, and a last letter to the mailbox, emptied once it is sent.

    Raises:
        NotSignedIn: the session has ended.
        ReauthenticationRequired: the caller proved who they are too long ago.
    """
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        account = queries.hold_account(session, account_id=account_id)
        reauthentication.require_recent(ctx, session, session_id=session_id, account_id=account_id)
        erase(ctx, session, account=account, at=now)
        mailing.tell(ctx, session, letters.ACCOUNT_DELETED, to=account.email, language=account.language, at=now)
    log.info("account_deleted", account_id=account_id)


def erase(ctx: Context, session: Session, *, account: Row[Any], at: datetime) -> None:
    """Delete everything that is kept about an account, and say so; the caller holds its row."""
    former = queries.list_email_changes(session, account_id=account.id)
    session.execute(_delete, {"of_id": account.id})
    for key in {account.email_key, *(each.old_email_key for each in former)}:
        session.execute(_delete_challenges, {"of_key": key})
        judging.clear_failures(ctx, session, email_key=key)
    outbox.add(session, events.account_deleted(account.id, at=at), at=at)


def _turn(ctx: Context, challenge_id: str) -> None:
    """Let the proof that was meant for a new account go to a new password instead (W1)."""
    with ctx.db.transaction() as session:
        proofs.turn(
            session,
            challenge_id,
            purpose=codes.ACCOUNT_CREATION,
            to=codes.PASSWORD_RESET,
            now=ctx.clock.now(),
        )


def _insert(
    session: Session, *, account_id: str, proof: Row[Any], kept: Kept, language: str, now: datetime
) -> Row[Any]:
    statement = insert_for(session, accounts).values(
        id=account_id,
        email=proof.email,
        email_key=proof.email_key,
        password_hash=kept.hash,
        password_pepper=kept.pepper,
        language=language,
        created_at=now,
        password_changed_at=now,
        signed_in_at=now,
    )
    inserted = session.execute(
        statement.on_conflict_do_nothing(index_elements=["email_key"]).returning(*accounts.c)
    ).one_or_none()
    if inserted is None:
        raise AccountExists
    return inserted
