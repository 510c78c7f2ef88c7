"""The roles of production: the owner makes the schema, and the application's role works with it and can change none of it."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import ProgrammingError

from deploy.checks.code import parts
from deploy.checks.rendering import KUBERNETES
from shared import migrations
from shared.database import Database
from tests.support.postgres import Cluster

GRANTS = (KUBERNETES / "platform" / "postgres" / "grants.sql").read_text("utf-8")


@pytest.fixture(scope="module", params=parts.services())
def databases(request: pytest.FixtureRequest, postgres_cluster: Cluster) -> Iterator[tuple[Database, Database]]:
    """A database as in production, migrated by its owner, at the hands of its owner and of the application."""
    url = make_url(postgres_cluster.create_database())
    name = str(url.database)
    roles = [f"{name}_owner", f"{name}_app"]
    with psycopg.connect(address(url), autocommit=True) as first:
        for role in roles:
            first.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        change = sql.SQL("ALTER DATABASE {} OWNER TO {}")
        first.execute(change.format(sql.Identifier(name), sql.Identifier(roles[0])))
    grant(url, roles[0])
    owner, application = (Database(url.set(username=role).render_as_string(hide_password=False)) for role in roles)
    migrations.migrate(owner, Path("services") / request.param / "migrations")
    yield owner, application
    owner.close()
    application.close()


def address(url: URL, *, role: str | None = None) -> str:
    mine = url.set(drivername="postgresql")
    return (mine.set(username=role) if role else mine).render_as_string(hide_password=False)


def grant(url: URL, owner: str) -> None:
    with psycopg.connect(address(url, role=owner), autocommit=True) as connection:
        connection.execute(GRANTS.encode())


def test_the_application_reads_and_writes_every_table(databases: tuple[Database, Database]) -> None:
    _, application = databases
    with application.engine.begin() as connection:
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        assert tables
        for table in tables:
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
                allowed = connection.scalar(
                    text("SELECT has_table_privilege(:table, :right)"), {"table": table, "right": right}
                )
                assert allowed, (table, right)
        connection.execute(text("CREATE TEMPORARY TABLE stage (line text)"))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE extra (a int)",
        "DROP TABLE outbox",
        "ALTER TABLE outbox ADD COLUMN a int",
        "TRUNCATE outbox",
        "CREATE SCHEMA own",
        "CREATE ROLE friend",
    ],
)
def test_the_application_changes_no_schema(databases: tuple[Database, Database], statement: str) -> None:
    _, application = databases
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        application.engine.begin() as connection,
    ):
        connection.execute(text(statement))


@pytest.mark.requirement("S2S-5")
def test_no_other_services_role_enters_the_database(
    databases: tuple[Database, Database], postgres_cluster: Cluster
) -> None:
    owner, application = databases
    stranger = f"{application.url.username}_of_another"
    with psycopg.connect(address(make_url(postgres_cluster.create_database())), autocommit=True) as first:
        first.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(stranger)))

    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(address(owner.url, role=stranger))


def test_the_grants_change_nothing_the_second_time(databases: tuple[Database, Database]) -> None:
    owner, _ = databases
    rights = text("SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
    with owner.engine.begin() as connection:
        before = connection.execute(rights).all()
    grant(owner.url, str(owner.url.username))
    with owner.engine.begin() as connection:
        assert connection.execute(rights).all() == before
