"""python -m services.attendance serve | relay | consume | export | migrate | sweep | settings | events …"""

from pathlib import Path

from services.attendance.config import PREFIX, Settings
from services.attendance.context import Context
from shared import command_line
from shared.command_line import Service, named

SERVICE = Service(
    name="attendance",
    settings=Settings,
    prefix=PREFIX,
    context=Context.open,
    app="services.attendance.app:create_app",
    migrations=Path(__file__).parent / "migrations",
    topics=named.Items("services.attendance.consumers:TOPICS"),
    handlers=named.Function("services.attendance.consumers:handlers"),
    sweeps=named.Function("services.attendance.operations.sweeping:sweep"),
    event_types=named.Items("services.attendance.events:TYPES"),
    projections=named.Items("services.attendance.models:PROJECTIONS"),
    exports=True,
)

commands = command_line.group(SERVICE)

if __name__ == "__main__":
    commands()
