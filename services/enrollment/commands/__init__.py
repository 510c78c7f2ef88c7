"""What an operator types: each module adds its commands to the group."""

from services.enrollment.commands import (
    campaigns,
    claims,
    disputes,
    guardianships,
    links,
    organisations,
    pins,
    registry,
    subscribers,
)
from services.enrollment.commands.service import SERVICE, commands

__all__ = [
    "SERVICE",
    "campaigns",
    "claims",
    "commands",
    "disputes",
    "guardianships",
    "links",
    "organisations",
    "pins",
    "registry",
    "subscribers",
]
