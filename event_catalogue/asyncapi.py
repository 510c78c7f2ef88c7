"""The AsyncAPI 3.1 document of everything that is told, with Kafka's bindings (version 0.5.0 of them).

What AsyncAPI has no word for stands under `x-…`: producer, consumers, classification, what may leave, the change log.
Texts are "français | English", as in the declarations; whoever shows them shows one half.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from event_catalogue import envelope, samples, schemas, snapshots
from event_catalogue.declarations import Declarations, Declared
from event_catalogue.snapshots import LogEntry, Release
from shared import exporting
from shared.topics import OUTSIDE_FORM, Topic

Document = dict[str, Any]

ASYNCAPI: Final = "3.1.0"
_BINDING: Final = {"bindingVersion": "0.5.0"}
_DESCRIPTION: Final = (
    "Ce que les services de Vitrail se disent, et ce que des abonnés du dehors peuvent en recevoir. Chaque message est un"
    " CloudEvents 1.0 en mode binaire : la valeur est du JSON, les attributs sont des en-têtes ce_*. Un événement peut"
    " arriver deux fois (même ce_id) et jamais zéro ; ceux d’une même clé arrivent dans l’ordre."
    " | What the services of Vitrail tell each other, and what subscribers outside may receive of it. Each message is a"
    " CloudEvent 1.0 in binary mode: the value is JSON, the attributes are ce_* headers. An event may come twice (same"
    " ce_id) and is never lost; those of one key come in order."
)


def document(declarations: Declarations, released: Sequence[Release]) -> Document:
    """Return the whole document; `released` makes the change logs and the version."""
    promise = snapshots.take(declarations)
    logs = {each.type: snapshots.log(each.type, released, promise) for each in declarations.events}
    outside = [each for each in declarations.events if each.is_exported]
    messages: Document = {}
    for each in declarations.events:
        messages[each.short_name] = _message(each, logs[each.type])
        if each.event_type.is_state:
            messages[_tombstone_name(each)] = _tombstone(each)
    messages |= {_outside_name(each): _outside_message(each) for each in outside}
    return {
        "asyncapi": ASYNCAPI,
        "id": "urn:vitrail:events",
        "info": {
            "title": "Les événements de Vitrail | The events of Vitrail",
            "version": _version(released, promise),
            "description": _DESCRIPTION,
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": _channels(declarations, outside),
        "operations": _operations(declarations, outside),
        "components": {
            "messages": messages,
            "schemas": _schemas(declarations.events, outside),
            "messageTraits": {
                "inside": {
                    "headers": envelope.inside(),
                    "correlationId": {
                        "description": "La demande d’où tout est parti. | The request from which everything came.",
                        "location": envelope.CORRELATION,
                    },
                },
                "outside": {"headers": envelope.outside()},
            },
            "securitySchemes": {
                "scram": {
                    "type": "scramSha512",
                    "description": "Un principal par service et par abonné. | One principal a service and a subscriber.",
                }
            },
        },
    }


def _version(released: Sequence[Release], promise: Any) -> str:
    if released and released[-1].promise == promise:
        return str(released[-1].number)
    return f"{len(released) + 1}-unreleased"


def _servers() -> Document:
    return {
        "production": {
            "host": "{host}:{port}",
            "protocol": "kafka-secure",
            "description": "Apache Kafka, TLS et SASL. | Apache Kafka, TLS and SASL.",
            "variables": {
                "host": {
                    "default": "kafka.example.ca",
                    "description": "L’adresse que donne l’organisation. | The address that the organisation gives.",
                },
                "port": {"default": "9093"},
            },
            "security": [{"$ref": "#/components/securitySchemes/scram"}],
        },
        "development": {
            "host": "localhost:9092",
            "protocol": "kafka",
            "description": "Un seul nœud, sur cette machine. | One node, on this machine.",
        },
    }


# --- channels


def _channels(declarations: Declarations, outside: Sequence[Declared]) -> Document:
    replicas = declarations.topics.replication.factor
    channels = {
        _domain(topic.name): _channel(topic, declarations.on(topic.name), replicas=replicas)
        for topic in declarations.topics.topics.values()
        if declarations.on(topic.name)
    }
    sizes = declarations.topics.outside
    for producer in sorted({each.producer for each in outside}):
        assert sizes is not None, "a type may leave, and no topic of subscribers is declared"
        channels[_outside_channel(producer)] = {
            "address": f"org.{{code}}.{producer}.{{subscriber}}.v1",
            "title": f"org.….{producer}.….v1",
            "summary": f"Ce qu’un abonné reçoit du service {producer}, sous des pseudonymes qui ne sont qu’à lui."
            f" | What a subscriber receives of the {producer} service, under pseudonyms that are its own.",
            "messages": {
                _outside_name(each): _reference("messages", _outside_name(each))
                for each in outside
                if each.producer == producer
            },
            "parameters": {
                "code": {
                    "description": "Le code public de l’organisation. | The public code of the organisation.",
                    "examples": ["712000"],
                },
                "subscriber": {
                    "description": "Le nom de l’abonné, choisi à son inscription."
                    " | The subscriber’s name, chosen when it is taken on.",
                    "examples": ["transport"],
                },
            },
            "bindings": {"kafka": _channel_binding(sizes.partitions, replicas, sizes.retention, is_compacted=False)},
            "x-outside": True,
            "x-domain": producer,
            "x-address-pattern": f"^{_python_free(OUTSIDE_FORM)}$",
        }
    return channels


def _channel(topic: Topic, events: Iterable[Declared], *, replicas: int) -> Document:
    messages = {}
    for each in events:
        messages[each.short_name] = _reference("messages", each.short_name)
        if each.event_type.is_state:
            messages[_tombstone_name(each)] = _reference("messages", _tombstone_name(each))
    return {
        "address": topic.name,
        "title": topic.name,
        "messages": messages,
        "bindings": {
            "kafka": {
                "topic": topic.name,
                **_channel_binding(topic.partitions, replicas, topic.retention, is_compacted=topic.is_compacted),
            }
        },
        "x-domain": _domain(topic.name),
    }


def _channel_binding(partitions: int, replicas: int, retention: timedelta, *, is_compacted: bool) -> Document:
    milliseconds = retention // timedelta(milliseconds=1)
    kept = (
        {"cleanup.policy": ["compact"], "delete.retention.ms": milliseconds}
        if is_compacted
        else {"cleanup.policy": ["delete"], "retention.ms": milliseconds}
    )
    return {"partitions": partitions, "replicas": replicas, "topicConfiguration": kept, **_BINDING}


# --- messages


def _message(declared: Declared, log: Sequence[LogEntry]) -> Document:
    event_type = declared.event_type
    told: Document = {
        "name": event_type.type,
        "title": _title(declared),
        "summary": event_type.summary,
        "contentType": "application/json",
        "traits": [{"$ref": "#/components/messageTraits/inside"}],
        "headers": envelope.of_type(declared),
        "payload": _reference("schemas", declared.short_name),
        "examples": [samples.inside(declared)],
        "bindings": {"kafka": {"key": _key(event_type.key_form), **_BINDING}},
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
        "title": f"{_title(declared)} (fin | end)",
        "summary": "Ce que cette clé désigne a pris fin ; le journal peut l’oublier."
        " | What this key stands for has ended; the log may forget it.",
        "traits": [{"$ref": "#/components/messageTraits/inside"}],
        "headers": envelope.of_type(declared, is_tombstone=True),
        "payload": {"type": "null"},
        "examples": [samples.tombstone(declared)],
        "bindings": {"kafka": {"key": _key(declared.event_type.key_form), **_BINDING}},
        "tags": [{"name": declared.producer}, {"name": declared.event_type.classification}],
        "x-tombstone": True,
        "x-producer": declared.producer,
    }


def _outside_message(declared: Declared) -> Document:
    event_type = declared.event_type
    return {
        "name": event_type.type,
        "title": _title(declared),
        "summary": event_type.summary,
        "contentType": "application/json",
        "traits": [{"$ref": "#/components/messageTraits/outside"}],
        "headers": envelope.of_type(declared, is_outside=True),
        "payload": _reference("schemas", _outside_name(declared)),
        "examples": [samples.outside(declared)],
        "bindings": {"kafka": {"key": _outside_key(), **_BINDING}},
        "tags": [{"name": declared.producer}, {"name": event_type.classification}],
        "x-producer": declared.producer,
        "x-classification": event_type.classification,
    }


def _schemas(events: Iterable[Declared], outside: Iterable[Declared]) -> Document:
    described = {each.short_name: schemas.for_readers(each.event_type) for each in events}
    described |= {_outside_name(each): schemas.for_subscribers(each.event_type) for each in outside}
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


# --- operations


def _operations(declarations: Declarations, outside: Sequence[Declared]) -> Document:
    operations: Document = {}
    for topic in declarations.topics.topics:
        events = declarations.on(topic)
        channel = _domain(topic)
        for producer in sorted({each.producer for each in events}):
            operations[f"{producer}.tells.{channel}"] = _operation(
                "send", channel, [each for each in events if each.producer == producer], by=producer
            )
        for consumer in sorted({name for each in events for name in each.consumers}):
            heard = [each for each in events if consumer in each.consumers]
            operations[f"{consumer}.hears.{channel}"] = _operation(
                "receive", channel, heard, by=consumer, group={"type": "string", "const": consumer}
            )
        for exporter in sorted({name for each in events for name in each.exporters}):
            heard = [each for each in events if exporter in each.exporters]
            group = {"type": "string", "const": exporting.group(exporter)}
            operations[f"{exporter}.exports.{channel}"] = _operation(
                "receive", channel, heard, by=exporter, group=group
            )
    for producer in sorted({each.producer for each in outside}):
        channel = _outside_channel(producer)
        names = [_outside_name(each) for each in outside if each.producer == producer]
        operations[f"{producer}.tells.{channel}"] = _operation_of(names, "send", channel, by=producer)
        operations[f"subscriber.hears.{channel}"] = _operation_of(
            names, "receive", channel, by="subscriber", group={"type": "string", "pattern": r"^sub-[a-z0-9-]+\."}
        )
    return operations


def _operation(
    action: str, channel: str, events: Iterable[Declared], *, by: str, group: Document | None = None
) -> Document:
    names = []
    for each in events:
        names += [each.short_name] + ([_tombstone_name(each)] if each.event_type.is_state else [])
    return _operation_of(names, action, channel, by=by, group=group)


def _operation_of(
    names: Iterable[str], action: str, channel: str, *, by: str, group: Document | None = None
) -> Document:
    operation: Document = {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names],
        "tags": [{"name": by}],
    }
    if group is not None:
        operation["bindings"] = {"kafka": {"groupId": group, **_BINDING}}
    return operation


# --- names


def _domain(topic: str) -> str:
    """Return what a topic is about: `enrollment` of `vitrail.enrollment.v1`."""
    return topic.split(".")[1]


def _title(declared: Declared) -> str:
    return declared.type.split(".")[3]


def _outside_channel(producer: str) -> str:
    return f"{producer}-outside"


def _outside_name(declared: Declared) -> str:
    return f"{declared.short_name}.outside"


def _tombstone_name(declared: Declared) -> str:
    return f"{declared.short_name}.tombstone"


def _reference(section: str, name: str) -> Document:
    return {"$ref": f"#/components/{section}/{name}"}


def _python_free(pattern: re.Pattern[str]) -> str:
    """Return the pattern without what only Python knows: the names of its groups."""
    return re.sub(r"\?P<[a-z]+>", "", pattern.pattern)
