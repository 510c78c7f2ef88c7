"""What every query looks into."""

from services.records.models import (
    GUARDIANSHIPS,
    Entry,
    MinisterialSession,
    Organisation,
    Reading,
    Release,
    Revision,
    SupportRequest,
    TileChoice,
    View,
)

# Tables, not mapped classes: SQLAlchemy's object mapper would go over each statement and each row once more (performance.md).
guardianships = GUARDIANSHIPS.table
is_live = GUARDIANSHIPS.is_live
organisations = Organisation.__table__
tile_choices = TileChoice.__table__
entries = Entry.__table__
revisions = Revision.__table__
releases = Release.__table__
ministerial_sessions = MinisterialSession.__table__
readings = Reading.__table__
support_requests = SupportRequest.__table__
views = View.__table__
