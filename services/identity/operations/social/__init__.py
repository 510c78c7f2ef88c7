"""Signing in through somebody else.

    begin_visit ─▶ (the provider's page) ─▶ end_visit
                                        ├─ known: (issuer, subject) has an account ─▶ signed in
                                        ├─ new, mailbox vouched for, no account ─▶ an account, signed in (ID-04)
                                        ├─ new, mailbox vouched for, with an account ─▶ confirm by password or code
                                        └─ new, mailbox not vouched for ─▶ « Confirmer votre courriel », by our code

A provider's e-mail never finds an account by itself (OID-3, OID-5).
"""

from services.identity.operations.social.confirmations import (
    cancel_confirmation,
    confirm_by_mailbox,
    confirm_by_password,
    read_confirmation,
)
from services.identity.operations.social.visits import begin_visit, end_visit, list_providers

__all__ = [
    "begin_visit",
    "cancel_confirmation",
    "confirm_by_mailbox",
    "confirm_by_password",
    "end_visit",
    "list_providers",
    "read_confirmation",
]
