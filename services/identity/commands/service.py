"""Identity as the command line knows it, and the group that its commands stand in."""

from services.identity.config import PREFIX, Settings
from services.identity.context import FOLDER, open_context
from shared import command_line
from shared.command_line import Service, named

SERVICE = Service(
    name="identity",
    settings=Settings,
    prefix=PREFIX,
    context=open_context,
    app="services.identity.app:create_app",
    migrations=FOLDER / "migrations",
    topics=named.Items("services.identity.consumers:TOPICS"),
    handlers=named.Function("services.identity.consumers:handlers"),
    sweeps=named.Function("services.identity.operations:sweep"),
    letters=True,
)

commands = command_line.group(SERVICE)
