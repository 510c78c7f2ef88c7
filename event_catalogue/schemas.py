"""JSON Schemas as readers need them: open where the producer's own check is closed.

A reader must live with a field and with a word that came after it was written (`events.md`): objects are left open, and
the words of an enumeration are listed under `x-extensible-enum` instead of being all there is.
"""

from collections.abc import Mapping
from typing import Any, Final

from event_catalogue.declarations import Declared
from shared import event_shapes, messages
from shared.messages import EventType, Outside

Schema = dict[str, Any]

KNOWN_WORDS: Final = "x-extensible-enum"
PSEUDONYM: Final = "x-pseudonym"


def for_readers(event_type: EventType) -> Schema:
    """Return the schema of the data as a service may rely on it."""
    return opened(event_type.schema)


def for_subscribers(event_type: EventType) -> Schema:
    """Return the schema of the data as a subscriber may rely on it.

    A subscription chooses among these fields, so none of them is promised to everybody.
    """
    fields = opened(event_type.schema)["properties"]
    left = {name: _outside(fields[name], how) for name, how in event_type.outside.items()}
    return {"$schema": event_type.schema.get("$schema", event_shapes.DIALECT), "type": "object", "properties": left}


def document(declared: Declared) -> Schema:
    """Return the schema file of a type, named as CloudEvents' `dataschema` names it."""
    event_type = declared.event_type
    schema = for_readers(event_type)
    return {
        "$schema": schema.pop("$schema", event_shapes.DIALECT),
        "$id": messages.schema_uri(event_type.type),
        "title": event_type.type,
        "description": event_type.summary,
        **schema,
        "examples": [dict(event_type.sample)],
    }


def opened(schema: Mapping[str, Any]) -> Schema:
    """Return a writer's schema as a reader must read it."""
    for_reader: Schema = {}
    for word, rule in schema.items():
        if word == "additionalProperties":
            continue
        if word == "enum":
            for_reader[KNOWN_WORDS] = list(rule)
        elif word == "properties":
            # What stands here are names of fields: one that is called `enum` is a field all the same.
            for_reader[word] = {field: opened(part) for field, part in rule.items()}
        elif isinstance(rule, Mapping):
            for_reader[word] = opened(rule)
        elif isinstance(rule, list):
            for_reader[word] = [opened(part) if isinstance(part, Mapping) else part for part in rule]
        else:
            for_reader[word] = rule
    return for_reader


def _outside(field: Schema, how: Outside) -> Schema:
    if how is Outside.AS_IS:
        return field
    # Another text of another form: only that it is one remains promised.
    return {"type": field["type"], "description": field.get("description", ""), PSEUDONYM: True}
