"""Enrollment as the command line knows it, and the group that its commands stand in."""

from pathlib import Path

from services.enrollment.config import PREFIX, Settings
from services.enrollment.context import Context
from shared import command_line
from shared.command_line import Service, named

FOLDER = Path(__file__).resolve().parents[1]

SERVICE = Service(
    name="enrollment",
    settings=Settings,
    prefix=PREFIX,
    context=Context.open,
    app="services.enrollment.app:create_app",
    migrations=FOLDER / "migrations",
    topics=named.Items("services.enrollment.consumers:TOPICS"),
    handlers=named.Function("services.enrollment.consumers:handlers"),
    sweeps=named.Function("services.enrollment.operations.sweeping:sweep"),
    event_types=named.Items("services.enrollment.events:TYPES"),
    exports=True,
    letters=True,
    duties=named.Function("services.enrollment.operations.campaigns:announce"),
)

commands = command_line.group(SERVICE)
