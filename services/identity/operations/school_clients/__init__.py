"""The systems of organisations: who they are, and the tokens that they come in with."""

from services.identity.operations.school_clients.registering import (
    Registered,
    add_client,
    add_secret,
    change_client,
    list_clients,
    revoke_client,
    revoke_secret,
)
from services.identity.operations.school_clients.tokens import GivenToken, LiveToken, give_token, introspect_token

__all__ = [
    "GivenToken",
    "LiveToken",
    "Registered",
    "add_client",
    "add_secret",
    "change_client",
    "give_token",
    "introspect_token",
    "list_clients",
    "revoke_client",
    "revoke_secret",
]
