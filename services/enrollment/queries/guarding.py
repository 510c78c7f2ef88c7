"""What a mailbox is to the students found: the columns that say it, and the rights that follow."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from sqlalchemy import and_, bindparam

from services.enrollment.queries.tables import guardians, guardianships
from services.enrollment.rules import rights

CLAIMANT: Final = guardians.alias("claimant")
IS_CLAIMANT: Final = and_(CLAIMANT.c.id == guardianships.c.guardian_id, CLAIMANT.c.email_key == bindparam("email_key"))
GUARDIANSHIP_COLUMNS: Final = (
    # Null where the guardian is somebody else. Joined row by row, so that either database goes from the student to its
    # few guardians; a join of its own would be made for the whole province first.
    CLAIMANT.c.id.label("claimant_id"),
    guardianships.c.is_principal,
    guardianships.c.rights,
    guardianships.c.restrictions,
    guardianships.c.starts_on,
    guardianships.c.ends_on,
)


def mailbox(email_key: str) -> str | None:
    """Return what a mailbox is looked up by: no address at all is nobody's, not that of whoever has none either."""
    return email_key or None


def grouped(rows: Iterable[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Group the rows by their id, a student's or a link's, in the order of their first rows: a mailbox may be two guardians of one student."""
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.id, []).append(row)
    yield from groups.items()


def rights_of(rows: Iterable[Any], on: date) -> tuple[str, ...]:
    """Return what the rows of one student give the claimant on the day `on`."""
    return rights.of(
        (
            rights.Guardianship(
                is_principal=row.is_principal,
                rights=row.rights,
                restrictions=row.restrictions,
                starts_on=row.starts_on,
                ends_on=row.ends_on,
            )
            for row in rows
            if row.claimant_id is not None
        ),
        on=on,
    )
