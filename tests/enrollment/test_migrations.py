from contextlib import closing

import pytest
from alembic import command
from sqlalchemy import select, text

from services.enrollment import events
from services.enrollment.app import MIGRATIONS
from services.enrollment.context import Context
from services.enrollment.models import Link
from shared import ids, migrations, outbox
from shared.database import Database
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.enrollment import ACCOUNT, Registry, make_settings


def migrate_to(database: Database, version: str) -> None:
    configuration = migrations._configuration(MIGRATIONS)
    with database.engine.execution_options(vitrail_write=True).connect() as connection, connection.begin():
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, version)


@pytest.mark.parametrize(
    ("is_told", "rights"), [(True, ["re_register", "view_file"]), (False, ["view_file", "report_absences"])]
)
def test_links_get_the_rights_that_were_told_or_those_of_a_silent_file(
    databases: Databases, clock: FakeClock, is_told: bool, rights: list[str]
) -> None:
    url = databases.create()
    with closing(Database(url)) as database:
        migrate_to(database, "0002_subscribers")
        ctx = Context.open(make_settings(url), clock=clock, db=database)
        pupil = Registry(ctx).make_student()
        link = {"link_id": ids.new(), "student_id": pupil.id, "organisation_id": pupil.organisation_id}
        told = events.child_linked(**link, account_id=ACCOUNT, rights=("re_register", "view_file"), at=clock.now())
        with database.transaction() as session:
            session.execute(
                text(
                    "INSERT INTO links (id, student_id, organisation_id, account_id, linked_at)"
                    " VALUES (:link_id, :student_id, :organisation_id, :account_id, '2026-01-15 14:30:00.000000')"
                ),
                {**link, "account_id": ACCOUNT},
            )
            outbox.add_all(session, [told] * is_told, at=clock.now())
        migrations.migrate(database, MIGRATIONS)
        with database.read() as session:
            assert session.scalars(select(Link.rights)).one() == rights
