"""What an operator types: each module adds its commands to the group."""

from services.records.commands import documents, signing_keys, support
from services.records.commands.service import SERVICE, commands

__all__ = ["SERVICE", "commands", "documents", "signing_keys", "support"]
