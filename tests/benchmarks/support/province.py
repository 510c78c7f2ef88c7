"""A province of students in a database, out of one board's."""

import string
from collections.abc import Iterator
from itertools import islice, product

from sqlalchemy import func, insert, select, text

from services.enrollment.models import Guardian, Guardianship, Organisation, Student
from shared import ids
from shared.database import Database

CODE = "712000"
ORGANISATION = {"code": CODE, "kind": "public", "name": "CSS des Phares", "sort_key": "cs", "search_key": "css"}


def multiply(url: str, students: int) -> None:
    """Copy one organisation's students, guardians and guardianships until there are as many as a province has."""
    database = Database(url)
    with database.read() as session:
        known = session.scalars(select(Organisation.id)).one()
        size = session.scalar(select(func.count()).select_from(Student)) or 1
    for number, prefix in enumerate(islice(_prefixes(), students // size - 1)):
        copy_id = ids.new()
        with database.transaction() as session:
            session.execute(insert(Organisation), {"id": copy_id, **ORGANISATION, "code": f"{800_000 + number}"})
            for statement in _copies():
                session.execute(text(statement), {"known": known, "copy": copy_id, "prefix": prefix})
    with database.transaction() as session:
        session.execute(text("ANALYZE"))
    database.close()


def _prefixes() -> Iterator[str]:
    """Yield what ids begin with instead: all of them begin with the same two digits of time."""
    return (f"{first}{second}" for first, second in product(string.ascii_lowercase, repeat=2))


def _copies() -> Iterator[str]:
    replaced = {"id", "student_id", "guardian_id"}
    for model in (Student, Guardian, Guardianship):
        columns = [column.name for column in model.__table__.columns]
        values = {column: f":prefix || SUBSTR({column}, 3)" if column in replaced else column for column in columns} | {
            "organisation_id": ":copy"
        }
        if "school_id" in values:
            values["school_id"] = "NULL"
        table = model.__table__.name
        selected = ", ".join(values[column] for column in columns)
        yield f"INSERT INTO {table} ({', '.join(columns)}) SELECT {selected} FROM {table} WHERE organisation_id = :known"
