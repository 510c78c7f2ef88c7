"""What a password must be, and how it is kept."""

from services.identity.rules.passwords.blocklist import is_common
from services.identity.rules.passwords.context import has_context
from services.identity.rules.passwords.hashing import UNPEPPERED, Busy, Kept, PasswordHashes
from services.identity.rules.passwords.policies import POLICIES, Policy, Unmet, normalized, unmet

__all__ = [
    "POLICIES",
    "UNPEPPERED",
    "Busy",
    "Kept",
    "PasswordHashes",
    "Policy",
    "Unmet",
    "has_context",
    "is_common",
    "normalized",
    "unmet",
]
