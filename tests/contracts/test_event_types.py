"""Every declared event against the catalogue, its own sample and its own schema."""

import importlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from shared import ids, messages, topics
from shared.messages import EventType

SERVICES = Path(__file__).resolve().parents[2] / "services"
# By service: `services/<name>/events.py`, or a package of that name.
SPEAKERS = sorted(
    {
        file.parents[0].name if file.name == "events.py" else file.parents[1].name
        for pattern in ("*/events.py", "*/events/__init__.py")
        for file in SERVICES.glob(pattern)
    }
)
DECLARED = [
    found
    for service in SPEAKERS
    for found in vars(importlib.import_module(f"services.{service}.events")).values()
    if isinstance(found, EventType)
]
# Words that name what must stay out of topics; an id or a count of the thing may be said (`child_id`, `file_count`).
PERSONAL = re.compile(
    r"(^|_)(name|names|first_name|last_name|email|mail|birth|born|phone|address|fiche|file_number|permanent_code|mark|marks|"
    r"comment|note|password|(?<!organisation_)code|token|nip|pin)(_on|_date|_at)?$"
)


def property_names(schema: object) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(property_names, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", {})).union(*map(property_names, schema.values()))


def test_every_declared_type_is_in_the_catalogue_and_every_type_of_the_catalogue_is_declared():
    catalogue = topics.load()
    listed = {(topic.name, name) for topic in catalogue.topics.values() for name in topic.event_types}
    assert {(each.topic, each.type) for each in DECLARED} == listed


def test_no_type_is_declared_twice():
    assert len({each.type for each in DECLARED}) == len(DECLARED)


def test_one_service_speaks_on_a_topic():
    speakers = {(each.topic, each.type.split(".")[2]) for each in DECLARED}
    assert len(speakers) == len({topic for topic, _ in speakers})
    assert {(f"vitrail.{service}.v1", service) for service in SPEAKERS} <= speakers


@pytest.mark.parametrize("event_type", DECLARED, ids=lambda each: each.type)
@pytest.mark.requirement("EVT-5")
def test_states_and_nothing_else_are_told_on_compacted_topics(event_type):
    assert topics.load().get_topic(event_type.topic).is_compacted == event_type.is_state


@pytest.mark.parametrize("event_type", DECLARED, ids=lambda each: each.type)
@pytest.mark.requirement("EVT-1")
def test_the_schema_is_a_schema_and_the_sample_fits_it(event_type):
    jsonschema.Draft7Validator.check_schema(event_type.schema)
    jsonschema.validate(event_type.sample, event_type.schema, jsonschema.Draft7Validator)
    assert event_type.checked(event_type.sample) == event_type.sample


# What is public says nothing of a person: an organisation has a code and a name.
@pytest.mark.parametrize(
    "event_type", [each for each in DECLARED if each.classification != "public"], ids=lambda each: each.type
)
@pytest.mark.requirement("EVT-1")
def test_no_field_is_named_like_something_personal(event_type):
    assert [name for name in property_names(event_type.schema) if PERSONAL.search(name)] == []


@pytest.mark.parametrize("event_type", DECLARED, ids=lambda each: each.type)
def test_the_sample_travels_and_comes_back(event_type):
    event = replace(
        event_type.about(key=event_type.key_form.replace("<id>", ids.new()), data=event_type.sample),
        occurred_at=datetime(2026, 1, 15, 14, 30, tzinfo=UTC),
        version=1,
    )
    assert messages.decode(messages.encode(event)) == event


@pytest.mark.parametrize("name", ["email", "parent_email", "birth_date", "last_name", "file_number", "code"])
def test_the_check_of_names_finds_what_it_looks_for(name):
    assert PERSONAL.search(name)


@pytest.mark.parametrize("name", ["child_id", "linked_at", "organisation_id", "organisation_code", "changes", "file_count"])
def test_the_check_of_names_lets_others_pass(name):
    assert not PERSONAL.search(name)
