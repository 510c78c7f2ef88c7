"""The catalogue of topics (`deploy/topics.toml`): which exist, how many partitions they have, what is said on them.

The services' own topics are named one by one. Those that leave the system (`org.<code>.<domain>.<subscriber>.v1`) are
known by their form: one for each subscriber, because ids are pseudonyms keyed for that subscriber alone, and two
subscribers of one organisation must not be able to join what they read.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

CATALOGUE_FILE: Final = Path(__file__).resolve().parent.parent / "deploy" / "topics.toml"
# The parts of a name hold no dot, so that a name says one thing; Kafka takes no name of more than 249 characters.
_PART = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
OUTSIDE_FORM: Final = re.compile(rf"org\.(?P<code>{_PART})\.(?P<domain>{_PART})\.(?P<subscriber>{_PART})\.v1", re.ASCII)


class UnknownTopic(Exception):
    """A topic that the catalogue does not name, or that has not been made on the event log."""


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A declared topic; `event_types` are all that may be said on it.

    A compacted topic keeps the newest record of each key for ever; `retention` is then how long a tombstone stays.
    """

    name: str
    partitions: int
    retention: timedelta
    event_types: frozenset[str]
    is_compacted: bool = False


@dataclass(frozen=True, kw_only=True)
class OutsideTopics:
    """What all topics of subscribers have in common."""

    partitions: int
    retention: timedelta


@dataclass(frozen=True, kw_only=True)
class Replication:
    """How many machines of a cluster hold each record, and how many must before it counts as written."""

    factor: int = 3
    min_insync: int = 2


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Every topic there is."""

    topics: Mapping[str, Topic]
    outside: OutsideTopics | None = None
    replication: Replication = field(default_factory=Replication)

    def get_topic(self, name: str) -> Topic:
        """Return a declared topic, or that of a subscriber by the form of its name.

        Raises:
            UnknownTopic: it is not declared.
        """
        declared = self.topics.get(name)
        if declared is not None:
            return declared
        form = OUTSIDE_FORM.fullmatch(name)
        source = self.topics.get(f"vitrail.{form['domain']}.v1") if form else None
        if source is None or self.outside is None:
            raise UnknownTopic(name)
        return Topic(
            name=name,
            partitions=self.outside.partitions,
            retention=self.outside.retention,
            event_types=source.event_types,
        )

    def event_types(self, topics: Collection[str]) -> frozenset[str]:
        """Return every type that may be said on these topics.

        Raises:
            UnknownTopic: one of them is not declared.
        """
        return frozenset().union(*(self.get_topic(name).event_types for name in topics))


def outside_name(*, code: str, domain: str, subscriber: str) -> str:
    """Return the name of the topic on which `subscriber` reads what organisation `code` lets it know of a domain.

    Raises:
        ValueError: a part is not made of small letters, digits and inner hyphens, or is longer than 64.
    """
    name = f"org.{code}.{domain}.{subscriber}.v1"
    if not OUTSIDE_FORM.fullmatch(name):
        raise ValueError("the parts of a subscriber's topic are small letters, digits and inner hyphens, at most 64")
    return name


def load(file: Path = CATALOGUE_FILE) -> Catalogue:
    """Read the catalogue.

    Raises:
        ValueError: two topics have one name, a type is on two topics, or a number makes no sense.
    """
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    topics: dict[str, Topic] = {}
    types: set[str] = set()
    for entry in document.get("topics", []):
        topic = Topic(
            name=entry["name"],
            event_types=frozenset(entry["events"]),
            is_compacted=entry.get("compacted", False),
            **_sizes(entry, name=entry["name"], file=file),
        )
        if topic.name in topics:
            raise ValueError(f"{file.name}: {topic.name} is declared twice")
        if OUTSIDE_FORM.fullmatch(topic.name):
            raise ValueError(f"{file.name}: {topic.name} has the name of a subscriber's topic")
        if len(topic.event_types) != len(entry["events"]) or types & topic.event_types:
            raise ValueError(f"{file.name}: an event type of {topic.name} is declared twice")
        types |= topic.event_types
        topics[topic.name] = topic
    outside = document.get("outside")
    return Catalogue(
        topics=topics,
        outside=OutsideTopics(**_sizes(outside, name="[outside]", file=file)) if outside is not None else None,
        replication=_replication(document.get("kafka", {}), file=file),
    )


def _sizes(entry: Mapping[str, Any], *, name: str, file: Path) -> dict[str, Any]:
    partitions, retention = entry["partitions"], timedelta(days=entry["retention_days"])
    if partitions < 1 or retention <= timedelta():
        raise ValueError(f"{file.name}: {name} has no partition or no retention")
    return {"partitions": partitions, "retention": retention}


def _replication(entry: Mapping[str, Any], *, file: Path) -> Replication:
    wanted = Replication(factor=entry.get("replication", 3), min_insync=entry.get("min_insync", 2))
    if not 1 <= wanted.min_insync <= wanted.factor:
        raise ValueError(f"{file.name}: [kafka] asks for more acknowledgements than copies, or for none")
    return wanted
