"""The public paths of records: parse, call one operation, answer."""

from services.records.api import documents, school_entries, school_tiles
from services.records.api.family import family
from services.records.api.help import help_pages
from services.records.api.school import school_records
from services.records.api.school_support import school_support
from services.records.api.support import family_support
from services.records.api.verifications import verifications

# Whose routes are of another module's blueprint.
_ADDED = (documents, school_entries, school_tiles)
BLUEPRINTS = (family, family_support, help_pages, school_records, school_support, verifications)

__all__ = ["BLUEPRINTS"]
