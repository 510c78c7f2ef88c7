"""What the shapes of records have in common: texts in one language or both, amounts, marks, addresses, days and moments."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final
from urllib.parse import urlsplit

import marshmallow as ma

from services.records.rules import release_codes, school_years, source_ids
from shared.document_shapes import IsoDate
from shared.fields import Line, Lines

LONGEST_NAME: Final = 200
LONGEST_CODE: Final = 64
LONGEST_TEXT: Final = 4000
LONGEST_ADDRESS: Final = 2000
LANGUAGES: Final = ("fr", "en")

# The calendar's first and last years are nobody's school years.
_FIRST_DAY: Final = date(1900, 1, 1)
_LAST_DAY: Final = date(2199, 12, 31)
_FIRST_MOMENT: Final = datetime(1990, 1, 1, tzinfo=UTC)
_LAST_MOMENT: Final = datetime(2199, 12, 31, tzinfo=UTC)
_AMOUNT: Final = re.compile(r"-?(0|[1-9][0-9]{0,8})\.[0-9]{2}", re.ASCII)
_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3])[ \u00a0\u202f]?[:hH][ \u00a0\u202f]?([0-5][0-9])", re.ASCII)
_DAY_OUT_OF_RANGE: Final = "Cette date est hors de portée. | This date is out of range."
_NO_AMOUNT: Final = "Donnez un montant en dollars, par exemple « 42.50 ». | Give an amount in dollars, such as “42.50”."
_NO_TEXT: Final = "Donnez un texte, ou un texte par langue (fr, en). | Give a text, or a text a language (fr, en)."
_NO_LINK: Final = "Donnez une adresse https://… | Give an https://… address."
_NO_TIME: Final = "Donnez une heure, par exemple 12:30. | Give a time of day, such as 12:30."
_NO_MOMENT: Final = (
    "Donnez un moment avec son fuseau, par exemple 2027-02-15T12:00:00Z. | "
    "Give a moment with its time zone, such as 2027-02-15T12:00:00Z."
)
# What RFC 3986 has nowhere in an address, and a page might take for markup.
_NOT_IN_LINKS: Final = frozenset(' "<>\\^`{|}')
_IS_LINK: Final = ma.validate.URL(schemes={"https"}, error=_NO_LINK)
_NO_SCHOOL_YEAR: Final = "Donnez une année scolaire, par exemple 2026-2027. | Give a school year, such as 2026-2027."


class Day(IsoDate):
    """A day that a school may speak of."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(validate=ma.validate.Range(min=_FIRST_DAY, max=_LAST_DAY, error=_DAY_OUT_OF_RANGE), **rest)


class Moment(ma.fields.AwareDateTime):
    """A moment as RFC 3339 writes it, always with its time zone; taken in UTC."""

    default_error_messages = {"invalid": _NO_MOMENT, "invalid_awareness": _NO_MOMENT}

    def __init__(self, **rest: Any) -> None:
        super().__init__(
            format="iso",
            validate=ma.validate.Range(min=_FIRST_MOMENT, max=_LAST_MOMENT, error=_DAY_OUT_OF_RANGE),
            **rest,
        )
        self.metadata.setdefault("example", "2027-02-15T12:00:00Z")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> datetime:
        moment: datetime = super()._deserialize(value, attr, data, **rest)
        # Near the calendar's ends another zone's moment has no date in UTC; the range refuses it as it is.
        return moment.astimezone(UTC) if _FIRST_DAY.year < moment.year < _LAST_DAY.year else moment


class TimeOfDay(ma.fields.String):
    """A time of day to the minute: `12:30`, or `12h30` as people here write it."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.metadata.setdefault("example", "12:30")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **rest)
        found = _TIME.fullmatch(text.strip())
        if found is None:
            raise ma.ValidationError(_NO_TIME)
        return time(int(found[1]), int(found[2])).isoformat("minutes")


class Amount(ma.fields.String):
    """Canadian dollars as a decimal text with two places: no binary fraction comes near a family's money."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(validate=ma.validate.Regexp(_anchored(_AMOUNT), error=_NO_AMOUNT), **rest)
        self.metadata.setdefault("example", "42.50")


