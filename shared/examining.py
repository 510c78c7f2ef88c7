"""What a database holds, told so that two of them can be compared: before a backup, and after it was restored."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, inspect, select, table

from shared import migrations, outbox
from shared.database import Database


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What was found: which schema, how many rows each table has, and the newest moment that an event tells of."""

    schema: str | None
    is_current: bool
    rows: dict[str, int]
    newest_event_at: datetime | None


def examine(database: Database, folder: Path) -> Examination:
    """Read a service's database whole, table by table; `folder` has its migrations.

    What was written after a backup is missing from its copy: how much, the newest event tells.
    """
    with database.read() as session:
        names = sorted(inspect(session.connection()).get_table_names())
        rows = {name: session.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}
        newest = None
        if outbox.outbox.name in names:
            newest = session.scalar(select(func.max(outbox.outbox.c.occurred_at)))
    return Examination(
        schema=migrations.version(database),
        is_current=migrations.is_current(database, folder),
        rows=rows,
        newest_event_at=newest,
    )
