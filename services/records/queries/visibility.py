"""When parents see an entry: the one condition that every path to it bears (RE-05), whatever it answers.

Lists, counts, tiles, documents, verification, events and exports: who forgets it shows a mark before its time.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, literal_column

from services.records.queries.tables import entries
from services.records.rules.publication import PUBLISHED
from shared.database import UtcDateTime

# The name of the parameter: the clock of the context, and never the database's own.
NOW: Final = "now"
# The word itself and no parameter: an index is partial on it, and SQLite would prepare the statement anew for each value.
is_visible: Final[ColumnElement[bool]] = and_(
    entries.c.state == literal_column(f"'{PUBLISHED}'"), entries.c.available_at <= bindparam(NOW, type_=UtcDateTime())
)


def is_row_visible(row: Any, *, at: Any) -> bool:
    """Tell of a row that holds `state` and `available_at` what `is_visible` tells in a statement."""
    return row.state == PUBLISHED and row.available_at <= at
