"""What identity tells the others: identifiers and moments; never an e-mail, a code or a password."""

from datetime import datetime
from typing import Any, Final

from shared.messages import Event, EventType

TOPIC: Final = "vitrail.identity.v1"

_ID: Final = {"type": "string", "minLength": 36, "maxLength": 36}
_MOMENT: Final = {"type": "string", "format": "date-time"}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


ACCOUNT_CREATED: Final = EventType(
    type="ca.vitrail.identity.account-created.v1",
    topic=TOPIC,
    summary="A person proved a mailbox and chose a password: there is an account.",
    schema=_object(account_id=_ID, created_at=_MOMENT),
    sample={"account_id": "019a8f3e-6b1c-7d20-9a55-0c1f2e3d4b5a", "created_at": "2026-01-15T14:30:00+00:00"},
)

PASSWORD_RESET: Final = EventType(
    type="ca.vitrail.identity.password-reset.v1",
    topic=TOPIC,
    summary="The holder of the mailbox chose a new password; every session of the account has ended.",
    schema=_object(account_id=_ID, reset_at=_MOMENT),
    sample={"account_id": "019a8f3e-6b1c-7d20-9a55-0c1f2e3d4b5a", "reset_at": "2026-01-16T08:05:00+00:00"},
)

ALL: Final = (ACCOUNT_CREATED, PASSWORD_RESET)


def account_created(account_id: str, *, at: datetime) -> Event:
    """Return the event of a new account."""
    return ACCOUNT_CREATED.about(
        key=f"account:{account_id}", subject=account_id, data={"account_id": account_id, "created_at": at}
    )


def password_reset(account_id: str, *, at: datetime) -> Event:
    """Return the event of a forgotten password replaced."""
    return PASSWORD_RESET.about(
        key=f"account:{account_id}", subject=account_id, data={"account_id": account_id, "reset_at": at}
    )
