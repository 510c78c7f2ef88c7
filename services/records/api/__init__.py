"""The public paths of records: parse, call one operation, answer."""

from services.records.api.school import school_records

BLUEPRINTS = (school_records,)

__all__ = ["BLUEPRINTS"]
