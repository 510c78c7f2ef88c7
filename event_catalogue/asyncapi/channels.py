"""Topics as channels: the services' own by name, those of subscribers by the form of their names."""

import re
from collections.abc import Iterable
from datetime import timedelta

from event_catalogue.asyncapi import names
from event_catalogue.asyncapi.names import Document
from event_catalogue.declarations import Declarations, Declared
from shared.topics import OUTSIDE_FORM, Topic


def channels(declarations: Declarations) -> Document:
    """Return every channel that somebody speaks on."""
    outside = declarations.exported()
    replicas = declarations.topics.replication.factor
    made = {
        names.domain(topic.name): _channel(topic, declarations.on(topic.name), replicas=replicas)
        for topic in declarations.topics.topics.values()
        if declarations.on(topic.name)
    }
    sizes = declarations.topics.outside
    for producer in sorted({each.producer for each in outside}):
        assert sizes is not None, "a type may leave, and no topic of subscribers is declared"
        made[names.outside_channel(producer)] = {
            "address": f"org.{{code}}.{producer}.{{subscriber}}.v1",
            "title": f"org.….{producer}.….v1",
            "summary": f"Ce qu’un abonné reçoit du service {producer}, sous des pseudonymes qui ne sont qu’à lui."
            f" | What a subscriber receives of the {producer} service, under pseudonyms that are its own.",
            "messages": {
                names.outside_message(each): names.reference("messages", names.outside_message(each))
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
    return made


def _channel(topic: Topic, events: Iterable[Declared], *, replicas: int) -> Document:
    messages = {}
    for each in events:
        messages[each.short_name] = names.reference("messages", each.short_name)
        if each.event_type.is_state:
            messages[names.tombstone(each)] = names.reference("messages", names.tombstone(each))
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
        "x-domain": names.domain(topic.name),
    }


def _channel_binding(partitions: int, replicas: int, retention: timedelta, *, is_compacted: bool) -> Document:
    milliseconds = retention // timedelta(milliseconds=1)
    kept = (
        {"cleanup.policy": ["compact"], "delete.retention.ms": milliseconds}
        if is_compacted
        else {"cleanup.policy": ["delete"], "retention.ms": milliseconds}
    )
    return {"partitions": partitions, "replicas": replicas, "topicConfiguration": kept, **names.BINDING}


def _python_free(pattern: re.Pattern[str]) -> str:
    """Return the pattern without what only Python knows: the names of its groups."""
    return re.sub(r"\?P<[a-z]+>", "", pattern.pattern)
