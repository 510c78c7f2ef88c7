"""Identity as the command line knows it, and the group that its commands stand in."""

from services.identity import consumers, operations
from services.identity.config import PREFIX, Settings
from services.identity.context import FOLDER, open_context
from shared import command_line
from shared.command_line import Service

SERVICE = Service(
    name="identity",
    settings=Settings,
    prefix=PREFIX,
    context=open_context,
    app="services.identity.app:create_app",
    migrations=FOLDER / "migrations",
    topics=consumers.TOPICS,
    handlers=consumers.handlers,
    sweeps=operations.sweep,
    letters=True,
)

commands = command_line.group(SERVICE)
