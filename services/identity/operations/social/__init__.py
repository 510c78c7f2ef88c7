"""Signing in through somebody else.

    begin_visit ─▶ (the provider's page) ─▶ end_visit
                                        ├─ known: (issuer, subject) has an account ─▶ signed in
                                        ├─ new, mailbox vouched for, no account ─▶ an account, signed in (ID-04)
                                        ├─ new, mailbox vouched for, with an account ─▶ confirm by password or code
                                        └─ new, mailbox not vouched for ─▶ « Confirmer votre courriel », by our code

A program that keeps sessions for its visitors begins the visit itself: `hand_on` leads the browser back to it with the
provider's answer, and it ends the visit with that and with what binds the browser (RFC 9700 §4.7; OAuth 2.0 for
Browser-Based Applications, §6.1).

A provider's e-mail never finds an account by itself (OID-3, OID-5).
"""

from services.identity.operations.social.confirmations import (
    cancel_confirmation,
    confirm_by_mailbox,
    confirm_by_password,
    read_confirmation,
)
from services.identity.operations.social.visits import begin_visit, end_visit, hand_on, list_providers

__all__ = [
    "begin_visit",
    "cancel_confirmation",
    "confirm_by_mailbox",
    "confirm_by_password",
    "end_visit",
    "hand_on",
    "list_providers",
    "read_confirmation",
]
