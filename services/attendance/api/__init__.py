"""The public paths of attendance: parse, call one operation, answer."""

from services.attendance.api.family import family
from services.attendance.api.school import school_attendance

BLUEPRINTS = (family, school_attendance)

__all__ = ["BLUEPRINTS"]
