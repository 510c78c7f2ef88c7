"""What an account is to the students found, by its mailbox or by a PIN: the columns that say it, and the rights that follow."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import bindparam

from services.enrollment.queries.tables import guardians, guardianships, links
from services.enrollment.rules import rights

GUARDIAN: Final = guardians.alias("guardian")
# Joined row by row, so that either database goes from the student to its few guardians; a join of guardians with a
# mailbox would be made for the whole province first.
IS_GUARDIAN: Final = GUARDIAN.c.id == guardianships.c.guardian_id
GUARDIANSHIP_COLUMNS: Final = (
    GUARDIAN.c.source_id.label("guardian_source_id"),
    guardianships.c.is_principal,
    guardianships.c.rights,
    guardianships.c.restrictions,
    guardianships.c.starts_on,
    guardianships.c.ends_on,
)
IS_MAILBOX: Final = (GUARDIAN.c.email_key == bindparam("email_key")).label("is_mailbox")
IS_MAILBOX_OF_LINK: Final = (GUARDIAN.c.email_key == links.c.email_key).label("is_mailbox")
PIN_COLUMNS: Final = (links.c.pin_id, links.c.guardian_source_id.label("named_guardian"))


def mailbox(email_key: str) -> str | None:
    """Return what a mailbox is looked up by: no address at all is nobody's, not that of whoever has none either."""
    return email_key or None


def grouped(rows: Iterable[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Group the rows by their id, a student's or a link's, in the order of their first rows: a student may have several guardians."""
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.id, []).append(row)
    yield from groups.items()


def rights_of_link(rows: Sequence[Any], on: date) -> tuple[str, ...]:
    """Return what the rows of one link give its account on the day `on`."""
    first = rows[0]
    if first.pin_id is None:
        return rights_by(rows, None, on)
    return rights_by(rows, pin_for(rows, first.named_guardian), on)


def rights_by(rows: Iterable[Any], pin: rights.Pin | None, on: date) -> tuple[str, ...]:
    """Return what the rows of one student give an account with this PIN, or with none, on the day `on`."""
    return rights.of_account([_guardianship(row) for row in rows if row.is_mailbox], pin=pin, on=on)


def pin_for(rows: Iterable[Any], guardian_source_id: str | None) -> rights.Pin:
    """Return a PIN as the rows of one student have it: issued for this guardian, or for nobody by name."""
    if guardian_source_id is None:
        return rights.Pin(None)
    return rights.Pin([_guardianship(row) for row in rows if row.guardian_source_id == guardian_source_id])


def _guardianship(row: Any) -> rights.Guardianship:
    return rights.Guardianship(
        is_principal=row.is_principal,
        rights=row.rights,
        restrictions=row.restrictions,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )
