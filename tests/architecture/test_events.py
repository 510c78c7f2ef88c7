"""What is told: each type of event once, on a declared topic, with a sample that fits its schema."""

import importlib
from types import ModuleType

import pytest

from shared import topics
from shared.messages import EventType
from tests.support.source import ROOT, services


def events(service: str) -> ModuleType:
    return importlib.import_module(f"services.{service}.events")


def types(service: str) -> list[EventType]:
    return [value for value in vars(events(service)).values() if isinstance(value, EventType)]


def publishers() -> list[str]:
    return [name for name in services() if (ROOT / "services" / name / "events.py").exists()]


def subscribers() -> list[str]:
    return [name for name in services() if any((ROOT / "services" / name).glob("consumers*"))]


@pytest.mark.parametrize("service", publishers())
def test_every_event_is_named_after_its_service_and_topic(service: str) -> None:
    assert types(service)
    catalogue = topics.load()
    for declared in types(service):
        topic = catalogue.get_topic(declared.topic)
        assert declared.type.startswith(f"ca.vitrail.{service}.")
        # What happens is told on the service's own topic; each kind of state has a compacted one.
        assert topic.is_compacted or declared.topic == f"vitrail.{service}.v1"
        assert declared.type in topic.event_types


@pytest.mark.parametrize("service", publishers())
def test_every_sample_fits_its_schema(service: str) -> None:
    for declared in types(service):
        assert declared.checked(declared.sample) == declared.sample
        # A sample that shows every field is what a subscriber writes their code by.
        assert set(declared.sample) == set(declared.schema["properties"])


@pytest.mark.requirement("EVT-7")
@pytest.mark.parametrize("service", publishers())
def test_no_event_has_a_field_for_a_secret_or_a_person(service: str) -> None:
    never = {"code", "password", "token", "session", "ticket", "nip", "pin", "email", "name", "first_name", "last_name"}
    never |= {"birth_date", "file_number", "permanent_code", "address"}
    # An organisation is no person: its name and its code are in a public directory.
    public = {each.type for each in types(service) if each.type.split(".")[3].startswith("organisation-")}
    fields = [(each.type, name) for each in types(service) for name in _fields(each.schema) if name in never]
    assert [field for field in fields if field[0] not in public or field[1] not in {"code", "name"}] == []


def _fields(schema: object) -> list[str]:
    if isinstance(schema, list):
        return [name for each in schema for name in _fields(each)]
    if not isinstance(schema, dict):
        return []
    return [*schema.get("properties", {}), *(name for each in schema.values() for name in _fields(each))]


def test_fields_finds_those_of_inner_objects() -> None:
    inner = {"type": "object", "properties": {"email": {"type": "string"}}}
    assert "email" in _fields({"type": "object", "properties": {"guardians": {"type": "array", "items": inner}}})


def test_every_type_of_the_catalogue_is_published_by_its_service() -> None:
    listed = {type_ for topic in topics.load().topics.values() for type_ in topic.event_types}
    published = {each.type for service in publishers() for each in types(service)}
    written = {type_ for type_ in listed if type_.split(".")[2] in publishers()}
    assert written == published


def test_every_type_is_declared_once() -> None:
    declared = [each.type for service in publishers() for each in types(service)]
    assert sorted(declared) == sorted(set(declared))
