"""What happens: the use cases of identity, each owner of its transactions."""

from services.identity.operations.accounts import (
    change_language,
    create_account,
    delete_account,
    list_notices,
    read_account,
)
from services.identity.operations.activity import list_activity
from services.identity.operations.children import (
    tell_of_child_linked,
    tell_of_child_unlinked,
    tell_of_guardian_joined,
)
from services.identity.operations.codes import cancel_challenge, read_challenge, request_code, verify_code
from services.identity.operations.email_changes import change_email, undo_email_change
from services.identity.operations.exports import export_account
from services.identity.operations.passwords import change_password, read_policy, reset_password
from services.identity.operations.reauthentication import reauthenticate
from services.identity.operations.sessions import (
    end_other_sessions,
    end_session,
    introspect,
    list_sessions,
    read_session,
    sign_out,
)
from services.identity.operations.signing_in import sign_in
from services.identity.operations.sweeping import sweep

__all__ = [
    "cancel_challenge",
    "change_email",
    "change_language",
    "change_password",
    "create_account",
    "delete_account",
    "end_other_sessions",
    "end_session",
    "export_account",
    "introspect",
    "list_activity",
    "list_notices",
    "list_sessions",
    "read_account",
    "read_challenge",
    "read_policy",
    "read_session",
    "reauthenticate",
    "request_code",
    "reset_password",
    "sign_in",
    "sign_out",
    "sweep",
    "tell_of_child_linked",
    "tell_of_child_unlinked",
    "tell_of_guardian_joined",
    "undo_email_change",
    "verify_code",
]
