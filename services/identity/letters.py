"""The letters that identity sends. What they say stands in `texts/letters/`, how they look in `shared/letters/`."""

from pathlib import Path
from typing import Final

from shared.letters import Stationery

ACCOUNT_CREATION: Final = "account_creation"
EXISTING_ACCOUNT: Final = "existing_account"
PASSWORD_RESET: Final = "password_reset"
NO_ACCOUNT: Final = "no_account"
EMAIL_CONFIRMATION: Final = "email_confirmation"
EMAIL_CHANGE_UNDO: Final = "email_change_undo"
PASSWORD_CHANGED: Final = "password_changed"
EMAIL_REPLACED: Final = "email_replaced"
EMAIL_CHANGED: Final = "email_changed"
EMAIL_CHANGE_UNDONE: Final = "email_change_undone"
SESSIONS_ENDED: Final = "sessions_ended"
DATA_EXPORTED: Final = "data_exported"
ACCOUNT_DELETED: Final = "account_deleted"
IDENTITY_LINKED: Final = "identity_linked"
IDENTITY_UNLINKED: Final = "identity_unlinked"
CHILD_LINKED: Final = "child_linked"
WAITING_CHILD_LINKED: Final = "waiting_child_linked"
CHILD_CONFIRMED: Final = "child_confirmed"
CHILD_UNLINKED: Final = "child_unlinked"
GUARDIAN_JOINED: Final = "guardian_joined"
NOTICE_SHARED: Final = "notice_shared"
MOTIVATION_DUE: Final = "motivation_due"
REFUSAL_SHARED: Final = "refusal_shared"

WITH_CODE: Final = frozenset(
    {ACCOUNT_CREATION, EXISTING_ACCOUNT, PASSWORD_RESET, EMAIL_CONFIRMATION, EMAIL_CHANGE_UNDO}
)
NEWS: Final = (
    PASSWORD_CHANGED,
    EMAIL_REPLACED,
    EMAIL_CHANGED,
    EMAIL_CHANGE_UNDONE,
    SESSIONS_ENDED,
    DATA_EXPORTED,
    ACCOUNT_DELETED,
    IDENTITY_LINKED,
    IDENTITY_UNLINKED,
    CHILD_LINKED,
    WAITING_CHILD_LINKED,
    CHILD_CONFIRMED,
    CHILD_UNLINKED,
    GUARDIAN_JOINED,
    NOTICE_SHARED,
    MOTIVATION_DUE,
    REFUSAL_SHARED,
)
KINDS: Final = (*sorted(WITH_CODE), NO_ACCOUNT, *NEWS)

_stationery: Final = Stationery(Path(__file__).parent / "texts" / "letters", with_code=WITH_CODE)
# `lifetime` fills them: that of the code, or of what the letter offers.
write = _stationery.write