class Percent(ma.fields.Field[float]):
    """A number out of a hundred, beside the mark as the school writes it; more than that with a bonus."""

    default_error_messages = {"invalid": "Not a valid number."}

    def __init__(self, **rest: Any) -> None:
        super().__init__(validate=ma.validate.Range(min=0, max=200), **rest)
        self.metadata.setdefault("type", ["number", "null"] if rest.get("allow_none") else "number")
        self.metadata.setdefault("minimum", 0)
        self.metadata.setdefault("maximum", 200)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> float:
        # What is no number compares with nothing, and so is within every range.
        if isinstance(value, bool) or not isinstance(value, int | float) or _is_nan(value):
            raise self.make_error("invalid", input=value)
        return value


class Phrase(ma.fields.Field[Any]):
    """A text of the school's in one language, or in both: `{"fr": …, "en": …}`.

    What is said alike in both, or in one alone, is kept as that text.
    """

    default_error_messages = {"invalid": _NO_TEXT}

    def __init__(self, *, longest: int = LONGEST_NAME, has_lines: bool = False, **rest: Any) -> None:
        super().__init__(**rest)
        self._text = Lines(longest=longest) if has_lines else Line(longest=longest)
        text = {"type": "string", "minLength": 1, "maxLength": longest}
        both = {"type": "object", "properties": dict.fromkeys(LANGUAGES, text), "additionalProperties": False}
        nothing = [{"type": "null"}] if rest.get("allow_none") else []
        self.metadata.setdefault("oneOf", [text, {**both, "minProperties": 1}, *nothing])

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        if isinstance(value, str):
            return self._text.deserialize(value)
        if not isinstance(value, Mapping) or not value or not set(value) <= set(LANGUAGES):
            raise self.make_error("invalid")
        said = {}
        for language, text in value.items():
            try:
                said[language] = self._text.deserialize(text)
            except ma.ValidationError as mistake:
                raise ma.ValidationError({language: mistake.messages}) from None
        return said if len(set(said.values())) > 1 else next(iter(said.values()))


class Link(ma.fields.Url):
    """An address that a parent may follow: https alone, with nobody's name and password in it."""

    default_error_messages = {"invalid": _NO_LINK}

    def __init__(self, **rest: Any) -> None:
        super().__init__(schemes={"https"}, relative=False, **rest)
        self.validators = [ma.validate.Length(max=LONGEST_ADDRESS), _require_plain_link]


class Email(ma.fields.Email):
    """An e-mail address, bounded as RFC 5321 does."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.validators = [ma.validate.Length(max=254), *self.validators]


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


class ReleaseCode(Line):
    """The code of a release, which `PUT /school/v1/releases/{code}` can say."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(longest=release_codes.LONGEST, **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **rest)
        if text and len(text) <= release_codes.LONGEST and not release_codes.is_release_code(text):
            raise self.make_error("unsafe")
        return text


class SchoolYear(ma.fields.String):
    """A school year as people call it: `2026-2027`."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.metadata.setdefault("example", "2026-2027")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **rest)
        if not school_years.is_name(text):
            raise ma.ValidationError(_NO_SCHOOL_YEAR)
        return text


def _require_plain_link(address: str) -> None:
    _IS_LINK(address)
    if "@" in urlsplit(address).netloc or not address.isprintable() or not _NOT_IN_LINKS.isdisjoint(address):
        raise ma.ValidationError(_NO_LINK)


def _is_nan(value: float) -> bool:
    # A whole number may be too large for the question.
    return isinstance(value, float) and math.isnan(value)


def _anchored(pattern: re.Pattern[str]) -> re.Pattern[str]:
    # `Regexp` looks for the pattern at the beginning; a line's end after it would pass `$`.
    return re.compile(rf"\A(?:{pattern.pattern})\Z", pattern.flags)
