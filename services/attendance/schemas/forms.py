"""What the shapes of attendance have in common: days whole or in parts, times of day, and what a person writes freely."""

import re
import unicodedata
from collections.abc import Mapping, MutableMapping
from datetime import date, time
from typing import Any, Final

import marshmallow as ma

from services.attendance.rules import calendars, local_time, source_ids
from shared.document_shapes import IsoDate
from shared.fields import WholeNumber

LONGEST_CODE: Final = 64
LONGEST_EXPLANATION: Final = 1000
SCHOOL_YEAR: Final = re.compile(r"[0-9]{4}-[0-9]{4}")

# The bounds of a day that is given in parts.
_FIRST_DAY: Final = date(1900, 1, 1)
_LAST_DAY: Final = date(2199, 12, 31)
_DAY_OUT_OF_RANGE: Final = "Cette date est hors de portée. | This date is out of range."
_DAY_MISSING: Final = "Donnez {name}, ou {day}, {month} et {year}. | Give {name}, or {day}, {month} and {year}."
_DAY_TWICE: Final = "Cette date est donnée deux fois. | This date is given twice."
_DAY_IMPOSSIBLE: Final = "Cette date n’existe pas. | This date does not exist."
_NO_TIME: Final = "Donnez une heure, par exemple 12:30. | Give a time of day, such as 12:30."
_NO_SCHOOL_YEAR: Final = "Donnez une année scolaire, par exemple 2026-2027. | Give a school year, such as 2026-2027."
_DAYS_REVERSED: Final = "La fin vient avant le début. | The end comes before the beginning."
_YEAR_AND_DAYS: Final = "Donnez une année scolaire ou des jours, pas les deux. | Give a school year or days, not both."
# Controls but for the end of a line, and the marks that reorder or hide text.
_UNSAFE: Final = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


class Day(IsoDate):
    """A day that a school may speak of: the calendar's first and last years are nobody's school years."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(validate=ma.validate.Range(min=_FIRST_DAY, max=_LAST_DAY, error=_DAY_OUT_OF_RANGE), **rest)


class TimeOfDay(ma.fields.String):
    """A time of day to the minute: `12:30`, or `12h30` as people here write it."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.metadata.setdefault("example", "12:30")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> time:  # type: ignore[override]
        text: str = super()._deserialize(value, attr, data, **rest)
        found = local_time.read_time(text)
        if found is None:
            raise ma.ValidationError(_NO_TIME)
        return found


class Explanation(ma.fields.String):
    """What a person writes freely: NFC, of some lines, without controls; blanks are nothing."""

    default_error_messages = {"unsafe": "Contains characters that are not accepted."}

    def __init__(self, **rest: Any) -> None:
        super().__init__(validate=ma.validate.Length(max=LONGEST_EXPLANATION), **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **rest).replace("\r\n", "\n")
        if _UNSAFE.search(text):
            raise self.make_error("unsafe")
        return unicodedata.normalize("NFC", text).strip()


class SourceId(ma.fields.String):
    """The id that the school's own system gave to something."""

    default_error_messages = {"unsafe": "Contains characters that are not accepted."}

    def __init__(self, **rest: Any) -> None:
        super().__init__(validate=ma.validate.Length(min=1, max=source_ids.LONGEST), **rest)
        self.metadata.setdefault("description", "The id that the school's own system gives it.")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **rest)
        if text and len(text) <= source_ids.LONGEST and not source_ids.is_source_id(text):
            raise self.make_error("unsafe")
        return text


class OwnSourceId(SourceId):
    """The id of what is sent itself, which a path names afterwards."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **rest)
        if not source_ids.fits_in_path(text):
            raise self.make_error("unsafe")
        return text


def day_parts(prefix: str = "") -> dict[str, ma.fields.Field[Any]]:
    """Return the fields of a day that is given in parts (XC-06): `day`, `month`, `year`, each after `prefix`."""
    return {
        f"{prefix}day": WholeNumber(least=1, most=31, allow_none=True),
        f"{prefix}month": WholeNumber(least=1, most=12, allow_none=True),
        f"{prefix}year": WholeNumber(least=1900, most=2199, allow_none=True),
    }


def take_day(data: MutableMapping[str, Any], name: str, *, prefix: str = "") -> date | None:
    """Take a day out of what came in, whole or in parts; None where none of them was given (XC-06).

    Raises:
        ValidationError: it was given twice or in part, or there is no such day.
    """
    whole = data.pop(name, None)
    names = {part: f"{prefix}{part}" for part in ("year", "month", "day")}
    parts = [data.pop(each, None) for each in names.values()]
    is_given = [part is not None for part in parts]
    if whole is not None and any(is_given):
        raise ma.ValidationError(_DAY_TWICE, field_name=name)
    if whole is not None:
        day: date = whole
        return day
    if not any(is_given):
        return None
    if not all(is_given):
        raise ma.ValidationError(_DAY_MISSING.format(name=name, **names), field_name=name)
    try:
        return date(*parts)
    except ValueError:
        raise ma.ValidationError(_DAY_IMPOSSIBLE, field_name=names["day"]) from None


def missing_day(name: str, *, prefix: str = "") -> ma.ValidationError:
    """Return the refusal of a day that was not given at all."""
    names = {part: f"{prefix}{part}" for part in ("year", "month", "day")}
    return ma.ValidationError(_DAY_MISSING.format(name=name, **names), field_name=name)


class DaysFilter(ma.Schema):
    """Which days to list: from and to, or a school year. Unknown parameters are other decorators' (the page)."""

    class Meta:
        unknown = ma.EXCLUDE

    first_on = Day(data_key="from", load_default=None)
    last_on = Day(data_key="to", load_default=None)
    school_year = ma.fields.String(
        load_default=None,
        validate=ma.validate.Length(max=9),
        metadata={"description": "July to June, instead of days: `2026-2027`.", "example": "2026-2027"},
    )

    @ma.post_load
    def _compose(self, data: dict[str, Any], **_rest: Any) -> Mapping[str, Any]:
        name = data.pop("school_year")
        if name is not None:
            found = calendars.read_name(name)
            if found is None:
                raise ma.ValidationError(_NO_SCHOOL_YEAR, field_name="school_year")
            if data["first_on"] is not None or data["last_on"] is not None:
                raise ma.ValidationError(_YEAR_AND_DAYS, field_name="school_year")
            data["first_on"], data["last_on"] = found
        if None not in (data["first_on"], data["last_on"]) and data["last_on"] < data["first_on"]:
            raise ma.ValidationError(_DAYS_REVERSED, field_name="to")
        return data
