"""What may become of a released promise, tried on every real one and on data."""

from copy import deepcopy
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings, strategies

from event_catalogue import schemas, snapshots
from event_catalogue.compatibility import Kind, breaking, compare
from event_catalogue.declarations import gather
from tests.event_catalogue import edits

PROMISE = snapshots.take(gather())
BREAKING = list(edits.breaking(PROMISE))
GROWING = list(edits.growing(PROMISE))
OLD: dict[str, Any] = {
    "topics": {"vitrail.example.v1": {"partitions": 12, "is_compacted": False}},
    "outside": {"partitions": 3},
    "envelope": {"inside": {"type": "object", "properties": {"ce_id": {"type": "string"}}, "required": ["ce_id"]}},
    "types": {
        "ca.vitrail.example.thing-happened.v1": {
            "topic": "vitrail.example.v1",
            "key_form": "thing:<id>",
            "classification": "confidential",
            "is_state": False,
            "outside": {"thing_id": "pseudonym", "kind": "as_is"},
            "summary": "Une chose. | A thing.",
            "schema": {
                "type": "object",
                "properties": {
                    "thing_id": {"type": "string", "maxLength": 36},
                    "kind": {"type": "string", "enum": ["new", "old"], "x-otherwise": "Ignorez. | Ignore."},
                    "size": {"type": "integer", "minimum": 0},
                    "parts": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {"part_id": {"type": "string"}, "rank": {"type": "integer"}},
                            "required": ["part_id"],
                            "additionalProperties": False,
                        },
                    },
                },
                "required": ["thing_id", "kind"],
                "additionalProperties": False,
            },
            "sample": {"thing_id": "1", "kind": "new", "size": 1, "parts": []},
        }
    },
}
NAME = "ca.vitrail.example.thing-happened.v1"


def changed(**parts: Any) -> dict[str, Any]:
    new = deepcopy(OLD)
    new["types"][NAME] |= parts
    return new


def with_schema(**words: Any) -> dict[str, Any]:
    return changed(schema=OLD["types"][NAME]["schema"] | words)


def with_field(name: str, **words: Any) -> dict[str, Any]:
    properties = OLD["types"][NAME]["schema"]["properties"]
    return with_schema(properties=properties | {name: properties.get(name, {}) | words})


def kinds(new: dict[str, Any]) -> list[Kind]:
    return [change.kind for change in compare(OLD, new)]


def test_compare_finds_nothing_in_what_did_not_change():
    assert compare(OLD, deepcopy(OLD)) == []


PROPERTIES = OLD["types"][NAME]["schema"]["properties"]
PART = PROPERTIES["parts"]["items"]
ENVELOPE = OLD["envelope"]["inside"]


def with_header(envelope: dict[str, Any]) -> dict[str, Any]:
    return envelope | {"properties": envelope["properties"] | {"ce_new": {"type": "string"}}}


@pytest.mark.parametrize(
    ("new", "kind"),
    [
        ({**OLD, "topics": {}}, Kind.REMOVED),
        ({**OLD, "topics": {"vitrail.example.v1": {"partitions": 24, "is_compacted": False}}}, Kind.CHANGED),
        ({**OLD, "topics": {"vitrail.example.v1": {"partitions": 12, "is_compacted": True}}}, Kind.CHANGED),
        ({**OLD, "outside": {"partitions": 6}}, Kind.CHANGED),
        ({**OLD, "envelope": {"inside": {"type": "object", "properties": {}, "required": []}}}, Kind.REMOVED),
        ({**OLD, "types": {}}, Kind.REMOVED),
        (changed(topic="vitrail.other.v1"), Kind.CHANGED),
        (changed(key_form="other:<id>"), Kind.CHANGED),
        (changed(classification="public"), Kind.CHANGED),
        (changed(is_state=True), Kind.CHANGED),
        (changed(outside={"thing_id": "pseudonym"}), Kind.REMOVED),
        (changed(outside={"thing_id": "as_is", "kind": "as_is"}), Kind.CHANGED),
        (with_schema(properties={n: p for n, p in PROPERTIES.items() if n != "size"}), Kind.REMOVED),
        (with_schema(required=["thing_id"]), Kind.MADE_OPTIONAL),
        (with_schema(required=["thing_id", "kind", "size"]), Kind.MADE_REQUIRED),
        (
            with_schema(properties=PROPERTIES | {"new": {}}, required=["thing_id", "kind", "new"]),
            Kind.ADDED_AS_REQUIRED,
        ),
        (with_schema(additionalProperties=True), Kind.CHANGED),
        (with_field("kind", enum=["new"]), Kind.WORD_REMOVED),
        (with_field("kind", **{"x-otherwise": None}), Kind.CHANGED),
        (with_field("thing_id", maxLength=35), Kind.CHANGED),
        (with_field("thing_id", maxLength=37), Kind.CHANGED),
        (with_field("thing_id", enum=["a"]), Kind.CHANGED),
        (with_field("thing_id", type=["string", "null"]), Kind.CHANGED),
        (with_field("size", minimum=-1), Kind.CHANGED),
        (with_field("parts", items={**PART, "additionalProperties": True}), Kind.CHANGED),
        (with_field("parts", items={**PART, "required": []}), Kind.MADE_OPTIONAL),
        (with_field("parts", items=[PART]), Kind.CHANGED),
    ],
)
def test_compare_finds_what_breaks_a_promise(new: dict[str, Any], kind: Kind):
    assert kinds(new) == [kind]
    assert [change.kind for change in breaking([OLD], new)] == [kind]


