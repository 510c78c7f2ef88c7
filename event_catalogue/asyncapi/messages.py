"""Messages and the schemas of their data: a type inside, its tombstone if it tells a state, and what of it may leave."""

import re
from collections.abc import Mapping, Sequence

from event_catalogue import envelope, samples, schemas
from event_catalogue.asyncapi import names
from event_catalogue.asyncapi.names import Document
from event_catalogue.declarations import Declarations, Declared
from event_catalogue.snapshots import LogEntry


def messages(declarations: Declarations, logs: Mapping[str, Sequence[LogEntry]]) -> Document:
    """Return every message, each with the change log of its type."""
    made: Document = {}
    for each in declarations.events:
        made[each.short_name] = _message(each, logs[each.type])
        if each.event_type.is_state:
            made[names.tombstone(each)] = _tombstone(each)
    return made | {names.outside_message(each): _outside_message(each) for each in declarations.exported()}


def _message(declared: Declared, log: Sequence[LogEntry]) -> Document:
    event_type = declared.event_type
    told: Document = {
        "name": event_type.type,
        "title": names.title(declared),
        "summary": event_type.summary,
        "contentType": "application/json",
        "traits": [{"$ref": "#/components/messageTraits/inside"}],
        "headers": envelope.of_type(declared),
        "payload": names.reference("schemas", declared.short_name),
        "examples": [samples.inside(declared)],
        "bindings": {"kafka": {"key": _key(event_type.key_form), **names.BINDING}},
        "tags": [{"name": declared.producer}, {"name": event_type.classification}],
        "x-owner": declared.producer,
        "x-producer": declared.producer,
        "x-consumers": list(declared.consumers),
        "x-exporters": list(declared.exporters),
        "x-classification": event_type.classification,
        "x-key-form": event_type.key_form,
        "x-outside": {name: how.value for name, how in event_type.outside.items()},
        "x-changes": [_log_entry(entry) for entry in log],
    }
    if event_type.is_state:
        told["x-state"] = True
    return told


def _tombstone(declared: Declared) -> Document:
    """Return the message without a value that takes a state back."""
    return {
        "name": declared.event_type.type,
        "title": f"{names.title(declared)} (fin | end)",
        "summary": "Ce que cette clé désigne a pris fin ; le journal peut l’oublier."
        " | What this key stands for has ended; the log may forget it.",
        "traits": [{"$ref": "#/components/messageTraits/inside"}],
        "headers": envelope.of_type(declared, is_tombstone=True),
        "payload": {"type": "null"},
        "examples": [samples.tombstone(declared)],
        "bindings": {"kafka": {"key": _key(declared.event_type.key_form), **names.BINDING}},
        "tags": [{"name": declared.producer}, {"name": declared.event_type.classification}],
        "x-tombstone": True,
        "x-producer": declared.producer,
    }


def _outside_message(declared: Declared) -> Document:
    event_type = declared.event_type
    return {
        "name": event_type.type,
        "title": names.title(declared),
        "summary": event_type.summary,
        "contentType": "application/json",
        "traits": [{"$ref": "#/components/messageTraits/outside"}],
        "headers": envelope.of_type(declared, is_outside=True),
        "payload": names.reference("schemas", names.outside_message(declared)),
        "examples": [samples.outside(declared)],
        "bindings": {"kafka": {"key": _outside_key(), **names.BINDING}},
        "tags": [{"name": declared.producer}, {"name": event_type.classification}],
        "x-producer": declared.producer,
        "x-classification": event_type.classification,
    }


def data_schemas(declarations: Declarations) -> Document:
    """Return the schema of each message's data."""
    described = {each.short_name: schemas.for_readers(each.event_type) for each in declarations.events}
    described |= {
        names.outside_message(each): schemas.for_subscribers(each.event_type) for each in declarations.exported()
    }
    # AsyncAPI's own dialect is draft 7 with additions; it is not named within it.
    return {
        name: {word: rule for word, rule in schema.items() if word != "$schema"} for name, schema in described.items()
    }


def _key(form: str) -> Document:
    return {
        "type": "string",
        "pattern": f"^{re.sub('<[a-z_]+>', '[^:/]+', form)}$",
        "description": f"{form} : l’ordre est gardé parmi les événements de cette clé."
        f" | {form}: order is kept among the events of this key.",
    }


def _outside_key() -> Document:
    return {
        "type": "string",
        "description": "Un pseudonyme de la clé : l’ordre est gardé parmi les événements de cette clé."
        " | A pseudonym of the key: order is kept among the events of this key.",
    }


def _log_entry(entry: LogEntry) -> Document:
    return {
        "release": entry.number,
        "released_on": entry.released_on.isoformat() if entry.released_on else None,
        "changes": list(entry.sentences),
    }
