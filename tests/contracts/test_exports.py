"""What may leave: the list in `deploy/` against the producers' own declarations, and the events that tell subscriptions."""

import importlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.enrollment import events as said
from shared import ids, messages, subscriptions, topics
from shared.exporting import exportable
from shared.messages import Event, EventType

AT = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
SERVICES = Path(__file__).resolve().parents[2] / "services"
DECLARED = {
    found.type: found
    for file in sorted(SERVICES.glob("*/events*"))
    for found in vars(importlib.import_module(f"services.{file.parent.name}.events")).values()
    if isinstance(found, EventType)
}
LISTED = exportable.load()


def received(event: Event) -> Event:
    """Return the event as it comes out of a log."""
    return messages.decode(messages.encode(replace(event, occurred_at=AT, version=1)))


@pytest.mark.requirement("EVT-1")
def test_what_is_listed_may_leave_and_what_may_leave_is_listed() -> None:
    assert {name: dict(each.outside) for name, each in LISTED.items()} == {
        name: dict(each.outside) for name, each in DECLARED.items() if each.outside
    }


@pytest.mark.parametrize("type_", LISTED)
def test_a_listed_sample_is_the_producers_own(type_: str) -> None:
    assert LISTED[type_].sample == {name: DECLARED[type_].sample[name] for name in LISTED[type_].outside}


@pytest.mark.requirement("EVT-1")
@pytest.mark.parametrize("type_", LISTED)
def test_every_id_leaves_under_a_pseudonym(type_: str) -> None:
    as_is = [name for name, how in LISTED[type_].outside.items() if how is messages.Outside.AS_IS]
    assert [name for name in as_is if name.endswith(("_id", "_ids", "_key"))] == []


@pytest.mark.parametrize("type_", LISTED)
def test_what_leaves_is_about_an_organisation(type_: str) -> None:
    assert "organisation_id" in DECLARED[type_].schema["properties"]


def test_exporters_read_what_enrollment_says_of_a_subscription() -> None:
    facts = {
        "subscriber_id": ids.new(),
        "subscriber": "transport-scolaire",
        "organisation_id": ids.new(),
        "organisation_code": "712000",
        "root_key_id": "5f0c2a91",
    }
    later = AT + timedelta(days=1)
    fields = {said.CHILD_LINKED.type: {AT: ["child_id", "linked_at"], later: ["rights"]}}
    event = received(said.subscription_changed(**facts, fields_by_type=fields, started_at=AT))
    assert (event.topic, event.type) == (subscriptions.TOPIC, subscriptions.CHANGED)
    told = messages.read(event, subscriptions.Subscription)
    assert {name: getattr(told, name) for name in facts} == facts
    assert told.types == (
        subscriptions.FieldsOfType(said.CHILD_LINKED.type, ("child_id", "linked_at")),
        subscriptions.FieldsOfType(said.CHILD_LINKED.type, ("rights",), later),
    )
    assert told.fields_of(said.CHILD_LINKED.type, at=AT) == ("child_id", "linked_at")
    assert told.fields_of(said.CHILD_LINKED.type, at=later) == ("child_id", "linked_at", "rights")
    assert told.fields_of(said.CHILD_LINKED.type, at=AT - timedelta(microseconds=1)) == ()
    assert told.fields_of(said.CHILD_UNLINKED.type, at=later) == ()
    assert told.started_at == AT


def test_exporters_read_what_enrollment_says_of_an_end() -> None:
    subscriber_id, organisation_id = ids.new(), ids.new()
    event = received(said.subscription_ended(subscriber_id=subscriber_id, organisation_id=organisation_id))
    assert (event.topic, event.type) == (subscriptions.TOPIC, subscriptions.CHANGED)
    assert (event.data, event.key, event.occurred_at) == (None, f"subscriber:{subscriber_id}", AT)


def test_subscriptions_are_told_on_a_topic_that_never_forgets_them() -> None:
    assert topics.load().get_topic(subscriptions.TOPIC).is_compacted
    assert said.SUBSCRIPTION_CHANGED.is_state


ENTRY = """
[[types]]
type = "ca.vitrail.example.child-seen.v1"
pseudonyms = ["child_id"]
sample.child_id = "1"
"""


@pytest.mark.requirement("EVT-1")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (ENTRY + ENTRY, "listed twice"),
        (ENTRY + 'sample.name = "Léa"\n', "does not show what may leave"),
        (ENTRY + 'as_is = ["mood"]\n', "does not show what may leave"),
        (
            ENTRY.replace('pseudonyms = ["child_id"]\nsample.child_id = "1"', "sample = {}"),
            "does not show what may leave",
        ),
    ],
    ids=["twice", "a field too many in the sample", "a field too few", "no fields"],
)
def test_a_list_of_what_may_leave_that_contradicts_itself_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "exports.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=reason):
        exportable.load(file)
