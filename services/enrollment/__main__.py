"""python -m services.enrollment serve | relay | migrate | sweep | settings | import-registry | import-directory | …"""

from pathlib import Path

from services.enrollment.config import PREFIX, Settings
from services.enrollment.context import Context
from services.enrollment.operations import sweeping
from shared import command_line
from shared.command_line import Service

SERVICE = Service(
    name="enrollment",
    settings=Settings,
    prefix=PREFIX,
    context=Context.open,
    app="services.enrollment.app:create_app",
    migrations=Path(__file__).parent / "migrations",
    sweeps=sweeping.sweep,
)

commands = command_line.group(SERVICE)

if __name__ == "__main__":
    commands()
