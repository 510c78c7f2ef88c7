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

PASSWORD_CHANGED: Final = EventType(
    type="ca.vitrail.identity.password-changed.v1",
    topic=TOPIC,
    key_form="account:<id>",
    summary="Une personne qui connaît son mot de passe en a choisi un autre ; les autres sessions du compte ont pris fin."
    " | Somebody who knows their password chose another one; the other sessions of the account have ended.",
    schema=closed_object(
        account_id=_ACCOUNT,
        changed_at=moment("Le moment du nouveau mot de passe. | When the new password was chosen."),
    ),
    sample={"account_id": "019a8f3e-6b1c-7d20-9a55-0c1f2e3d4b5a", "changed_at": "2026-01-17T19:20:00+00:00"},
)

EMAIL_CHANGED: Final = EventType(
    type="ca.vitrail.identity.email-changed.v1",
    topic=TOPIC,
    key_form="account:<id>",
    summary="Le compte a une autre adresse de courriel, ou a repris l’ancienne ; les passeports portent la nouvelle."
    " | The account has another e-mail, or its former one again; passports carry the new one.",
    schema=closed_object(
        account_id=_ACCOUNT,
        changed_at=moment("Le moment du changement. | When it changed."),
    ),
    sample={"account_id": "019a8f3e-6b1c-7d20-9a55-0c1f2e3d4b5a", "changed_at": "2026-01-18T12:00:00+00:00"},
)

ACCOUNT_DELETED: Final = EventType(
    type="ca.vitrail.identity.account-deleted.v1",
    topic=TOPIC,
    key_form="account:<id>",
    summary="La personne a supprimé son compte : ce qui lui était associé prend fin."
    " | The holder deleted the account: what was linked to it ends.",
    schema=closed_object(
        account_id=_ACCOUNT,
        deleted_at=moment("Le moment de la suppression. | When it was deleted."),
    ),
    sample={"account_id": "019a8f3e-6b1c-7d20-9a55-0c1f2e3d4b5a", "deleted_at": "2026-06-30T16:45:00+00:00"},
)

ALL: Final = (ACCOUNT_CREATED, PASSWORD_RESET, PASSWORD_CHANGED, EMAIL_CHANGED, ACCOUNT_DELETED)


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


def password_changed(account_id: str, *, at: datetime) -> Event:
    """Return the event of a known password changed."""
    return PASSWORD_CHANGED.about(
        key=f"account:{account_id}", subject=account_id, data={"account_id": account_id, "changed_at": at}
    )


def email_changed(account_id: str, *, at: datetime) -> Event:
    """Return the event of an e-mail changed, or put back; which ones, nobody is told."""
    return EMAIL_CHANGED.about(
        key=f"account:{account_id}", subject=account_id, data={"account_id": account_id, "changed_at": at}
    )


def account_deleted(account_id: str, *, at: datetime) -> Event:
    """Return the event of an account's end."""
    return ACCOUNT_DELETED.about(
        key=f"account:{account_id}", subject=account_id, data={"account_id": account_id, "deleted_at": at}
    )
