"""The public paths of records: parse, call one operation, answer."""

from services.records.api import school_entries, school_tiles
from services.records.api.family import family
from services.records.api.school import school_records

# Whose routes are of another module's blueprint.
_ADDED = (school_entries, school_tiles)
BLUEPRINTS = (family, school_records)

__all__ = ["BLUEPRINTS"]
