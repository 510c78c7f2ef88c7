"""Schema migrations: Alembic, one environment a service, forward only.

`services/<name>/migrations/env.py` is one call of `run_environment`. A head file pins the newest version, so that two
branches that both add one conflict in git and not in production.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import MetaData, column, inspect, select, table, text
from sqlalchemy.orm import Session

from shared import logs
from shared.database import Database

# Within the functions and not here: every process asks for its version, and few ever load Alembic, which is large.
if TYPE_CHECKING:
    from alembic.config import Config

log = logs.get(__name__)

# One number for all services: each has a database of its own, and the lock lives in it.
_LOCK = 7_217_001
# Where Alembic keeps what it has run.
_versions = table("alembic_version", column("version_num"))
LOCK_TIMEOUT = "5s"


def migrate(database: Database, folder: Path) -> str:
    """Bring `database` to the newest version in `folder` and return it.

    One migrator at a time (PostgreSQL: an advisory lock; SQLite: its write lock). Statements that cannot get their
    lock within seconds give up rather than stand before the requests of the running release.
    """
    from alembic import command

    configuration = _configuration(folder)
    engine = database.engine.execution_options(vitrail_write=True)
    with engine.connect() as connection, connection.begin():
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
    reached = version(database) or ""
    log.info("migrated", version=reached)
    return reached


def is_current(database: Database, folder: Path) -> bool:
    """Tell whether the schema is at least what this code needs: its head is the database's version or one before it."""
    head = (folder / "HEAD").read_text(encoding="utf-8").strip()
    current = version(database)
    # Versions are numbered NNNN_…: a newer database (expand first) serves older code.
    return current is not None and current >= head


def version(database: Database) -> str | None:
    """Return the version of the schema that `database` has, None when it has none."""
    with database.read() as session:
        return _version(session)


def head(folder: Path) -> str:
    """Return the newest version among the scripts of `folder`."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_configuration(folder)).get_current_head() or ""


def run_environment(metadata: MetaData) -> None:
    """Be a service's `env.py`: run the migrations on the connection that `migrate` opened."""
    from alembic import context

    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # SQLite cannot alter most of a table in place.
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    # The caller owns the transaction; Alembic runs inside it.
    context.run_migrations()


def _version(session: Session) -> str | None:
    if not inspect(session.connection()).has_table(_versions.name):
        return None
    found: str | None = session.execute(select(_versions)).scalar()
    return found


def _configuration(folder: Path) -> "Config":
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(folder).replace("%", "%%"))
    return configuration
