from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings, strategies as st

from shared import messages
from shared.messages import Event, EventRefused, EventType, Outside, Record, UnreadableMessage
from tests.support.events import HELD, NOTED, TOPIC

AT = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
CLOSED = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"number": {"type": "integer"}, "child_id": {"type": "string"}},
}


def make_event(**overrides: object) -> Event:
    event = NOTED.about(key="student:1", data={"number": 7}, subject="s-1", organisation_id="o-1")
    return replace(event, **({"occurred_at": AT, "version": 3} | overrides))


def make_record(**overrides: object) -> Record:
    return replace(messages.encode(make_event()), **overrides)


def with_header(name: str, value: bytes | None) -> Record:
    others = [(each, text) for each, text in make_record().headers if each != name]
    return make_record(headers=tuple(others + ([(name, value)] if value is not None else [])))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"number": {"type": "integer"}}},
        {**CLOSED, "properties": {"inner": {"type": "object"}}},
        {**CLOSED, "properties": {"list": {"type": "array", "items": {"properties": {}}}}},
        {**CLOSED, "additionalProperties": True},
        {"type": "string"},
    ],
)
@pytest.mark.requirement("EVT-1")
def test_event_type_refuses_a_schema_that_leaves_an_object_open(schema):
    with pytest.raises(ValueError, match=r"additionalProperties|not declared to be an object"):
        EventType(type="ca.vitrail.example.a.v1", topic=TOPIC, summary="", schema=schema, sample={})


@pytest.mark.parametrize("name", ["child-linked", "ca.vitrail.example.a", "ca.vitrail.example.a.v0", "x.y.a.b.v1"])
def test_event_type_refuses_a_name_of_another_form(name):
    with pytest.raises(ValueError, match="not the name"):
        EventType(type=name, topic=TOPIC, summary="", schema=CLOSED, sample={})


@pytest.mark.parametrize(
    ("outside", "fault"),
    [
        ({"email": Outside.AS_IS}, "email may leave and is not declared"),
        ({"number": Outside.PSEUDONYM}, "number is no text"),
    ],
)
@pytest.mark.requirement("EVT-1")
def test_event_type_refuses_to_let_out_what_it_does_not_declare(outside, fault):
    with pytest.raises(ValueError, match=fault):
        EventType(type="ca.vitrail.example.a.v1", topic=TOPIC, summary="", schema=CLOSED, sample={}, outside=outside)


@pytest.mark.parametrize("key", ["account:1", "account:1/student:", "account:1/student:2/", "student:2/account:1", ""])
def test_about_refuses_a_key_of_another_form_than_the_declared_one(key):
    held = EventType(
        type="ca.vitrail.example.a.v1",
        topic=TOPIC,
        summary="",
        key_form="account:<id>/student:<id>",
        schema=CLOSED,
        sample={},
        is_state=True,
    )
    assert held.about(key="account:1/student:2", data={"number": 1}).key == "account:1/student:2"
    with pytest.raises(EventRefused, match="the key is not account:<id>/student:<id>"):
        held.about(key=key, data={"number": 1})
    with pytest.raises(EventRefused, match="the key is not"):
        held.ended(key=key)


@pytest.mark.requirement("EVT-1")
def test_event_type_lets_nothing_out_unless_it_says_so():
    assert NOTED.outside == {}
    outside = {"number": Outside.AS_IS, "child_id": Outside.PSEUDONYM}
    said = EventType(type="ca.vitrail.example.a.v1", topic=TOPIC, summary="", schema=CLOSED, sample={}, outside=outside)
    assert said.outside == outside


@pytest.mark.parametrize(
    "data",
    [
        {"number": 1, "email": "secret@example.org"},
        {"number": "secret"},
        {},
        {"number": {"secret"}},
        {"number": 1, "noted_at": "secret"},
        {"number": 1, "noted_at": "s" * messages.MAX_VALUE_BYTES},
    ],
)
@pytest.mark.requirement("EVT-1", "EVT-7")
def test_about_refuses_data_that_its_declaration_does_not_allow_without_repeating_it(data):
    with pytest.raises(EventRefused) as refusal:
        NOTED.about(key="student:1", data=data)
    chain = [refusal.value, refusal.value.__cause__, refusal.value.__context__]
    assert "secret" not in "".join(str(each) for each in chain)


