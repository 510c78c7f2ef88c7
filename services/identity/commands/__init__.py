"""What an operator types: each module adds its commands to the group."""

from services.identity.commands import interventions, old_accounts, school_clients
from services.identity.commands.service import SERVICE, commands

__all__ = ["SERVICE", "commands", "interventions", "old_accounts", "school_clients"]
