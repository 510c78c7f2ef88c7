"""The public paths of enrollment: parse, call one operation, answer."""

from services.enrollment.api.directory import directory
from services.enrollment.api.family import family

BLUEPRINTS = (directory, family)

__all__ = ["BLUEPRINTS"]