def test_about_keeps_data_as_its_readers_will_see_it():
    data = {"number": 1, "noted_at": AT}
    event = NOTED.about(key="student:1", data=data)
    data["number"] = 2
    assert event.data == {"number": 1, "noted_at": "2026-01-15T14:30:00+00:00"}
    assert (event.source, event.topic, event.classification) == ("/services/example", TOPIC, "confidential")


def test_ended_is_refused_by_a_type_that_tells_no_state():
    with pytest.raises(EventRefused, match="state"):
        NOTED.ended(key="student:1")


@pytest.mark.requirement("EVT-5")
def test_ended_makes_a_record_without_value_that_is_read_as_an_event_without_data():
    told = HELD.ended(key="student:1", subject="s-1", organisation_id="o-1")
    event = replace(told, occurred_at=AT, version=4)
    record = messages.encode(event)
    assert (record.key, record.value) == (b"student:1", None)
    assert not {"content-type", "ce_dataschema"} & set(dict(record.headers))
    assert messages.decode(record) == event
    assert event.data is None


def test_read_refuses_a_tombstone():
    with pytest.raises(UnreadableMessage) as refusal:
        messages.read(make_event(data=None), Linked)
    assert refusal.value.reason == "message_without_value"


def test_encode_writes_cloudevents_in_binary_mode():
    event = make_event(correlation_id="r-1", causation_id="e-0", trace_context="00-ab-cd-01")
    record = messages.encode(event)
    assert record.key == b"student:1"
    assert orjson.loads(record.value) == {"number": 7}
    assert dict(record.headers) == {
        "content-type": b"application/json",
        "ce_specversion": b"1.0",
        "ce_id": event.id.encode(),
        "ce_source": b"/services/example",
        "ce_type": NOTED.type.encode(),
        "ce_subject": b"s-1",
        "ce_time": b"2026-01-15T14:30:00.000000Z",
        "ce_dataschema": b"urn:vitrail:schema:" + NOTED.type.encode(),
        "ce_partitionkey": b"student:1",
        "ce_sequence": b"0000000000000000003",
        "ce_organisation": b"o-1",
        "ce_correlationid": b"r-1",
        "ce_causationid": b"e-0",
        "ce_dataclassification": b"confidential",
        "traceparent": b"00-ab-cd-01",
    }


def test_encode_refuses_an_event_that_did_not_go_through_an_outbox():
    with pytest.raises(ValueError, match="outbox"):
        messages.encode(make_event(version=None))


def test_decode_returns_what_was_encoded():
    event = make_event(correlation_id="r-1", causation_id="e-0", trace_context="00-ab-cd-01")
    assert messages.decode(messages.encode(event)) == event


def test_decode_reads_structured_mode():
    document = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/services/example",
        "type": NOTED.type,
        "time": "2026-01-15T14:30:00Z",
        "sequence": "3",
        "subject": None,
        "unknown": 5,
        "data": {"number": 7},
    }
    record = Record(
        topic=TOPIC,
        key=b"student:1",
        value=orjson.dumps(document),
        headers=(("content-type", b"application/cloudevents+json; charset=utf-8"),),
    )
    event = messages.decode(record)
    assert (event.id, event.key, event.data, event.version, event.occurred_at) == (
        "e-1",
        "student:1",
        {"number": 7},
        3,
        AT,
    )


