"""A classifier of what must stay out of events (EVT-1): names of fields, values, and room for what a person writes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# Words that name what must stay out; an id or a count of the thing may be said (`child_id`, `file_count`), and so may
# an organisation's code, which is in a public directory.
PERSONAL_NAME = re.compile(
    r"(^|_)(name|names|first_name|last_name|email|mail|birth|born|phone|address|fiche|file_number|permanent_code|mark|marks|"
    r"comment|note|password|session|ticket|(?<!organisation_)code|token|nip|pin)(_on|_date|_at)?$"
)
PERSONAL_VALUE = {
    "an e-mail": re.compile(r"[^\s@]+@[^\s@]+\.[a-z]{2,}", re.IGNORECASE),
    "a permanent code": re.compile(r"\b[A-Z]{4}\s?\d{4}\s?\d{4}\b"),
    "a file number": re.compile(r"\d{7}"),
    "a day": re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}"),
    "a telephone number": re.compile(r"(\+?1[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}"),
    "a postal code": re.compile(r"[A-Z]\d[A-Z]\s?\d[A-Z]\d", re.IGNORECASE),
    "a person's name": re.compile(r"[A-ZÀ-Ý][a-zà-ÿ]+([’' -][A-ZÀ-Ýa-zà-ÿ]+)*"),
    "a sentence": re.compile(r"\S+(\s+\S+)+"),
}
# What can be found within a longer value; the others are the whole of it (an id holds seven digits in a row).
_WITHIN = {"an e-mail", "a permanent code"}
# Above this, a text has room for a sentence.
LONGEST_TEXT = 128


def names_in(schema: Any) -> Iterator[str]:
    """Yield the fields, however deep, that are named like something personal."""
    for name, _ in _fields(schema):
        if PERSONAL_NAME.search(name):
            yield name


def room_in(schema: Any, place: str = "#") -> Iterator[str]:
    """Yield the places where a schema takes any text of any length."""
    if isinstance(schema, list):
        for position, part in enumerate(schema):
            yield from room_in(part, f"{place}/{position}")
    if not isinstance(schema, Mapping):
        return
    if _takes_text(schema) and not _is_bounded(schema):
        yield place
    for word, part in schema.items():
        if word in ("properties", "definitions", "patternProperties"):
            for name, field in part.items():
                yield from room_in(field, f"{place}/{word}/{name}")
        elif word in ("items", "additionalProperties", "anyOf", "oneOf", "allOf", "not", "if", "then", "else"):
            yield from room_in(part, f"{place}/{word}")


def values_in(told: Any, place: str = "") -> Iterator[str]:
    """Yield the places in data, and what each looks like, where a value is like something personal."""
    if isinstance(told, Mapping):
        for name, part in told.items():
            yield from values_in(part, f"{place}/{name}")
    elif isinstance(told, list):
        for position, part in enumerate(told):
            yield from values_in(part, f"{place}/{position}")
    else:
        for kind, form in PERSONAL_VALUE.items():
            look = form.search if kind in _WITHIN else form.fullmatch
            if look(str(told)) and not isinstance(told, bool) and told is not None:
                yield f"{place}: {kind}"


def _fields(schema: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, list):
        for part in schema:
            yield from _fields(part)
    elif isinstance(schema, Mapping):
        properties = schema.get("properties", {})
        # `properties` may also be the name of a field.
        if isinstance(properties, Mapping):
            yield from properties.items()
        for part in schema.values():
            yield from _fields(part)


def _takes_text(schema: Mapping[str, Any]) -> bool:
    said = schema.get("type")
    return said == "string" or (isinstance(said, list) and "string" in said)


def _is_bounded(schema: Mapping[str, Any]) -> bool:
    is_short = schema.get("maxLength", LONGEST_TEXT + 1) <= LONGEST_TEXT
    return is_short or bool(schema.keys() & {"const", "enum", "x-extensible-enum", "pattern", "format", "x-pseudonym"})