@pytest.mark.parametrize(
    ("new", "kind"),
    [
        ({**OLD, "topics": OLD["topics"] | {"vitrail.new.v1": {}}}, Kind.ADDED),
        ({**OLD, "types": OLD["types"] | {"ca.vitrail.example.thing-happened.v2": {}}}, Kind.ADDED),
        ({**OLD, "envelope": {"inside": with_header(ENVELOPE)}}, Kind.ADDED),
        (changed(summary="Autre chose. | Another thing."), Kind.REWORDED),
        (changed(sample={}), Kind.REWORDED),
        (changed(outside={"thing_id": "pseudonym", "kind": "as_is", "size": "as_is"}), Kind.ADDED),
        (with_field("new", type="string"), Kind.ADDED),
        (with_field("size", description="Sa taille. | Its size."), Kind.REWORDED),
        (with_field("kind", enum=["new", "old", "middling"]), Kind.WORD_ADDED),
        (with_field("kind", **{"x-otherwise": "Relisez. | Read again."}), Kind.REWORDED),
        (
            with_field("parts", items={**PART, "properties": {**PART["properties"], "new": {"type": "string"}}}),
            Kind.ADDED,
        ),
    ],
)
def test_compare_lets_a_promise_grow(new: dict[str, Any], kind: Kind):
    assert kinds(new) == [kind]
    assert breaking([OLD], new) == []


def test_a_new_word_breaks_what_never_said_that_words_may_come():
    old = deepcopy(OLD)
    del old["types"][NAME]["schema"]["properties"]["kind"]["x-otherwise"]
    new = deepcopy(old)
    new["types"][NAME]["schema"]["properties"]["kind"]["enum"].append("middling")
    assert [change.kind for change in breaking([old], new)] == [Kind.WORD_ADDED_UNANNOUNCED]


def test_breaking_compares_with_every_release_and_tells_each_break_once():
    grown = with_field("new", type="string")
    assert [str(change) for change in breaking([OLD, grown], OLD)] == [f"{NAME} #/properties/new: removed"]
    assert len(breaking([OLD, OLD], {**OLD, "topics": {}})) == 1


@pytest.mark.parametrize("edit", BREAKING, ids=lambda edit: edit.name)
def test_every_single_breaking_edit_of_every_real_promise_is_refused(edit: edits.Edit):
    assert breaking([PROMISE], edit.of(PROMISE)) != []


@pytest.mark.parametrize("edit", GROWING, ids=lambda edit: edit.name)
def test_every_single_growth_of_every_real_promise_passes(edit: edits.Edit):
    grown = edit.of(PROMISE)
    assert compare(PROMISE, grown) != [] or "another order" in edit.name
    assert breaking([PROMISE], grown) == []


def test_there_are_edits_of_every_part_of_every_real_promise():
    names = [edit.name for edit in BREAKING]
    assert len(set(names)) == len(names) > 15 * len(PROMISE["types"])
    parts = [*PROMISE["types"], *PROMISE["topics"], "headers inside", "headers outside", "outside"]
    assert [each for each in parts if not any(name.startswith(each) for name in names)] == []


# --- what the rules are for: data of either version fits what readers of the other one check


def data_of(schema: dict[str, Any]) -> strategies.SearchStrategy[Any]:
    """Return data as a writer of this schema may say it."""
    if "enum" in schema:
        return strategies.sampled_from(schema["enum"])
    kind = schema.get("type", "string")
    if kind == "object":
        required = {name: data_of(schema["properties"][name]) for name in schema["required"]}
        others = {name: data_of(part) for name, part in schema["properties"].items() if name not in required}
        return strategies.fixed_dictionaries(required, optional=others)
    if kind == "array":
        items = strategies.lists(data_of(schema["items"]), min_size=schema.get("minItems", 0), max_size=4)
        return items.map(lambda each: [value for n, value in enumerate(each) if value not in each[:n]])
    if kind == "integer":
        return strategies.integers(min_value=schema.get("minimum", 0))
    if schema.get("format") == "date-time":
        return strategies.just("2026-01-15T14:30:00+00:00")
    if "pattern" in schema:
        return strategies.from_regex(schema["pattern"])
    return strategies.text(min_size=schema.get("minLength", 0), max_size=schema.get("maxLength", 64))


def is_read(data: Any, writer: dict[str, Any]) -> bool:
    return jsonschema.Draft7Validator(schemas.opened(writer)).is_valid(data)


@settings(max_examples=200, deadline=None)
@given(given_data=strategies.data())
def test_readers_of_either_version_can_read_the_other_after_any_growth(given_data: Any):
    chosen = given_data.draw(strategies.lists(strategies.sampled_from(GROWING), min_size=1, max_size=4))
    new: Any = PROMISE
    for edit in chosen:
        new = edit.of(new)
    name = given_data.draw(strategies.sampled_from(sorted(PROMISE["types"])))
    before, after = PROMISE["types"][name]["schema"], new["types"][name]["schema"]
    assert breaking([PROMISE], new) == []
    assert is_read(given_data.draw(data_of(before)), after)
    assert is_read(given_data.draw(data_of(after)), before)


def test_the_check_of_reading_finds_what_cannot_be_read():
    schema = OLD["types"][NAME]["schema"]
    assert is_read({"thing_id": "1", "kind": "unheard-of", "further": 1}, schema)
    assert not is_read({"kind": "new"}, schema)
    assert not is_read({"thing_id": "x" * 37, "kind": "new"}, schema)
