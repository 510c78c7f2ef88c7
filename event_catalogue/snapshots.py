"""What was promised when: a file for each release, and the change log that their differences make."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import orjson

from event_catalogue import compatibility, envelope
from event_catalogue.compatibility import Change, Kind, Promise
from event_catalogue.declarations import Declarations

FOLDER_NAME: Final = "released"
_EMPTY: Final[Promise] = {"topics": {}, "outside": {}, "envelope": {}, "types": {}}

_SENTENCES: Final = {
    Kind.ADDED: "Nouveau champ facultatif : {name}. | New optional field: {name}.",
    Kind.WORD_ADDED: "Nouveau mot : {name}. | New word: {name}.",
    Kind.REWORDED: "Explications revues. | Explanations revised.",
}
_FIRST: Final = "Première publication. | First published."
_LET_OUT: Final = "Les abonnés peuvent désormais recevoir : {name}. | Subscribers may now receive: {name}."


class NothingToRelease(Exception):
    """The present promises are those of the last release."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """The promises of one day; `number` counts from 1 without a gap."""

    number: int
    released_on: date
    promise: Promise


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """What a release changed for one type of event; without a number it is not released yet."""

    number: int | None
    released_on: date | None
    sentences: tuple[str, ...]


def take(declarations: Declarations) -> Promise:
    """Return everything that readers rely on: places and keys, headers, schemas, classification, what may leave."""
    catalogue = declarations.topics
    outside = catalogue.outside
    return {
        "topics": {
            name: {"partitions": topic.partitions, "is_compacted": topic.is_compacted}
            for name, topic in sorted(catalogue.topics.items())
        },
        "outside": {} if outside is None else {"partitions": outside.partitions},
        "envelope": {"inside": envelope.inside(), "outside": envelope.outside()},
        "types": {
            each.type: {
                "topic": each.event_type.topic,
                "key_form": each.event_type.key_form,
                "classification": each.event_type.classification,
                "is_state": each.event_type.is_state,
                "outside": {name: how.value for name, how in each.event_type.outside.items()},
                "summary": each.event_type.summary,
                "schema": dict(each.event_type.schema),
                "sample": dict(each.event_type.sample),
            }
            for each in sorted(declarations.events, key=lambda each: each.type)
        },
    }


def read(folder: Path) -> list[Release]:
    """Return the releases in `folder`, oldest first.

    Raises:
        ValueError: one is missing in between.
    """
    releases: list[Release] = []
    for file in sorted((folder / FOLDER_NAME).glob("*.json")):
        document = orjson.loads(file.read_bytes())
        number, released_on = document.pop("release"), date.fromisoformat(document.pop("released_on"))
        if (number, file.name) != (len(releases) + 1, f"{len(releases) + 1:04}.json"):
            raise ValueError(f"the releases in {folder / FOLDER_NAME} are not numbered from 1 without a gap")
        releases.append(Release(number=number, released_on=released_on, promise=document))
    return releases


def release(folder: Path, promise: Promise, *, on: date) -> Path:
    """Record `promise` as the next release and return its file.

    Raises:
        NothingToRelease: nothing has changed.
    """
    released = read(folder)
    if released and released[-1].promise == promise:
        raise NothingToRelease
    number = len(released) + 1
    file = folder / FOLDER_NAME / f"{number:04}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(dumped({"release": number, "released_on": on.isoformat(), **promise}))
    return file


def log(event_type: str, released: Iterable[Release], present: Promise) -> list[LogEntry]:
    """Return what became of a type of event, newest first; what is not released yet is told as such."""
    steps: list[tuple[int | None, date | None, Promise]] = [(0, None, _EMPTY)]
    steps += [(each.number, each.released_on, each.promise) for each in released]
    steps.append((None, None, present))
    entries = []
    for (_, _, old), (number, released_on, new) in pairwise(steps):
        # The first release of all has other topics than none: only what is said of this type counts.
        changes = [change for change in compatibility.compare(old, new) if change.about == event_type]
        if changes:
            sentences = tuple(dict.fromkeys(_sentences(changes)))
            entries.append(LogEntry(number=number, released_on=released_on, sentences=sentences))
    return entries[::-1]


def dumped(document: Any) -> bytes:
    """Return the one written form of a document of the catalogue."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _sentences(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        form = _SENTENCES.get(change.kind, "")
        if change.kind is Kind.ADDED and not change.place:
            form = _FIRST
        elif change.kind is Kind.ADDED and change.place.startswith("outside/"):
            form = _LET_OUT
        if form:
            yield form.format(name=change.place.rpartition("/")[2])
