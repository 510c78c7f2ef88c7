"""What changed between two versions of the promises, and whether a reader of the older one can live with it.

Full-transitive: a version is compared with every released one. Within a version of a type only additions are allowed:
a new optional field, a new word of an enumeration whose readers were told what to do with it, a further field for
subscribers, other words in an explanation. Anything else, a wider limit too, is a new `.v2` beside the old (`events.md`):
whoever made a column of 64 characters has no use for 65.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from shared.event_shapes import OTHERWISE

Promise = Mapping[str, Any]

# They explain, and bind nobody. `x-otherwise` may be worded anew, but not taken back.
ANNOTATIONS: Final = frozenset({"title", "description", "$comment", "examples", OTHERWISE})


class Kind(Enum):
    """What became of a part of a promise; only the first three may happen to what is released."""

    ADDED = "added"
    WORD_ADDED = "word_added"
    REWORDED = "reworded"
    REMOVED = "removed"
    CHANGED = "changed"
    MADE_REQUIRED = "made_required"
    MADE_OPTIONAL = "made_optional"
    ADDED_AS_REQUIRED = "added_as_required"
    WORD_REMOVED = "word_removed"
    WORD_ADDED_UNANNOUNCED = "word_added_unannounced"


COMPATIBLE: Final = frozenset({Kind.ADDED, Kind.WORD_ADDED, Kind.REWORDED})


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference: of which topic or type (`about`), where in it, and what."""

    about: str
    place: str
    kind: Kind

    @property
    def is_breaking(self) -> bool:
        """Return whether a reader of the older version could be harmed."""
        return self.kind not in COMPATIBLE

    def __str__(self) -> str:
        return f"{self.about} {self.place}: {self.kind.value.replace('_', ' ')}"


def compare(old: Promise, new: Promise) -> list[Change]:
    """Return the differences between two versions of all promises (`snapshots.take`)."""
    return [
        *_topics(old["topics"], new["topics"]),
        *_changed_values("[outside]", old["outside"], new["outside"]),
        *_envelopes(old["envelope"], new["envelope"]),
        *_types(old["types"], new["types"]),
    ]


def breaking(released: Iterable[Promise], new: Promise) -> list[Change]:
    """Return what `new` breaks of any released version, each only once."""
    found = (change for old in released for change in compare(old, new) if change.is_breaking)
    return list(dict.fromkeys(found))


def _topics(old: Mapping[str, Promise], new: Mapping[str, Promise]) -> Iterator[Change]:
    for name, topic in old.items():
        if name not in new:
            yield Change(about=name, place="", kind=Kind.REMOVED)
        else:
            yield from _changed_values(name, topic, new[name])
    yield from (Change(about=name, place="", kind=Kind.ADDED) for name in new if name not in old)


def _envelopes(old: Mapping[str, Promise], new: Mapping[str, Promise]) -> Iterator[Change]:
    for where in sorted({*old, *new}):
        yield from _schema(f"headers {where}", "#", old.get(where, {}), new.get(where, {}))


def _changed_values(about: str, old: Promise, new: Promise) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield Change(about=about, place=name, kind=Kind.CHANGED)


def _types(old: Mapping[str, Promise], new: Mapping[str, Promise]) -> Iterator[Change]:
    for name, event_type in old.items():
        if name not in new:
            yield Change(about=name, place="", kind=Kind.REMOVED)
        else:
            yield from _type(name, event_type, new[name])
    yield from (Change(about=name, place="", kind=Kind.ADDED) for name in new if name not in old)


def _type(name: str, old: Promise, new: Promise) -> Iterator[Change]:
    for part in sorted({*old, *new}):
        if old.get(part) == new.get(part):
            continue
        if part == "schema":
            yield from _schema(name, "#", old[part], new[part])
        elif part == "outside":
            yield from _outside(name, old[part], new[part])
        elif part in ("summary", "sample"):
            yield Change(about=name, place=part, kind=Kind.REWORDED)
        else:
            yield Change(about=name, place=part, kind=Kind.CHANGED)


def _outside(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for field, how in old.items():
        if field not in new:
            yield Change(about=name, place=f"outside/{field}", kind=Kind.REMOVED)
        elif new[field] != how:
            yield Change(about=name, place=f"outside/{field}", kind=Kind.CHANGED)
    for field in new:
        if field not in old:
            yield Change(about=name, place=f"outside/{field}", kind=Kind.ADDED)


def _schema(about: str, place: str, old: Promise, new: Promise) -> Iterator[Change]:
    for keyword in sorted({*old, *new}):
        before, after = old.get(keyword), new.get(keyword)
        where = f"{place}/{keyword}"
        if before == after:
            continue
        if keyword == "properties":
            yield from _fields(about, where, old, new)
        elif keyword == "required":
            yield from _required(about, place, old, new)
        elif keyword == "enum":
            yield from _words(about, where, old, new)
        elif keyword == "items" and isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _schema(about, where, before, after)
        elif keyword in ANNOTATIONS and not (keyword == OTHERWISE and after is None):
            yield Change(about=about, place=where, kind=Kind.REWORDED)
        else:
            yield Change(about=about, place=where, kind=Kind.CHANGED)


def _fields(about: str, place: str, old: Promise, new: Promise) -> Iterator[Change]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name, schema in before.items():
        if name not in after:
            yield Change(about=about, place=f"{place}/{name}", kind=Kind.REMOVED)
        elif schema != after[name]:
            yield from _schema(about, f"{place}/{name}", schema, after[name])
    for name in after:
        if name not in before:
            kind = Kind.ADDED_AS_REQUIRED if name in new.get("required", ()) else Kind.ADDED
            yield Change(about=about, place=f"{place}/{name}", kind=kind)


def _required(about: str, place: str, old: Promise, new: Promise) -> Iterator[Change]:
    before, after = set(old.get("required", ())), set(new.get("required", ()))
    # A field that is new, or gone, is told of as such.
    fields_before, fields_after = old.get("properties", {}), new.get("properties", {})
    for name in sorted(after - before):
        if name in fields_before or name not in fields_after:
            yield Change(about=about, place=f"{place}/properties/{name}", kind=Kind.MADE_REQUIRED)
    for name in sorted(before - after):
        if name in fields_after or name not in fields_before:
            yield Change(about=about, place=f"{place}/properties/{name}", kind=Kind.MADE_OPTIONAL)


def _words(about: str, place: str, old: Promise, new: Promise) -> Iterator[Change]:
    before, after = old.get("enum"), new.get("enum")
    if before is None or after is None:
        yield Change(about=about, place=place, kind=Kind.CHANGED)
        return
    for word in before:
        if word not in after:
            yield Change(about=about, place=f"{place}/{word}", kind=Kind.WORD_REMOVED)
    announced = Kind.WORD_ADDED if old.get(OTHERWISE) else Kind.WORD_ADDED_UNANNOUNCED
    for word in after:
        if word not in before:
            yield Change(about=about, place=f"{place}/{word}", kind=announced)