@pytest.mark.parametrize(
    ("record", "reason", "where"),
    [
        (make_record(value=None, headers=()), "message_without_value", ""),
        (make_record(value=None, headers=(("content-type", b"application/json"),)), "message_without_value", ""),
        (
            make_record(value=None, headers=(("content-type", b"application/cloudevents+json"),)),
            "message_without_value",
            "",
        ),
        (make_record(value=None, headers=(("ce_specversion", b"1.0"),)), "message_not_cloudevents", "id"),
        (make_record(value=b" " * (messages.MAX_VALUE_BYTES + 1)), "message_too_large", ""),
        (make_record(value=b"{secret"), "message_not_json", ""),
        (make_record(value=b"\xff\xfe"), "message_not_json", ""),
        (make_record(value=b"[1]"), "message_data_not_object", ""),
        (make_record(headers=()), "message_not_cloudevents", "specversion"),
        (with_header("ce_specversion", b"0.3"), "message_not_cloudevents", "specversion"),
        (with_header("ce_id", None), "message_not_cloudevents", "id"),
        (with_header("ce_source", b""), "message_not_cloudevents", "source"),
        (with_header("ce_type", b"\xff"), "message_not_cloudevents", "ce_type"),
        (with_header("ce_time", b"yesterday"), "message_not_cloudevents", "time"),
        (with_header("ce_time", b"2026-01-15T14:30:00"), "message_not_cloudevents", "time"),
        (with_header("ce_sequence", b"-1"), "message_not_cloudevents", "sequence"),
        (with_header("ce_sequence", b"9" * 20), "message_not_cloudevents", "sequence"),
        (with_header("ce_sequence", b"%d" % 2**63), "message_not_cloudevents", "sequence"),
        (with_header("ce_time", b"0001-01-01T00:00:00+14:00"), "message_not_cloudevents", "time"),
        (make_record(key=b"\xff"), "message_not_cloudevents", "key"),
        (
            Record(
                topic=TOPIC,
                key=None,
                value=b'{"specversion": 1, "data": {}}',
                headers=(("content-type", b"application/cloudevents+json"),),
            ),
            "message_not_cloudevents",
            "specversion",
        ),
    ],
)
def test_decode_tells_why_a_message_is_unreadable_without_repeating_it(record, reason, where):
    with pytest.raises(UnreadableMessage) as refusal:
        messages.decode(record)
    assert (refusal.value.reason, refusal.value.where) == (reason, where)
    assert "secret" not in f"{refusal.value!r} {refusal.value.__cause__}"


@given(
    key=st.none() | st.binary(max_size=20),
    value=st.none() | st.binary(max_size=60) | st.recursive(st.none() | st.text(), st.lists).map(orjson.dumps),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["content-type", "ce_specversion", "ce_id", "ce_type", "ce_time", "ce_sequence"]),
            st.sampled_from([b"1.0", b"", b"\xff", b"application/cloudevents+json", b"\xd9\xa3"]),
        )
    ),
)
@settings(deadline=None)
def test_decode_raises_nothing_else_whatever_comes(key, value, headers):
    record = Record(topic=TOPIC, key=key, value=value, headers=tuple(headers))
    with pytest.raises(UnreadableMessage):
        messages.decode(record)


@dataclass(frozen=True)
class Linked:
    child_id: str
    linked_at: datetime
    rights: tuple[str, ...] = ()


def test_read_takes_the_declared_fields_and_ignores_others():
    event = make_event(data={"child_id": "c-1", "linked_at": "2026-01-15T14:30:00Z", "later": {"more": 1}})
    assert messages.read(event, Linked) == Linked(child_id="c-1", linked_at=AT)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"linked_at": "2026-01-15T14:30:00Z"}, "$"),
        ({"child_id": 5, "linked_at": "2026-01-15T14:30:00Z"}, "$.child_id"),
        ({"child_id": "c", "linked_at": "secret"}, "$.linked_at"),
        ({"child_id": "c", "linked_at": "2026-01-15T14:30:00Z", "rights": ["a", 5]}, "$.rights[1]"),
    ],
)
def test_read_names_the_place_that_is_missing_or_wrong(data, where):
    with pytest.raises(UnreadableMessage) as refusal:
        messages.read(make_event(data=data), Linked)
    assert (refusal.value.reason, refusal.value.where) == ("message_data_unexpected", where)
    assert "secret" not in f"{refusal.value} {refusal.value.__cause__} {refusal.value.__context__}"
