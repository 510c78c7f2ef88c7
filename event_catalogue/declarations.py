"""What the services declare, gathered: which events there are, who says them and who hears them."""

import importlib
import importlib.util
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared import event_shapes, exporting, texts, topics
from shared.messages import EventType

SERVICES: Final = Path(__file__).resolve().parent.parent / "services"

# French sets these marks off with a no-break space: with a plain one, a line may begin with them.
_LOOSE: Final = re.compile(r" [:;?!»]|« ")


class UnfitDeclaration(Exception):
    """A declaration that a reader could not live with; the text names the type and the place."""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A type of event, the service that says it, and those that hear it.

    `exporters` are the services whose exporter hears it, to pass it on or because it says to whom.
    """

    event_type: EventType
    producer: str
    consumers: tuple[str, ...] = ()
    exporters: tuple[str, ...] = ()

    @property
    def is_exported(self) -> bool:
        """Return whether subscribers may receive it."""
        return bool(self.event_type.outside) and self.producer in self.exporters

    @property
    def type(self) -> str:
        """Return the name of the type."""
        return self.event_type.type

    @property
    def short_name(self) -> str:
        """Return the name without what all types have in common: `enrollment.child-linked.v1`."""
        return self.type.removeprefix("ca.vitrail.")


@dataclass(frozen=True, kw_only=True)
class Declarations:
    """Every topic with the events on it, in the order in which the services declare them."""

    topics: topics.Catalogue
    events: tuple[Declared, ...]

    def on(self, topic: str) -> tuple[Declared, ...]:
        """Return the events of a topic."""
        return tuple(each for each in self.events if each.event_type.topic == topic)

    def exported(self) -> tuple[Declared, ...]:
        """Return the events that subscribers may receive."""
        return tuple(each for each in self.events if each.is_exported)


def gather() -> Declarations:
    """Return what the services declare: events in `events.py`, hearers in the command that starts them.

    Raises:
        UnfitDeclaration: see `check` and `check_heard`.
    """
    catalogue = topics.load()
    services = {name: _service(name) for name in _names()}
    event_types = {name: _event_types(name) for name in services}
    heard = {name: _heard(service) for name, service in services.items()}
    for name, service in services.items():
        check_heard(name, heard[name], said=catalogue.event_types(service.topics))
    exported = {name: _exported(service, event_types[name]) for name, service in services.items()}
    events = tuple(
        Declared(
            event_type=event_type,
            producer=name,
            consumers=tuple(each for each, types in heard.items() if event_type.type in types),
            exporters=tuple(each for each, types in exported.items() if event_type.type in types),
        )
        for name in services
        for event_type in event_types[name]
    )
    check(events)
    return Declarations(topics=catalogue, events=events)


def check(events: Iterable[Declared]) -> None:
    """Refuse declarations that leave a reader without an answer.

    Raises:
        UnfitDeclaration: no form of the key, a text without its other language or its no-break spaces, a field without a
            meaning, or a list of words that does not say what to do with one that came later (`events.md`, Envelope,
            names, schemas).
    """
    for each in events:
        event_type = each.event_type
        if not event_type.key_form:
            raise UnfitDeclaration(f"{each.type} does not say what its key is")
        _check_text(event_type.summary, where=f"{each.type}: its summary")
        _check_part(event_type.schema, where=f"{each.type} #", is_field=False)


def check_heard(name: str, heard: Collection[str], *, said: Collection[str]) -> None:
    """Refuse a service that waits for what is never said on the topics that it reads.

    Raises:
        UnfitDeclaration: it handles such a type.
    """
    if missing := sorted(set(heard) - set(said)):
        raise UnfitDeclaration(f"{name} waits for {missing[0]}, which is said on none of its topics")


def _check_part(part: Any, *, where: str, is_field: bool) -> None:
    if is_field:
        _check_text(part.get("description", ""), where=where)
    if "enum" in part:
        _check_text(part.get(event_shapes.OTHERWISE, ""), where=f"{where}/{event_shapes.OTHERWISE}")
    for name, field in part.get("properties", {}).items():
        _check_part(field, where=f"{where}/properties/{name}", is_field=True)
    if isinstance(part.get("items"), dict):
        _check_part(part["items"], where=f"{where}/items", is_field=False)


def _check_text(text: str, *, where: str) -> None:
    in_french, _, in_english = text.partition(texts.BILINGUAL_SEPARATOR)
    if not (in_french.strip() and in_english.strip()):
        raise UnfitDeclaration(f"{where} is not said in both languages")
    if _LOOSE.search(in_french):
        raise UnfitDeclaration(f"{where} has a plain space beside : ; ? ! or « » (a no-break space belongs there)")


def _heard(service: Any) -> frozenset[str]:
    """Return the types that a service handles: handlers are made for a context and not called, so that none will do."""
    return frozenset() if service.handlers is None else frozenset(service.handlers(None))


def _exported(service: Any, event_types: Sequence[EventType]) -> frozenset[str]:
    """Return the types that a service's exporter hears, asked in the same way."""
    if not service.exports:
        return frozenset()
    nothing: Any = None
    exporter = exporting.Exporter(service=service.name, event_types=event_types, broker=nothing, root_keys=nothing)
    return exporter.heard_types


def _names() -> list[str]:
    return sorted(file.parent.name for file in SERVICES.glob("*/__main__.py"))


def _service(name: str) -> Any:
    return importlib.import_module(f"services.{name}.__main__").SERVICE


def _event_types(name: str) -> list[EventType]:
    if importlib.util.find_spec(f"services.{name}.events") is None:
        return []
    module = importlib.import_module(f"services.{name}.events")
    return [found for found in vars(module).values() if isinstance(found, EventType)]
