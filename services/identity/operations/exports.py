"""A copy of what is kept about an account, for its holder to take away (Loi 25)."""

from datetime import datetime
from typing import Any

from services.identity import letters, queries
from services.identity.context import Context
from services.identity.operations import activity, mailing, reauthentication
from services.identity.rules import activity as kinds

# More than a year of it; what is older is swept long before.
_MOST_ACTIVITY = 10_000


def export_account(ctx: Context, *, session_id: str, account_id: str, address: str, device: str) -> dict[str, Any]:
    """Return everything that is kept about an account but the secrets that guard it.

    The document is the answer itself: there is no file to fetch, and no link that somebody else could follow. A letter
    tells of it.

    Raises:
        NotSignedIn: the session has ended.
        ReauthenticationRequired: the caller proved who they are too long ago.
    """
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        account = queries.hold_account(session, account_id=account_id)
        reauthentication.require_recent(ctx, session, session_id=session_id, account_id=account_id)
        activity.record(
            session, account_id=account_id, kind=kinds.DATA_EXPORTED, address=address, device=device, at=now
        )
        document = {
            "exported_at": now,
            "account": {
                name: getattr(account, name)
                for name in ("id", "email", "language", "created_at", "password_changed_at", "signed_in_at")
            }
            | {"has_password": account.password_hash is not None},
            "former_emails": [
                {"email": each.old_email, "replaced_at": each.changed_at, "undone_at": each.undone_at}
                for each in queries.list_email_changes(session, account_id=account_id)
            ],
            "identities": [
                {name: getattr(each, name) for name in ("provider", "issuer", "subject", "linked_at")}
                for each in queries.list_identities(session, account_id=account_id)
            ],
            "sessions": [
                {name: getattr(each, name) for name in ("device", "created_at", "last_used_at", "expires_at")}
                for each in queries.list_sessions(
                    session, **_living(ctx, account_id=account_id, now=now), limit=ctx.settings.session_limit, offset=0
                )
            ],
            "activity": [
                {name: getattr(each, name) for name in ("kind", "at", "device", "network")}
                for each in queries.list_activity(session, account_id=account_id, limit=_MOST_ACTIVITY, offset=0)
            ],
        }
        mailing.tell(ctx, session, letters.DATA_EXPORTED, to=account.email, language=account.language, at=now)
    return document


def _living(ctx: Context, *, account_id: str, now: datetime) -> dict[str, Any]:
    return {"account_id": account_id, "now": now, "used_after": now - ctx.settings.session_idle}
