"""What identity tells the others: identifiers and moments; never an e-mail, a code or a password."""

from datetime import datetime
from typing import Final

from shared.event_shapes import closed_object, identifier, moment
from shared.messages import Event, EventType

TOPIC: Final = "vitrail.identity.v1"

_ACCOUNT: Final = identifier("Le compte. | The account.")

ACCOUNT_CREATED: Final = EventType(
    type="ca.vitrail.identity.account-created.v1",
    topic=TOPIC,
    key_form="account:<id>",
    summary="Une personne a prouvé une adresse de courriel et choisi un mot de passe : un compte existe."
    " | A person proved a mailbox and chose a password: there is an account.",
    schema=closed_object(
        account_id=_ACCOUNT,
        created_at=moment("Le moment où le compte est né. | When the account came to be."),
    ),
    sample={"account_id": "019a8f3e-6b1c-7d20-9a55-0c1f2e3d4b5a", "created_at": "2026-01-15T14:30:00+00:00"},
)

PASSWORD_RESET: Final = EventType(
    type="ca.vitrail.identity.password-reset.v1",
    topic=TOPIC,
    key_form="account:<id>",
    summary="La personne qui tient l’adresse de courriel a choisi un nouveau mot de passe ; toutes les sessions du compte"
    " ont pris fin. | The holder of the mailbox chose a new password; every session of the account has ended.",
    schema=closed_object(
        account_id=_ACCOUNT,
        reset_at=moment("Le moment du nouveau mot de passe. | When the new password was chosen."),
    ),
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
