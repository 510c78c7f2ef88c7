"""Which e-mail addresses we mail to, and when two of them are the same mailbox (ID-26, ID-27, ACC-9).

The string that is mailed is the one that is proven and kept: what was typed, trimmed, in NFC, with its domain in the
ASCII form that mail servers speak. Comparison folds capitals and nothing else: never a `+tag` and never a dot, because two
people's mailboxes could become one (security.md, W8).
"""

import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

# RFC 5321 §4.5.3.1.3 leaves 254 characters for an address between angle brackets.
LONGEST = 254
# What a person may paste around an address by mistake.
_BLANKS = " \t\u00a0\u202f"


class EmailInvalid(ValueError):
    """No address that mail could be sent to."""


@dataclass(frozen=True)
class Email:
    """An address: `address` is mailed and shown, `key` is compared."""

    address: str
    key: str


def read(typed: str) -> Email:
    """Return the address that was typed.

    Controls, marks that reorder or hide text, quoted and compatibility forms (full-width letters and at-signs) are
    refused rather than repaired: what we would mail must be what the person sees.

    Raises:
        EmailInvalid: it is no address that mail could be sent to.
    """
    text = unicodedata.normalize("NFC", typed.strip(_BLANKS))
    if len(text) > LONGEST or unicodedata.normalize("NFKC", text) != text:
        raise EmailInvalid
    try:
        # The deliverability check would ask the DNS: an answer must not depend on a stranger's server. `test_environment`
        # lets the reserved domain `.test` through, which only demonstrations and tests can use.
        found = validate_email(text, check_deliverability=False, strict=True, test_environment=True)
    except EmailNotValidError:
        raise EmailInvalid from None
    address = f"{found.local_part}@{found.ascii_domain}"
    if len(address) > LONGEST:
        raise EmailInvalid
    return Email(address=address, key=f"{found.local_part.lower()}@{found.ascii_domain.lower()}")


def key_of(typed: str) -> str:
    """Return what `typed` is compared by, also when it is no address: a stranger must not learn the difference."""
    try:
        return read(typed).key
    except EmailInvalid:
        # PostgreSQL takes no NUL, which no address has either.
        return "?" + unicodedata.normalize("NFC", typed.strip(_BLANKS)).replace("\0", "\ufffd").lower()


def is_accepted(email: Email, refused_local_part: str) -> bool:
    """Tell whether the part before the @ has none of the characters that this deployment refuses (ID-26)."""
    local_part = email.address.rpartition("@")[0]
    return not any(character in refused_local_part for character in local_part)
