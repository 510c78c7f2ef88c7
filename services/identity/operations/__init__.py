"""What happens: the use cases of identity, each owner of its transactions."""

from services.identity.operations.accounts import (
    HelpLink,
    change_language,
    create_account,
    delete_account,
    list_help_links,
    list_notices,
    read_account,
)
from services.identity.operations.activity import list_activity
from services.identity.operations.children import (
    tell_of_child_confirmed,
    tell_of_child_linked,
    tell_of_child_unlinked,
    tell_of_guardian_joined,
    tell_of_motivation_due,
    tell_of_notice_shared,
    tell_of_refusal_shared,
)
from services.identity.operations.codes import cancel_challenge, read_challenge, request_code, verify_code
from services.identity.operations.email_changes import change_email, undo_email_change
from services.identity.operations.exports import export_account
from services.identity.operations.identities import list_identities, unlink_identity
from services.identity.operations.intervening import (
    Deleted,
    delete_accounts_again,
    end_all_sessions,
    end_sessions_of_account,
)
from services.identity.operations.old_accounts import import_accounts
from services.identity.operations.passwords import change_password, read_policy, reset_password
from services.identity.operations.reauthentication import reauthenticate
from services.identity.operations.school_clients import (
    add_client,
    add_secret,
    change_client,
    give_token,
    introspect_token,
    list_clients,
    revoke_client,
    revoke_secret,
)
from services.identity.operations.sessions import (
    end_other_sessions,
    end_session,
    introspect,
    list_sessions,
    read_session,
    sign_out,
)
from services.identity.operations.signing_in import sign_in
from services.identity.operations.social import (
    begin_visit,
    cancel_confirmation,
    confirm_by_mailbox,
    confirm_by_password,
    end_visit,
    hand_on,
    list_providers,
    read_confirmation,
)
from services.identity.operations.sweeping import sweep

__all__ = [
    "Deleted",
    "HelpLink",
    "add_client",
    "add_secret",
    "begin_visit",
    "cancel_challenge",
    "cancel_confirmation",
    "change_client",
    "change_email",
    "change_language",
    "change_password",
    "confirm_by_mailbox",
    "confirm_by_password",
    "create_account",
    "delete_account",
    "delete_accounts_again",
    "end_all_sessions",
    "end_other_sessions",
    "end_session",
    "end_sessions_of_account",
    "end_visit",
    "export_account",
    "give_token",
    "hand_on",
    "import_accounts",
    "introspect",
    "introspect_token",
    "list_activity",
    "list_clients",
    "list_help_links",
    "list_identities",
    "list_notices",
    "list_providers",
    "list_sessions",
    "read_account",
    "read_challenge",
    "read_confirmation",
    "read_policy",
    "read_session",
    "reauthenticate",
    "request_code",
    "reset_password",
    "revoke_client",
    "revoke_secret",
    "sign_in",
    "sign_out",
    "sweep",
    "tell_of_child_confirmed",
    "tell_of_child_linked",
    "tell_of_child_unlinked",
    "tell_of_guardian_joined",
    "tell_of_motivation_due",
    "tell_of_notice_shared",
    "tell_of_refusal_shared",
    "undo_email_change",
    "unlink_identity",
    "verify_code",
]
