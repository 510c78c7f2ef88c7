"""Enrollment as the command line knows it, and the group that its commands stand in."""

from pathlib import Path

from services.enrollment import consumers, events
from services.enrollment.config import PREFIX, Settings
from services.enrollment.context import Context
from services.enrollment.operations import campaigns, sweeping
from shared import command_line
from shared.command_line import Service

FOLDER = Path(__file__).resolve().parents[1]

SERVICE = Service(
    name="enrollment",
    settings=Settings,
    prefix=PREFIX,
    context=Context.open,
    app="services.enrollment.app:create_app",
    migrations=FOLDER / "migrations",
    topics=consumers.TOPICS,
    handlers=consumers.handlers,
    sweeps=sweeping.sweep,
    event_types=events.TYPES,
    exports=True,
    letters=True,
    duties=campaigns.announce,
)

commands = command_line.group(SERVICE)
