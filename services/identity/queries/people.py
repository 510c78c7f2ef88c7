"""Finding accounts, challenges and sessions; every statement is made once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, func, literal, select
from sqlalchemy.orm import Session

from services.identity.models import (
    accounts,
    activity,
    challenges,
    email_changes,
    identities,
    sessions,
    social_confirmations,
)
from services.identity.rules import codes
from shared.problems import NotFound, NotSignedIn

_account_by_key = select(accounts).where(accounts.c.email_key == bindparam("email_key"))
_account = select(accounts).where(accounts.c.id == bindparam("account_id"))
# On SQLite a transaction that writes has taken the whole database already, and the words are left out.
_held_account = _account.with_for_update()

_challenge = select(challenges).where(challenges.c.id == bindparam("challenge_id"))

# One row in any case: who asks again within the interval, whether there is an account, whether it was told already.
_known = select(
    challenges.c.id.label("challenge_id"),
    challenges.c.created_at.label("asked_at"),
    challenges.c.expires_at,
    accounts.c.created_at,
    accounts.c.id.label("account_id"),
    accounts.c.language,
    exists()
    .where(
        challenges.c.email_key == bindparam("email_key"),
        challenges.c.purpose == bindparam("purpose"),
        challenges.c.created_at > bindparam("since"),
        challenges.c.letter == bindparam("letter"),
    )
    .correlate(None)
    .label("was_told"),
).select_from(
    select(literal(1).label("one"))
    .subquery()
    .outerjoin(accounts, accounts.c.email_key == bindparam("email_key"))
    .outerjoin(
        challenges,
        and_(
            challenges.c.email_key == bindparam("email_key"),
            challenges.c.purpose == bindparam("purpose"),
            challenges.c.closed_as.is_(None),
        ),
    )
)

_session_columns = (
    sessions.c.id,
    sessions.c.account_id,
    sessions.c.csrf_token,
    sessions.c.last_used_at,
    sessions.c.expires_at,
    sessions.c.authenticated_at,
    sessions.c.created_at.label("started_at"),
    accounts.c.email,
    accounts.c.language,
    accounts.c.must_confirm_children,
    accounts.c.created_at.label("account_created_at"),
)
_with_account = sessions.join(accounts, accounts.c.id == sessions.c.account_id)
_session_by_token = (
    select(*_session_columns).select_from(_with_account).where(sessions.c.token_digest == bindparam("token_digest"))
)
_session = (
    select(*_session_columns)
    .select_from(_with_account)
    .where(sessions.c.id == bindparam("session_id"), sessions.c.account_id == bindparam("account_id"))
)
_live = and_(
    sessions.c.account_id == bindparam("account_id"),
    sessions.c.expires_at > bindparam("now"),
    sessions.c.last_used_at > bindparam("used_after"),
)
_sessions = (
    select(sessions)
    .where(_live)
    .order_by(sessions.c.last_used_at.desc(), sessions.c.id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_session_count = select(func.count()).select_from(sessions).where(_live)
_activity = (
    select(activity)
    .where(activity.c.account_id == bindparam("account_id"))
    .order_by(activity.c.at.desc(), activity.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_activity_count = select(func.count()).select_from(activity).where(activity.c.account_id == bindparam("account_id"))
_email_changes = (
    select(email_changes)
    .where(email_changes.c.account_id == bindparam("account_id"))
    .order_by(email_changes.c.changed_at)
)
_identity = select(identities).where(
    identities.c.issuer == bindparam("issuer"), identities.c.subject == bindparam("subject")
)
_identities = (
    select(identities).where(identities.c.account_id == bindparam("account_id")).order_by(identities.c.linked_at)
)
_confirmation = select(social_confirmations).where(
    social_confirmations.c.browser_digest == bindparam("browser_digest"),
    social_confirmations.c.expires_at > bindparam("now"),
)
_undoable_change = (
    select(email_changes)
    .where(
        email_changes.c.old_email_key == bindparam("email_key"),
        email_changes.c.undone_at.is_(None),
        email_changes.c.undo_until > bindparam("now"),
    )
    .order_by(email_changes.c.changed_at.desc())
    .limit(1)
)


def find_account_by_key(session: Session, *, email_key: str) -> Row[Any] | None:
    """Return the account of a mailbox, or None."""
    return session.execute(_account_by_key, {"email_key": email_key}).one_or_none()


def find_account(session: Session, *, account_id: str) -> Row[Any] | None:
    """Return an account, or None."""
    return session.execute(_account, {"account_id": account_id}).one_or_none()


def get_account(session: Session, *, account_id: str) -> Row[Any]:
    """Return an account.

    Raises:
        NotSignedIn: it is not there any more, and neither are its sessions.
    """
    account = find_account(session, account_id=account_id)
    if account is None:
        raise NotSignedIn
    return account


def hold_account(session: Session, *, account_id: str) -> Row[Any]:
    """Return an account that nobody else changes, ends or signs in to until the transaction ends.

    What is looked up after it is as the others have left it: whoever ends the account's sessions holds it too.

    Raises:
        NotSignedIn: it is not there any more, and neither are its sessions.
    """
    account = session.execute(_held_account, {"account_id": account_id}).one_or_none()
    if account is None:
        raise NotSignedIn
    return account


def get_challenge(session: Session, *, challenge_id: str) -> Row[Any]:
    """Return a challenge.

    Raises:
        NotFound: there is none.
    """
    challenge = find_challenge(session, challenge_id=challenge_id)
    if challenge is None:
        raise NotFound
    return challenge


def find_challenge(session: Session, *, challenge_id: str) -> Row[Any] | None:
    """Return a challenge, or None."""
    return session.execute(_challenge, {"challenge_id": challenge_id}).one_or_none()


def find_proof(session: Session, *, challenge_id: str, now: datetime) -> Row[Any] | None:
    """Return a challenge whose code was given and whose ticket can still be spent, or None."""
    challenge = find_challenge(session, challenge_id=challenge_id)
    if challenge is None or challenge.closed_as != codes.VERIFIED:
        return None
    is_fresh = challenge.ticket_expires_at is not None and challenge.ticket_expires_at > now
    return challenge if is_fresh else None


def find_known(session: Session, *, email_key: str, purpose: str, letter: str, since: datetime) -> Row[Any]:
    """Return what is known of a mailbox: its live challenge, its account, whether `letter` went out after `since`."""
    return session.execute(_known, {"email_key": email_key, "purpose": purpose, "letter": letter, "since": since}).one()


def find_session_by_token(session: Connection | Session, *, token_digest: str) -> Row[Any] | None:
    """Return a session with its account, ended by time or not, or None (SES-11: one statement)."""
    return session.execute(_session_by_token, {"token_digest": token_digest}).one_or_none()


def get_session(session: Connection | Session, *, session_id: str, account_id: str) -> Row[Any]:
    """Return a session of an account, with the account.

    Raises:
        NotSignedIn: it has ended.
    """
    found = session.execute(_session, {"session_id": session_id, "account_id": account_id}).one_or_none()
    if found is None:
        raise NotSignedIn
    return found


def list_sessions(
    session: Session, *, account_id: str, now: datetime, used_after: datetime, limit: int, offset: int
) -> list[Row[Any]]:
    """Return the living sessions of an account, the last used first."""
    return list(
        session.execute(
            _sessions,
            {"account_id": account_id, "now": now, "used_after": used_after, "limit": limit, "offset": offset},
        )
    )


def count_sessions(session: Session, *, account_id: str, now: datetime, used_after: datetime) -> int:
    """Return how many living sessions an account has."""
    return session.scalar(_session_count, {"account_id": account_id, "now": now, "used_after": used_after}) or 0


def list_activity(session: Session, *, account_id: str, limit: int, offset: int) -> list[Row[Any]]:
    """Return what happened to an account, the latest first."""
    return list(session.execute(_activity, {"account_id": account_id, "limit": limit, "offset": offset}))


def count_activity(session: Session, *, account_id: str) -> int:
    """Return how much is kept of what happened to an account."""
    return session.scalar(_activity_count, {"account_id": account_id}) or 0


def list_email_changes(session: Session, *, account_id: str) -> list[Row[Any]]:
    """Return the e-mails that an account had within the last week, oldest first."""
    return list(session.execute(_email_changes, {"account_id": account_id}))


def find_undoable_change(session: Session, *, email_key: str, now: datetime) -> Row[Any] | None:
    """Return the latest change away from a mailbox that its holder may still take back, or None."""
    return session.execute(_undoable_change, {"email_key": email_key, "now": now}).one_or_none()


def find_identity(session: Session, *, issuer: str, subject: str) -> Row[Any] | None:
    """Return whom an issuer knows by a subject, or None; never by an e-mail (OID-3)."""
    return session.execute(_identity, {"issuer": issuer, "subject": subject}).one_or_none()


def list_identities(session: Session, *, account_id: str) -> list[Row[Any]]:
    """Return the identities of an account, the oldest first."""
    return list(session.execute(_identities, {"account_id": account_id}))


def find_confirmation(session: Session, *, browser_digest: str, now: datetime) -> Row[Any] | None:
    """Return what a browser has still to confirm, or None."""
    return session.execute(_confirmation, {"browser_digest": browser_digest, "now": now}).one_or_none()
