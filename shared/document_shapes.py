"""What the schemas of every service are made of, beside the fields of `shared.fields`: answers, and days."""

from datetime import date
from typing import Any

import marshmallow as ma


class Out(ma.Schema):
    """What goes out: documented here, made by the operation as plain values, and handed on as it is.

    A dump through marshmallow costs six times the rest of the answer (performance.md); tests hold the documents to
    these schemas instead.
    """

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        return obj


class IsoDate(ma.fields.Date):
    """A day as ISO 8601's calendar date and nothing else; `20110309` and `2011-W10-3` are refused."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(format="iso", **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> date:
        if not isinstance(value, str) or len(value) != 10 or not value.isascii() or value[4] + value[7] != "--":
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        day: date = super()._deserialize(value, attr, data, **rest)
        return day
