"""The public paths of attendance: parse, call one operation, answer."""

from services.attendance.api.family import family

BLUEPRINTS = (family,)

__all__ = ["BLUEPRINTS"]
