"""Edits of promises, one at a time: every way to break a real one, and every way to let it grow."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

Promise = dict[str, Any]


@dataclass(frozen=True)
class Edit:
    """One change of a whole promise, under a name that says where and what."""

    name: str
    apply: Callable[[Promise], None]

    def of(self, promise: Promise) -> Promise:
        edited = deepcopy(promise)
        self.apply(edited)
        return edited


def breaking(promise: Promise) -> Iterator[Edit]:
    """Yield every single edit that some reader of `promise` could not live with."""
    for name in promise["topics"]:
        yield _removed(f"{name}: removed", ("topics",), name)
        yield _set(f"{name}: more partitions", ("topics", name, "partitions"), 24)
        yield _turned(f"{name}: compacted or no more", ("topics", name, "is_compacted"))
    yield _set("outside: more partitions", ("outside", "partitions"), 99)
    for where, headers in promise["envelope"].items():
        yield from _breaking_of_schema(f"headers {where}", ("envelope", where), headers)
    for name, event_type in promise["types"].items():
        place = ("types", name)
        yield _removed(f"{name}: removed", ("types",), name)
        yield _set(f"{name}: on another topic", (*place, "topic"), "vitrail.elsewhere.v1")
        yield _set(f"{name}: under another key", (*place, "key_form"), "nobody:<id>")
        yield _set(f"{name}: classified otherwise", (*place, "classification"), "secret")
        yield _turned(f"{name}: a state or no more", (*place, "is_state"))
        for field, how in event_type["outside"].items():
            other = {"as_is": "pseudonym", "pseudonym": "as_is"}[how]
            yield _removed(f"{name}: {field} leaves no more", (*place, "outside"), field)
            yield _set(f"{name}: {field} leaves otherwise", (*place, "outside", field), other)
        yield from _breaking_of_schema(name, (*place, "schema"), event_type["schema"])


def growing(promise: Promise) -> Iterator[Edit]:
    """Yield every single edit that no reader of `promise` need notice."""
    new_type = {
        "topic": "vitrail.new.v1",
        "key_form": "new:<id>",
        "classification": "confidential",
        "is_state": False,
        "outside": {},
        "summary": "Neuf. | New.",
        "schema": {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
        "sample": {},
    }
    yield _set("a new topic", ("topics", "vitrail.new.v1"), {"partitions": 1, "is_compacted": False})
    yield _set("a new type", ("types", "ca.vitrail.new.thing-happened.v1"), new_type)
    for where, headers in promise["envelope"].items():
        yield from _growing_of_schema(f"headers {where}", ("envelope", where), headers)
    for name, event_type in promise["types"].items():
        place = ("types", name)
        yield _set(f"{name}: said otherwise", (*place, "summary"), "Autrement. | Otherwise.")
        yield _set(f"{name}: another sample", (*place, "sample"), {})
        for field in set(event_type["schema"]["properties"]) - set(event_type["outside"]):
            yield _set(f"{name}: {field} may leave", (*place, "outside", field), "as_is")
        yield from _growing_of_schema(name, (*place, "schema"), event_type["schema"])


def _breaking_of_schema(name: str, place: tuple[str, ...], schema: Promise) -> Iterator[Edit]:
    where = f"{name} {'/'.join(place[2:])}"
    for word, rule in schema.items():
        at = (*place, word)
        if word == "type":
            yield _set(f"{where}: of another type", at, "boolean")
            yield _set(f"{where}: of two types", at, [rule, "null"])
        elif word == "properties":
            for field, part in rule.items():
                yield _without_field(f"{where}: without {field}", place, field)
                yield _renamed(f"{where}: {field} renamed", place, field)
                yield from _breaking_of_schema(name, (*at, field), part)
        elif word == "required":
            yield from (_set(f"{where}: {x} may be missing", at, [y for y in rule if y != x]) for x in rule)
            others = schema["properties"].keys() - set(rule)
            yield from (_set(f"{where}: {x} is always there", at, [*rule, x]) for x in others)
            yield _with_required_field(f"{where}: a new required field", place)
        elif word == "enum":
            yield from (_set(f"{where}: without the word {x}", at, [y for y in rule if y != x]) for x in rule)
            yield _removed(f"{where}: any word", place, word)
        elif word == "x-otherwise":
            yield _removed(f"{where}: no word for new words", place, word)
        elif word == "items":
            yield from _breaking_of_schema(name, at, rule)
            yield _removed(f"{where}: any items", place, word)
        elif word == "additionalProperties":
            yield _set(f"{where}: opened", at, True)
            yield _removed(f"{where}: opened by silence", place, word)
        elif word not in ("description", "$schema"):
            yield from _breaking_of_limit(f"{where}: {word}", at, rule)
    if schema["type"] == "string" and "enum" not in schema:
        yield _set(f"{where}: only some words", (*place, "enum"), ["a", "b"])
    if "pattern" not in schema:
        yield _set(f"{where}: a new rule", (*place, "pattern"), "^x")


def _breaking_of_limit(name: str, at: tuple[str, ...], rule: Any) -> Iterator[Edit]:
    yield _removed(f"{name} gone", at[:-1], at[-1])
    if isinstance(rule, bool):
        yield _set(f"{name} turned", at, not rule)
    elif isinstance(rule, int):
        yield _set(f"{name} larger", at, rule + 1)
        yield _set(f"{name} smaller", at, rule - 1)
    else:
        yield _set(f"{name} another", at, "another")


def _growing_of_schema(name: str, place: tuple[str, ...], schema: Promise) -> Iterator[Edit]:
    where = f"{name} {'/'.join(place[2:])}"
    yield _set(f"{where}: explained otherwise", (*place, "description"), "Autrement. | Otherwise.")
    for field, part in schema.get("properties", {}).items():
        yield from _growing_of_schema(name, (*place, "properties", field), part)
    if "properties" in schema:
        yield _set(f"{where}: a new optional field", (*place, "properties", "new_field"), {"type": "string"})
    if "items" in schema:
        yield from _growing_of_schema(name, (*place, "items"), schema["items"])
    if "enum" in schema:
        yield _set(f"{where}: a new word", (*place, "enum"), [*schema["enum"], "a_new_word"])
        yield _set(f"{where}: words in another order", (*place, "enum"), schema["enum"][::-1])
        yield _set(f"{where}: new words explained otherwise", (*place, "x-otherwise"), "Autrement. | Otherwise.")


def _at(promise: Promise, place: tuple[str, ...]) -> Promise:
    for step in place:
        promise = promise[step]
    return promise


def _set(name: str, place: tuple[str, ...], value: Any) -> Edit:
    return Edit(name, lambda promise: _at(promise, place[:-1]).update({place[-1]: value}))


def _turned(name: str, place: tuple[str, ...]) -> Edit:
    def turn(promise: Promise) -> None:
        _at(promise, place[:-1])[place[-1]] ^= True

    return Edit(name, turn)


def _removed(name: str, place: tuple[str, ...], key: str) -> Edit:
    def remove(promise: Promise) -> None:
        del _at(promise, place)[key]

    return Edit(name, remove)


def _without_field(name: str, place: tuple[str, ...], field: str) -> Edit:
    def remove(promise: Promise) -> None:
        schema = _at(promise, place)
        del schema["properties"][field]
        schema["required"] = [each for each in schema["required"] if each != field]

    return Edit(name, remove)


def _renamed(name: str, place: tuple[str, ...], field: str) -> Edit:
    def rename(promise: Promise) -> None:
        schema = _at(promise, place)
        schema["properties"][f"{field}_anew"] = schema["properties"].pop(field)
        schema["required"] = [each for each in schema["required"] if each != field]

    return Edit(name, rename)


def _with_required_field(name: str, place: tuple[str, ...]) -> Edit:
    def add(promise: Promise) -> None:
        schema = _at(promise, place)
        schema["properties"]["new_field"] = {"type": "string"}
        schema["required"] = [*schema["required"], "new_field"]

    return Edit(name, add)
