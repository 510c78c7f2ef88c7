"""Records as the command line knows it, and the group that its commands stand in."""

from pathlib import Path

from services.records.config import PREFIX, Settings
from services.records.context import Context
from shared import command_line
from shared.command_line import Service, named

FOLDER = Path(__file__).resolve().parents[1]

SERVICE = Service(
    name="records",
    settings=Settings,
    prefix=PREFIX,
    context=Context.open,
    app="services.records.app:create_app",
    migrations=FOLDER / "migrations",
    topics=named.Items("services.records.consumers:TOPICS"),
    handlers=named.Function("services.records.consumers:handlers"),
    sweeps=named.Function("services.records.operations.sweeping:sweep"),
    event_types=named.Items("services.records.events:TYPES"),
    projections=named.Items("services.records.models:PROJECTIONS"),
    exports=True,
    letters=True,
    # An embargo passes at its minute, and not at the next sweep.
    duties=named.Function("services.records.operations.telling:tell_changes"),
)

commands = command_line.group(SERVICE)
