from dataclasses import replace
from datetime import UTC, datetime

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import bindparam, delete, select, text

from services.identity.models import METADATA
from shared import dead_events, migrations
from shared.broker import Delivery
from shared.database import Database, UtcDateTime
from tests.identity.world import MIGRATIONS
from tests.support.databases import Databases


def test_migrations_build_exactly_what_the_models_declare(database_url: str) -> None:
    database = Database(database_url)
    migrations.migrate(database, MIGRATIONS)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    database.close()


def test_what_is_dead_stays_so_and_no_position_is_given_twice(databases: Databases) -> None:
    database = Database(databases.create())
    configuration = migrations._configuration(MIGRATIONS)
    with database.engine.execution_options(vitrail_write=True).connect() as connection, connection.begin():
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0003_identities")
    at = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
    dead = Delivery(topic="t", partition=0, offset=0, key=b"k", value=b"v", headers=(("n", b"1"),), appended_at=at)
    columns = (
        'consumer, topic, partition, "offset", key, value, headers, appended_at, state, reason, attempts, buried_at'
    )
    with database.transaction() as session:
        session.execute(
            text(
                f"INSERT INTO dead_events ({columns}) VALUES ('g', 't', 0, 0, :k, :v, :h, :at, 'dead', 'r', 1, :at)"
            ).bindparams(bindparam("at", type_=UtcDateTime())),
            {"k": b"k", "v": b"v", "h": b'[["n","1"]]', "at": at},
        )
    migrations.migrate(database, MIGRATIONS)
    with database.transaction() as session:
        dead_events.bury(session, consumer="g", delivery=replace(dead, offset=1), reason="r", at=at)
        session.execute(delete(dead_events.dead_events).where(dead_events.dead_events.c.offset == 1))
        dead_events.bury(session, consumer="g", delivery=replace(dead, offset=2), reason="r", at=at)
        (kept,) = dead_events.list_dead(session)
        positions = session.scalars(select(dead_events.dead_events.c.position).order_by("position")).all()
    assert (kept.delivery, kept.reason, kept.attempts) == (dead, "r", 1)
    assert positions == [1, 3]
    database.close()


def test_the_head_file_names_the_newest_version(database_url: str) -> None:
    database = Database(database_url)
    head = (MIGRATIONS / "HEAD").read_text("utf-8").strip()
    assert migrations.head(MIGRATIONS) == head
    assert not migrations.is_current(database, MIGRATIONS)
    assert migrations.migrate(database, MIGRATIONS) == head
    # A second time changes nothing.
    assert migrations.migrate(database, MIGRATIONS) == head
    assert migrations.is_current(database, MIGRATIONS)
    database.close()
