"""python -m services.attendance serve | relay | consume | export | migrate | sweep | settings | events …"""

from pathlib import Path

from services.attendance import consumers, events
from services.attendance.config import PREFIX, Settings
from services.attendance.context import Context
from services.attendance.models import GUARDIANSHIPS
from services.attendance.operations import sweeping
from shared import command_line
from shared.command_line import Service

SERVICE = Service(
    name="attendance",
    settings=Settings,
    prefix=PREFIX,
    context=Context.open,
    app="services.attendance.app:create_app",
    migrations=Path(__file__).parent / "migrations",
    topics=consumers.TOPICS,
    handlers=consumers.handlers,
    sweeps=sweeping.sweep,
    event_types=events.TYPES,
    projections=(GUARDIANSHIPS,),
    exports=True,
)

commands = command_line.group(SERVICE)

if __name__ == "__main__":
    commands()
