"""The six digits that prove a mailbox: how they are made, read back, and what becomes of the challenge they answer.

    pending ──right code──▶ verified ──ticket spent──▶ (an account, or a new password)
       │ ├─ a newer code for the same e-mail and purpose ─▶ superseded
       │ ├─ « Annuler » ─▶ cancelled
       │ └─ five wrong codes, or too old ─▶ expired

A HOTP secret made for the challenge gives the code and is thrown away (security.md §5): the row keeps only a keyed digest,
so neither the row nor the past tells a code.
"""

import base64
import secrets
import unicodedata
from datetime import datetime

import pyotp

ACCOUNT_CREATION = "account_creation"
PASSWORD_RESET = "password_reset"
EMAIL_CONFIRMATION = "email_confirmation"
EMAIL_CHANGE_UNDO = "email_change_undo"
PURPOSES = (ACCOUNT_CREATION, PASSWORD_RESET, EMAIL_CONFIRMATION, EMAIL_CHANGE_UNDO)

PENDING = "pending"
VERIFIED = "verified"
EXPIRED = "expired"
SUPERSEDED = "superseded"
CANCELLED = "cancelled"

DIGITS = 6
# 160 bits, as RFC 4226 recommends, in one call to the system's generator (`pyotp.random_base32` makes one a letter).
_SECRET_BYTES = 20


def new_code() -> str:
    """Return six random digits, leading zeros kept (COD-1)."""
    secret = base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    return pyotp.HOTP(secret, digits=DIGITS).at(0)


def read(typed: str) -> str | None:
    """Return the six digits that were typed, or None when there are not six.

    Blanks, dashes and invisible marks around and inside are what copying from a mail adds (ID-16); digits of other
    scripts are digits (COD-12).
    """
    digits = []
    for character in typed:
        value = unicodedata.decimal(character, None)
        if value is not None:
            digits.append(str(value))
        elif not (character.isspace() or unicodedata.category(character) in {"Pd", "Cf"}):
            return None
    return "".join(digits) if len(digits) == DIGITS else None


def state(*, closed_as: str | None, expires_at: datetime, attempts: int, most_attempts: int, now: datetime) -> str:
    """Return what a challenge is at `now`: closed for a reason, out of time or tries, or pending."""
    if closed_as is not None:
        return closed_as
    return EXPIRED if now >= expires_at or attempts >= most_attempts else PENDING
