import sqlalchemy as sa

from tests.support.databases import KINDS, Databases

prepared: list[str] = []


def execute(url: str, statement: str) -> sa.Row[tuple[object, ...]] | None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        result = connection.execute(sa.text(statement))
        row = result.one() if result.returns_rows else None
    engine.dispose()
    return row


def prepare_schools(url: str) -> None:
    prepared.append(url.partition(":")[0])
    execute(url, "CREATE TABLE schools (name text)")
    execute(url, "INSERT INTO schools VALUES ('École des Érables')")


def test_database_url_takes_tables(database_url: str) -> None:
    execute(database_url, "CREATE TABLE schools (name text)")
    assert execute(database_url, "SELECT count(*) FROM schools") == (0,)


def test_create_copies_what_was_prepared_once(databases: Databases) -> None:
    first, second = databases.create(prepare_schools), databases.create(prepare_schools)
    execute(first, "DELETE FROM schools")
    assert execute(first, "SELECT count(*) FROM schools") == (0,)
    assert execute(second, "SELECT name FROM schools") == ("École des Érables",)
    assert prepared.count(first.partition(":")[0]) == 1


def test_databases_are_of_both_kinds(databases: Databases, request: object) -> None:
    assert databases.create().startswith(KINDS)
