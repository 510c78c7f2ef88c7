"""Every declared type of event against the catalogue of topics, its own sample and schema, and what must not be said."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from event_catalogue import documents, samples, schemas, snapshots
from event_catalogue.declarations import Declared, gather
from shared import messages, topics
from tests.support import personal_data

GATHERED = gather()
EVENTS = GATHERED.events
# What is public says nothing of a person: an organisation has a code and a name.
NOT_PUBLIC = [each for each in EVENTS if each.event_type.classification != "public"]
of_each_type = pytest.mark.parametrize("declared", EVENTS, ids=lambda each: each.type)


def test_every_declared_type_is_in_the_catalogue_and_every_type_of_the_catalogue_is_declared() -> None:
    listed = {(topic.name, name) for topic in topics.load().topics.values() for name in topic.event_types}
    assert EVENTS
    assert {(each.event_type.topic, each.type) for each in EVENTS} == listed


def test_no_type_is_declared_twice() -> None:
    assert len({each.type for each in EVENTS}) == len(EVENTS)


@of_each_type
def test_a_type_is_named_after_the_service_that_says_it(declared: Declared) -> None:
    assert declared.type.startswith(f"ca.vitrail.{declared.producer}.")


def test_one_service_speaks_on_a_topic() -> None:
    speakers = {(each.event_type.topic, each.producer) for each in EVENTS}
    assert len(speakers) == len({topic for topic, _ in speakers})
    assert {(f"vitrail.{each.producer}.v1", each.producer) for each in EVENTS} <= speakers


@of_each_type
@pytest.mark.requirement("EVT-5")
def test_states_and_nothing_else_are_told_on_compacted_topics(declared: Declared) -> None:
    assert topics.load().get_topic(declared.event_type.topic).is_compacted == declared.event_type.is_state


@of_each_type
@pytest.mark.requirement("EVT-1")
def test_the_schema_is_a_schema_and_the_sample_fits_it(declared: Declared) -> None:
    event_type = declared.event_type
    jsonschema.Draft7Validator.check_schema(event_type.schema)
    jsonschema.validate(event_type.sample, event_type.schema, jsonschema.Draft7Validator)
    assert event_type.checked(event_type.sample) == event_type.sample


@of_each_type
def test_the_sample_shows_every_field(declared: Declared) -> None:
    # It is what a subscriber writes their code by.
    assert set(declared.event_type.sample) == set(declared.event_type.schema["properties"])


@of_each_type
def test_the_sample_travels_and_comes_back(declared: Declared) -> None:
    key = samples.inside(declared)["headers"]["ce_partitionkey"]
    event = replace(
        declared.event_type.about(key=key, data=declared.event_type.sample),
        occurred_at=datetime(2026, 1, 15, 14, 30, tzinfo=UTC),
        version=1,
    )
    assert messages.decode(messages.encode(event)) == event


# --- nothing personal, inside and outside


@pytest.mark.parametrize("declared", NOT_PUBLIC, ids=lambda each: each.type)
@pytest.mark.requirement("EVT-1", "EVT-7")
def test_no_field_is_named_like_something_personal(declared: Declared) -> None:
    assert list(personal_data.names_in(declared.event_type.schema)) == []
    assert list(personal_data.names_in(schemas.for_subscribers(declared.event_type))) == []


@of_each_type
@pytest.mark.requirement("EVT-1")
def test_no_field_has_room_for_what_a_person_writes(declared: Declared) -> None:
    assert list(personal_data.room_in(declared.event_type.schema)) == []
    assert list(personal_data.room_in(schemas.for_readers(declared.event_type))) == []
    assert list(personal_data.room_in(schemas.for_subscribers(declared.event_type))) == []


@of_each_type
@pytest.mark.requirement("EVT-1")
def test_no_sample_holds_something_personal(declared: Declared) -> None:
    assert list(personal_data.values_in(dict(declared.event_type.sample))) == []
    assert list(personal_data.values_in(samples.inside(declared))) == []


@pytest.mark.parametrize("declared", GATHERED.exported(), ids=lambda each: each.type)
@pytest.mark.requirement("EVT-1")
def test_what_leaves_names_nothing_of_ours(declared: Declared) -> None:
    told = samples.outside(declared)
    assert list(personal_data.values_in(told)) == []
    assert [each for each in samples.ids_inside(declared) if each in json.dumps(told)] == []
    assert set(told["payload"]) == set(declared.event_type.outside)


def published() -> Iterator[tuple[str, Any]]:
    """Yield every document that is committed for readers: generated, released, and the list of what may leave."""
    for file in sorted(documents.FOLDER.rglob("*.json")):
        yield str(file.relative_to(documents.FOLDER)), json.loads(file.read_bytes())
    exports = documents.FOLDER.parent / "exports.toml"
    yield exports.name, tomllib.loads(exports.read_text("utf-8"))


def told_in(document: Any) -> Iterator[Any]:
    """Yield the samples and examples within a document."""
    if isinstance(document, list):
        for part in document:
            yield from told_in(part)
    if isinstance(document, dict):
        for word, part in document.items():
            if word in ("sample", "examples"):
                yield part
            else:
                yield from told_in(part)


@pytest.mark.parametrize(
    ("name", "document"), list(published()), ids=lambda each: each if isinstance(each, str) else ""
)
@pytest.mark.requirement("EVT-1")
def test_no_published_document_holds_something_personal(name: str, document: Any) -> None:
    told = list(told_in(document))
    # The names of samples and of what the parameters of a topic stand for are no data.
    assert told != []
    assert [found for each in told for found in personal_data.values_in(each)] == []
    assert list(personal_data.names_in(document)) == []


def test_every_kind_of_document_is_looked_at() -> None:
    folders = {name.partition("/")[0] for name, _ in published()}
    assert folders == {"asyncapi.json", "schemas", "released", "exports.toml"}
    assert len(snapshots.read(documents.FOLDER)) >= 1


# --- the classifier itself


@pytest.mark.parametrize(
    "name",
    [
        "email",
        "parent_email",
        "birth_date",
        "last_name",
        "file_number",
        "code",
        "password",
        "session",
        "nip",
        "comment",
    ],
)
@pytest.mark.parametrize(
    "schema_of",
    [
        lambda name: {"properties": {name: {}}},
        lambda name: {"properties": {"list": {"type": "array", "items": {"properties": {name: {}}}}}},
        lambda name: {"anyOf": [{"properties": {name: {}}}]},
        lambda name: {"properties": {"properties": {"properties": {name: {}}}}},
    ],
    ids=["alone", "in a list", "in a choice", "in a field named properties"],
)
def test_the_classifier_finds_names(name: str, schema_of: Any) -> None:
    assert list(personal_data.names_in(schema_of(name))) == [name]


@pytest.mark.parametrize(
    "name", ["child_id", "linked_at", "organisation_id", "organisation_code", "changes", "file_count", "root_key_id"]
)
def test_the_classifier_lets_other_names_pass(name: str) -> None:
    assert list(personal_data.names_in({"properties": {name: {}}})) == []


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("parent@example.ca", "an e-mail"),
        ("mailto:parent@example.ca", "an e-mail"),
        ("TREM12345678", "a permanent code"),
        ("TREM 1234 5678", "a permanent code"),
        ("1234567", "a file number"),
        (1234567, "a file number"),
        ("2014-05-17", "a day"),
        ("418 555-0199", "a telephone number"),
        ("G1R 4S9", "a postal code"),
        ("Tremblay", "a person's name"),
        ("Marie-Ève Tremblay", "a person's name"),
        ("elle a la varicelle", "a sentence"),
    ],
)
def test_the_classifier_finds_values(value: Any, kind: str) -> None:
    assert f"/deep/0: {kind}" in list(personal_data.values_in({"deep": [value]}))


@pytest.mark.parametrize(
    "value",
    [
        "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
        "2026-01-15T14:30:00+00:00",
        "student:01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
        "712000",
        "view_file",
        "transport-scolaire",
        "0000000000000000001",
        "32bc8d11b93f4de55b2ae84da9afce37",
        "urn:vitrail:schema:ca.vitrail.enrollment.child-linked.v1",
        True,
        None,
        12,
    ],
)
def test_the_classifier_lets_other_values_pass(value: Any) -> None:
    assert list(personal_data.values_in(value)) == []


@pytest.mark.parametrize(
    "field",
    [
        {"type": "string"},
        {"type": ["string", "null"]},
        {"type": "string", "minLength": 1},
        {"type": "string", "maxLength": 4000},
        {"type": "array", "items": {"type": "string"}},
        {"type": "object", "properties": {"inner": {"type": "string"}}},
        {"anyOf": [{"type": "integer"}, {"type": "string"}]},
    ],
)
def test_the_classifier_finds_room_for_what_a_person_writes(field: dict[str, Any]) -> None:
    assert len(list(personal_data.room_in({"type": "object", "properties": {"field": field}}))) == 1


@pytest.mark.parametrize(
    "field",
    [
        {"type": "string", "maxLength": 64},
        {"type": "string", "format": "date-time"},
        {"type": "string", "enum": ["a"]},
        {"type": "string", "pattern": "^[a-z]+$"},
        {"type": "integer"},
    ],
)
def test_the_classifier_finds_no_room_in_what_is_bounded(field: dict[str, Any]) -> None:
    assert list(personal_data.room_in({"type": "object", "properties": {"field": field}})) == []
