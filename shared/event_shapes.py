"""What the JSON Schema of an event's data is made of; each part says what it means, in both languages.

A producer's `events.py` writes its declarations with these words, so that an object is closed, a field has a meaning,
and a list of words says what a reader does with one that came later. A meaning is "français | English". No shape takes
text of any length: what a person wrote freely stays out of events (EVT-1).
"""

from collections.abc import Collection, Iterable
from typing import Any

Schema = dict[str, Any]

DIALECT = "http://json-schema.org/draft-07/schema#"
# What a reader does with a word of an `enum` that it does not know: the list may grow within a version (`events.md`).
OTHERWISE = "x-otherwise"


def closed_object(*, optional: Collection[str] = (), **fields: Schema) -> Schema:
    """Return the schema of data that has these fields and no other; all of them but the `optional` ones always.

    A field that is added to a released type is optional: what was said before does not have it.
    """
    return {"$schema": DIALECT, **inner_object(optional=optional, **fields)}


def inner_object(*, optional: Collection[str] = (), **fields: Schema) -> Schema:
    """Return the schema of an object within the data."""
    return {
        "type": "object",
        "properties": fields,
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }


def identifier(meaning: str) -> Schema:
    """Return the schema of an opaque id."""
    return {"type": "string", "minLength": 36, "maxLength": 36, "description": meaning}


def foreign_identifier(meaning: str) -> Schema:
    """Return the schema of the id that another system gave to something: opaque to us, whatever its form."""
    return {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^\\u0000]+$", "description": meaning}


def moment(meaning: str) -> Schema:
    """Return the schema of a moment (RFC 3339, with its offset)."""
    return {"type": "string", "format": "date-time", "description": meaning}


def text(meaning: str, *, max_length: int, min_length: int = 1) -> Schema:
    """Return the schema of a short text, such as a public code."""
    return {"type": "string", "minLength": min_length, "maxLength": max_length, "description": meaning}


def word(meaning: str, *, known: Iterable[str], otherwise: str) -> Schema:
    """Return the schema of one of some words; `otherwise` says what a reader does with one that came later."""
    return {"type": "string", "enum": list(known), "description": meaning, OTHERWISE: otherwise}


def plain_word() -> Schema:
    """Return the schema of a word that programs say to each other (`view_file`): nothing that a person writes fits it."""
    return {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$"}


def several(meaning: str, *, of: Schema, at_least: int = 0) -> Schema:
    """Return the schema of a list of different values."""
    schema: Schema = {"type": "array", "items": of, "uniqueItems": True, "description": meaning}
    return schema | ({"minItems": at_least} if at_least else {})
