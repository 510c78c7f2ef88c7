"""The catalogue of topics (`deploy/topics.toml`): which exist, how many partitions they have, what is said on them."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

CATALOGUE_FILE: Final = Path(__file__).resolve().parent.parent / "deploy" / "topics.toml"


class UnknownTopic(Exception):
    """A topic that the catalogue does not name."""


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A declared topic; `event_types` are all that may be said on it."""

    name: str
    partitions: int
    retention: timedelta
    event_types: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Every topic there is."""

    topics: Mapping[str, Topic]

    def get_topic(self, name: str) -> Topic:
        """Return a topic.

        Raises:
            UnknownTopic: it is not declared.
        """
        try:
            return self.topics[name]
        except KeyError:
            raise UnknownTopic(name) from None

    def event_types(self, topics: Collection[str]) -> frozenset[str]:
        """Return every type that may be said on these topics.

        Raises:
            UnknownTopic: one of them is not declared.
        """
        return frozenset().union(*(self.get_topic(name).event_types for name in topics))


def load(file: Path = CATALOGUE_FILE) -> Catalogue:
    """Read the catalogue.

    Raises:
        ValueError: two topics have one name, a type is on two topics, or a number makes no sense.
    """
    declared = tomllib.loads(file.read_text(encoding="utf-8")).get("topics", [])
    topics: dict[str, Topic] = {}
    types: set[str] = set()
    for entry in declared:
        topic = Topic(
            name=entry["name"],
            partitions=entry["partitions"],
            retention=timedelta(days=entry["retention_days"]),
            event_types=frozenset(entry["events"]),
        )
        if topic.name in topics:
            raise ValueError(f"{file.name}: {topic.name} is declared twice")
        if topic.partitions < 1 or topic.retention <= timedelta():
            raise ValueError(f"{file.name}: {topic.name} has no partition or no retention")
        if len(topic.event_types) != len(entry["events"]) or types & topic.event_types:
            raise ValueError(f"{file.name}: an event type of {topic.name} is declared twice")
        types |= topic.event_types
        topics[topic.name] = topic
    return Catalogue(topics=topics)
