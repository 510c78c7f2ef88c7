"""Who sends and who receives: services in groups of their own names, exporters and subscribers in theirs."""

from collections.abc import Iterable
from typing import Final

from event_catalogue.asyncapi import names
from event_catalogue.asyncapi.names import Document
from event_catalogue.declarations import Declarations, Declared
from shared import exporting

SUBSCRIBER: Final = "subscriber"
_SUBSCRIBERS_GROUPS: Final = {"type": "string", "pattern": r"^sub-[a-z0-9-]+\."}


def operations(declarations: Declarations) -> Document:
    """Return every operation, named by who does it and on which channel."""
    made: Document = {}
    for topic in declarations.topics.topics:
        events = declarations.on(topic)
        channel = names.domain(topic)
        for producer in sorted({each.producer for each in events}):
            told = _inside(each for each in events if each.producer == producer)
            made[f"{producer}.tells.{channel}"] = _operation("send", channel, told, by=producer)
        for consumer in sorted({name for each in events for name in each.consumers}):
            heard = _inside(each for each in events if consumer in each.consumers)
            group = {"type": "string", "const": consumer}
            made[f"{consumer}.hears.{channel}"] = _operation("receive", channel, heard, by=consumer, group=group)
        for exporter in sorted({name for each in events for name in each.exporters}):
            heard = _inside(each for each in events if exporter in each.exporters)
            group = {"type": "string", "const": exporting.group(exporter)}
            made[f"{exporter}.exports.{channel}"] = _operation("receive", channel, heard, by=exporter, group=group)
    exported = declarations.exported()
    for producer in sorted({each.producer for each in exported}):
        channel = names.outside_channel(producer)
        told = [names.outside_message(each) for each in exported if each.producer == producer]
        made[f"{producer}.tells.{channel}"] = _operation("send", channel, told, by=producer)
        made[f"{SUBSCRIBER}.hears.{channel}"] = _operation(
            "receive", channel, told, by=SUBSCRIBER, group=_SUBSCRIBERS_GROUPS
        )
    return made


def _inside(events: Iterable[Declared]) -> list[str]:
    """Return the messages of these events, tombstones too."""
    told = []
    for each in events:
        told.append(each.short_name)
        if each.event_type.is_state:
            told.append(names.tombstone(each))
    return told


def _operation(action: str, channel: str, told: Iterable[str], *, by: str, group: Document | None = None) -> Document:
    operation: Document = {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in told],
        "tags": [{"name": by}],
    }
    if group is not None:
        operation["bindings"] = {"kafka": {"groupId": group, **names.BINDING}}
    return operation
