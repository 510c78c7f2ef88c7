"""What an account's holder is shown of its past: what happened, when, and roughly from where."""

from typing import Final

ACCOUNT_CREATED: Final = "account_created"
SIGNED_IN: Final = "signed_in"
SIGN_IN_FAILED: Final = "sign_in_failed"
REAUTHENTICATED: Final = "reauthenticated"
PASSWORD_CHANGED: Final = "password_changed"
PASSWORD_RESET: Final = "password_reset"
EMAIL_CHANGED: Final = "email_changed"
EMAIL_CHANGE_UNDONE: Final = "email_change_undone"
SESSION_ENDED: Final = "session_ended"
OTHER_SESSIONS_ENDED: Final = "other_sessions_ended"
DATA_EXPORTED: Final = "data_exported"
IDENTITY_LINKED: Final = "identity_linked"
IDENTITY_UNLINKED: Final = "identity_unlinked"

KINDS: Final = (
    ACCOUNT_CREATED,
    SIGNED_IN,
    SIGN_IN_FAILED,
    REAUTHENTICATED,
    PASSWORD_CHANGED,
    PASSWORD_RESET,
    EMAIL_CHANGED,
    EMAIL_CHANGE_UNDONE,
    SESSION_ENDED,
    OTHER_SESSIONS_ENDED,
    DATA_EXPORTED,
    IDENTITY_LINKED,
    IDENTITY_UNLINKED,
)

LONGEST_DEVICE: Final = 200


def device_name(told: str) -> str:
    """Return what a browser or app calls itself as one short line: it is shown, and it is the asker's own text."""
    return "".join(character for character in told if character.isprintable())[:LONGEST_DEVICE]
