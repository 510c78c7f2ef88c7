from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.identity.models import METADATA
from shared import migrations
from shared.database import Database
from tests.identity.world import MIGRATIONS


def test_migrations_build_exactly_what_the_models_declare(database_url: str) -> None:
    database = Database(database_url)
    migrations.migrate(database, MIGRATIONS)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
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
