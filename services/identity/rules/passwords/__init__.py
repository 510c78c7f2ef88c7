"""What a password must be, and how it is kept."""

from services.identity.rules.passwords.blocklist import is_common
from services.identity.rules.passwords.context import has_context
from services.identity.rules.passwords.hashing import Busy, Kept, PasswordHashes
from services.identity.rules.passwords.policies import POLICIES, Policy, Unmet, normalized, unmet

__all__ = [
    "POLICIES",
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
