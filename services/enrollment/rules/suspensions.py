"""Why a live link is suspended, in the words that the others are told."""

from typing import Final

# The school's registry no longer says that the account's mailbox may see the child.
REGISTRY: Final = "registry"
# The account has another e-mail, and has not been back since.
EMAIL_CHANGED: Final = "email_changed"
# A guardian who held the child before says that this account is nobody they know; the school decides (CHD-11).
DISPUTED: Final = "disputed"
# The organisation wants the child proven again: the proof is of before the day that it set (ID-32, CHD-16).
TO_CONFIRM: Final = "to_confirm"
