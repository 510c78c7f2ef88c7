"""What leaves, to whom, under which names, and that nothing is lost on the way."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, strategies as st
from structlog.testing import capture_logs

from shared import dead_events, exporting, ids, messages, subscriptions
from shared.broker import Broker, BrokerUnavailable, Delivery
from shared.database import Database
from shared.exporting import records
from shared.messages import Event, Outside, Record, UnreadableMessage
from shared.pseudonyms import RootKeys, UnknownRootKey
from shared.subscriptions import FieldsOfType, Subscription
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.exports import (
    KEPT,
    OLDER_ROOT_KEY,
    ORGANISATION,
    OTHER_ORGANISATION,
    ROOT_KEY,
    SEEN,
    TOPIC,
    Exports,
    everything,
    header,
    open_log,
    prepare,
)

PSEUDONYM = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
def make_exports(databases: Databases, tmp_path: Path, clock: FakeClock) -> Iterator[Callable[..., Exports]]:
    opened: list[Database] = []
    url = databases.create(prepare)

    def make() -> Exports:
        opened.append(Database(url))
        return Exports(broker=open_log(tmp_path, clock), database=opened[-1], clock=clock)

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def exports(make_exports: Callable[..., Exports]) -> Exports:
    return make_exports()


class FailingLog:
    """A log whose producers publish nothing, so many times, and then everything."""

    def __init__(self, inner: Broker, *, failures: int, also_appends: bool = False) -> None:
        self._inner = inner
        self.failures = failures
        self._also_appends = also_appends
        self.published: list[int] = []
        self.producers = 0
        self.catalogue = inner.catalogue
        self.consumer = inner.consumer
        self.reader = inner.reader
        self.missing_topics = inner.missing_topics

    def producer(self) -> Any:
        self.producers += 1
        return _FailingProducer(self, self._inner.producer(), also_appends=self._also_appends)


class _FailingProducer:
    def __init__(self, log: FailingLog, inner: Any, *, also_appends: bool) -> None:
        self._log = log
        self._inner = inner
        self._also_appends = also_appends
        self.close = inner.close

    def publish(self, given: Sequence[Record]) -> None:
        self._log.failures -= 1
        fails = self._log.failures >= 0
        self._inner.publish([each for each in given if self._also_appends or not fails])
        self._log.published.append(0 if fails else len(given))
        raise_if(fails)


def raise_if(fails: bool) -> None:
    if fails:
        raise BrokerUnavailable("the acknowledgement got lost")


# What leaves


@pytest.mark.requirement("EVT-1")
def test_export_tells_only_the_subscribed_fields_and_no_id_of_ours(exports: Exports) -> None:
    subscriber_id = exports.subscribe("transport", fields=("child_id", "mood"))
    child_id = ids.new()
    event = exports.tell(child_id, escort_id=ids.new())
    assert exports.export()
    (record,) = exports.received("transport")
    names = RootKeys([ROOT_KEY]).pseudonyms(root_key_id=RootKeys([ROOT_KEY]).newest_id, reader=subscriber_id)
    assert orjson.loads(record.value or b"") == {"child_id": names.of(child_id), "mood": "calm"}
    assert record.key == names.of(f"student:{child_id}").encode()
    assert dict(record.headers) == {
        "content-type": b"application/json",
        "ce_specversion": b"1.0",
        "ce_id": names.of(event.id).encode(),
        "ce_source": b"/services/example",
        "ce_type": SEEN.type.encode(),
        "ce_subject": names.of(child_id).encode(),
        "ce_time": b"2026-01-15T14:30:00.000000Z",
        "ce_partitionkey": names.of(f"student:{child_id}").encode(),
        "ce_sequence": b"0000000000000000001",
        "ce_organisation": b"712000",
        "ce_dataclassification": b"confidential",
    }


@pytest.mark.requirement("EVT-1")
def test_export_lets_no_internal_id_out_in_any_byte(exports: Exports) -> None:
    subscriber_id = exports.subscribe("transport", fields=("child_id", "escort_id", "mood", "seen_at"))
    told = [exports.tell(ids.new(), escort_id=ids.new()) for _ in range(20)]
    assert exports.export()
    ours = {subscriber_id, ORGANISATION}
    for event in told:
        assert event.data is not None
        assert event.correlation_id is not None
        ours |= {event.id, event.correlation_id, event.causation_id or "", event.data["child_id"]}
        ours |= {event.data["place_id"], event.data["escort_id"], "4bf92f3577b34da6a3ce929d0e0e4736"}
    left = b"\n".join(everything(each) for each in exports.received("transport"))
    assert len(exports.received("transport")) == 20
    assert [each for each in ours if each.encode() in left or each.replace("-", "").encode() in left] == []


@pytest.mark.requirement("EVT-1")
def test_two_subscribers_share_no_name_for_anything(exports: Exports) -> None:
    fields = ("child_id", "escort_id", "mood")
    exports.subscribe("transport", fields=fields)
    exports.subscribe("cafeteria", fields=fields)
    children = [ids.new() for _ in range(10)]
    for child_id in children * 2:
        exports.tell(child_id, escort_id=ids.new())
    assert exports.export()
    seen = [
        {name for record in exports.received(each) for name in PSEUDONYM.findall(everything(record).decode())}
        for each in ("transport", "cafeteria")
    ]
    # For each: 20 events, 20 escorts, 10 children, 10 keys.
    assert [len(names) for names in seen] == [60, 60]
    assert seen[0] & seen[1] == set()


def test_one_child_has_one_name_for_one_subscriber(exports: Exports) -> None:
    exports.subscribe("transport")
    child_id = ids.new()
    exports.tell(child_id)
    exports.tell(child_id)
    assert exports.export()
    first, second = exports.data("transport")
    assert first["child_id"] == second["child_id"]


def test_a_field_that_an_event_lacks_or_leaves_empty_stays_so(exports: Exports) -> None:
    exports.subscribe("transport", fields=("escort_id", "mood"))
    exports.tell(ids.new())
    exports.tell(ids.new(), escort_id=None)
    assert exports.export()
    assert sorted(exports.data("transport"), key=len) == [{"mood": "calm"}, {"escort_id": None, "mood": "calm"}]


def test_a_type_that_nobody_may_read_outside_stays_in(exports: Exports) -> None:
    types = [{"type": each.type, "fields": ["child_id", "mood"]} for each in (SEEN, KEPT)]
    exports.subscribe("transport", types=types)
    exports.tell(ids.new(), type=KEPT)
    assert exports.export()
    assert exports.received("transport") == []


@pytest.mark.requirement("EVT-1")
@given(
    data=st.fixed_dictionaries(
        {name: st.text(min_size=8) for name in ("child_id", "place_id", "mood", "seen_at")},
        optional={"escort_id": st.none() | st.text(min_size=8)},
    ),
    subscribed=st.lists(
        st.sampled_from([*SEEN.schema["properties"], "password", "organisation_id"]), min_size=1, unique=True
    ),
    declared=st.dictionaries(st.sampled_from([*SEEN.schema["properties"], "note"]), st.sampled_from(list(Outside))),
)
def test_what_leaves_is_subscribed_and_what_is_subscribed_is_declared(
    data: dict[str, Any], subscribed: list[str], declared: dict[str, Outside]
) -> None:
    clock = FakeClock()
    event = Event(
        id=ids.new(),
        type=SEEN.type,
        source=SEEN.source,
        topic=TOPIC,
        key="student:1",
        data=data,
        organisation_id=ORGANISATION,
        occurred_at=clock.now(),
        version=1,
    )
    root_keys = RootKeys([ROOT_KEY])
    names = root_keys.pseudonyms(root_key_id=root_keys.newest_id, reader="one")
    told = records.outside(
        event, subscription=subscription(subscribed), topic="org", declared=declared, pseudonyms=names
    )
    assert told is not None
    left = orjson.loads(told.value or b"")
    assert left.keys() == set(subscribed) & declared.keys() & data.keys()
    for name, value in left.items():
        pseudonym = names.of(data[name]) if data[name] is not None else None
        assert value == {Outside.AS_IS: data[name], Outside.PSEUDONYM: pseudonym}[declared[name]]


def subscription(fields: Sequence[str]) -> Subscription:
    return Subscription(
        subscriber_id="one",
        subscriber="transport",
        organisation_id=ORGANISATION,
        organisation_code="712000",
        root_key_id="00000000",
        types=(FieldsOfType(SEEN.type, tuple(fields)),),
        started_at=FakeClock().now(),
    )


def test_a_stricter_classification_than_the_usual_one_leaves_with_the_event(exports: Exports) -> None:
    exports.subscribe("transport")
    exports.publish(messages.encode(replace(exports.event(ids.new()), classification="restricted")))
    assert exports.export()
    assert [header(each, "ce_dataclassification") for each in exports.received("transport")] == ["restricted"]


def test_a_tombstone_leaves_as_one() -> None:
    event = replace(SEEN.about(key="student:1", data=SEEN.sample), data=None, occurred_at=FakeClock().now(), version=2)
    names = RootKeys([ROOT_KEY]).pseudonyms(root_key_id=RootKeys([ROOT_KEY]).newest_id, reader="one")
    told = records.outside(
        event, subscription=subscription(["child_id"]), topic="org", declared=SEEN.outside, pseudonyms=names
    )
    assert told is not None
    assert told.value is None
    assert header(told, "ce_type") == SEEN.type


def test_an_id_that_is_no_text_is_no_event_of_ours() -> None:
    event = Event(
        id="1",
        type=SEEN.type,
        source="/",
        topic=TOPIC,
        key="k",
        data={"child_id": 7},
        occurred_at=FakeClock().now(),
        version=1,
    )
    names = RootKeys([ROOT_KEY]).pseudonyms(root_key_id=RootKeys([ROOT_KEY]).newest_id, reader="one")
    with pytest.raises(UnreadableMessage, match=r"message_data_unexpected at \$\.child_id"):
        records.outside(
            event, subscription=subscription(["child_id"]), topic="org", declared=SEEN.outside, pseudonyms=names
        )


# To whom, and when


@pytest.mark.requirement("EVT-3")
def test_events_of_another_organisation_stay_away(exports: Exports) -> None:
    exports.subscribe("transport")
    exports.subscribe("neighbour", organisation_id=OTHER_ORGANISATION, organisation_code="841000")
    exports.tell(ids.new())
    exports.tell(ids.new(), organisation_id=OTHER_ORGANISATION)
    exports.tell(ids.new(), organisation_id=None)
    assert exports.export()
    assert [header(each, "ce_organisation") for each in exports.received("transport")] == ["712000"]
    assert [header(each, "ce_organisation") for each in exports.received("neighbour", code="841000")] == ["841000"]


def test_what_happened_before_onboarding_is_not_exported_even_when_read_anew(exports: Exports) -> None:
    exports.tell(ids.new(), mood="before")
    exports.clock.advance(timedelta(seconds=1))
    exports.subscribe("transport")
    exports.tell(ids.new(), mood="after")
    assert exports.export()
    exports.broker.rewind(group=exporting.group("example"), topics=[TOPIC], to=exports.clock.now() - timedelta(days=1))
    assert exports.export()
    assert [each["mood"] for each in exports.data("transport")] == ["after", "after"]


@pytest.mark.requirement("EVT-1")
def test_what_is_granted_later_is_read_of_what_happens_later_also_when_read_anew(exports: Exports) -> None:
    subscriber_id = exports.subscribe("transport", fields=("child_id",))
    child_id, began_at = ids.new(), exports.clock.now()
    exports.tell(child_id, mood="before")
    exports.clock.advance(timedelta(days=1))
    types = [
        {"type": SEEN.type, "fields": ["child_id"]},
        {"type": SEEN.type, "fields": ["mood"], "started_at": exports.clock.now().isoformat()},
    ]
    exports.subscribe("transport", subscriber_id=subscriber_id, started_at=began_at.isoformat(), types=types)
    exports.tell(child_id, mood="after")
    assert exports.export()
    exports.broker.rewind(group=exporting.group("example"), topics=[TOPIC], to=began_at - timedelta(days=1))
    assert exports.export()
    before, after, *anew = exports.data("transport")
    assert before.keys() == {"child_id"}
    assert after == {"child_id": before["child_id"], "mood": "after"}
    assert anew == [before, after]


@pytest.mark.requirement("EVT-1")
def test_what_is_granted_no_more_is_not_read_of_what_happened_before_either(exports: Exports) -> None:
    subscriber_id = exports.subscribe("transport", fields=("child_id", "mood"))
    began_at = exports.clock.now().isoformat()
    exports.tell(ids.new(), mood="before")
    types = [{"type": SEEN.type, "fields": ["child_id"]}]
    exports.subscribe("transport", subscriber_id=subscriber_id, started_at=began_at, types=types)
    assert exports.export()
    assert [each.keys() for each in exports.data("transport")] == [{"child_id"}]


def test_after_its_end_a_subscriber_gets_nothing_more(exports: Exports) -> None:
    subscriber_id = exports.subscribe("transport")
    exports.tell(ids.new(), mood="first")
    assert exports.export()
    exports.unsubscribe(subscriber_id)
    assert exports.export()
    exports.tell(ids.new(), mood="second")
    exports.broker.rewind(group=exporting.group("example"), topics=[TOPIC], to=exports.clock.now() - timedelta(days=1))
    assert exports.export()
    assert [each["mood"] for each in exports.data("transport")] == ["first"]


def test_an_exporter_that_begins_late_knows_every_subscription_before_the_first_event(exports: Exports) -> None:
    subscribers = [exports.subscribe(f"subscriber-{number}") for number in range(30)]
    for subscriber_id in subscribers[10:]:
        exports.unsubscribe(subscriber_id)
    for _ in range(40):
        exports.tell(ids.new())
    assert exports.export()
    assert [len(exports.received(f"subscriber-{number}")) for number in range(30)] == [40] * 10 + [0] * 20


@pytest.mark.parametrize("seconds", [0, 1], ids=["it began before", "it begins later"])
def test_a_subscription_that_is_heard_after_events_that_it_was_for_is_reported(
    exports: Exports, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    monkeypatch.setattr("shared.exporting.exporter._BELIEVED_FOR_S", 0.0)
    exporter = exports.exporter()
    exports.subscribe("cafeteria")
    with capture_logs() as said:
        exporter.handlers[SEEN.type](exports.event(ids.new()))
        exports.clock.advance(timedelta(seconds=seconds))
        began_at = exports.clock.now().isoformat()
        subscriber_id = exports.subscribe("transport")
        exporter.handlers[SEEN.type](exports.event(ids.new()))
        exporter.handlers[SEEN.type](exports.event(ids.new()))
    late = [
        (each["subscriber_id"], each["replay_since"]) for each in said if each["event"] == "subscription_heard_late"
    ]
    assert late == [(subscriber_id, began_at)] * (1 - seconds)


@pytest.mark.parametrize("fields", [("mood", "child_id"), ("child_id",)])
def test_a_subscription_that_only_loses_something_is_never_late(
    exports: Exports, monkeypatch: pytest.MonkeyPatch, fields: Sequence[str]
) -> None:
    monkeypatch.setattr("shared.exporting.exporter._BELIEVED_FOR_S", 0.0)
    exporter = exports.exporter()
    subscriber_id = exports.subscribe("transport", fields=("child_id", "mood"))
    with capture_logs() as said:
        exporter.handlers[SEEN.type](exports.event(ids.new()))
        exports.subscribe("transport", subscriber_id=subscriber_id, fields=fields)
        exporter.handlers[SEEN.type](exports.event(ids.new()))
    assert [each for each in said if each["event"] == "subscription_heard_late"] == []


def test_an_old_word_of_a_subscription_that_is_heard_again_after_its_end_revives_nothing(exports: Exports) -> None:
    subscriber_id = exports.subscribe("transport")
    reader = exports.broker.reader(topics=[subscriptions.TOPIC])
    [begun] = reader.read(max_records=10, timeout=1.0)
    reader.close()
    exports.unsubscribe(subscriber_id)
    exports.publish(begun)
    exports.tell(ids.new())
    assert exports.export()
    assert exports.received("transport") == []


def test_a_running_exporter_hears_of_a_change_and_of_an_end(exports: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.exporting.exporter._BELIEVED_FOR_S", 0.0)
    exporter = exports.exporter()
    subscriber_id = exports.subscribe("transport", fields=("child_id", "mood"))
    child_id = ids.new()
    exporter.handlers[SEEN.type](exports.event(child_id))
    exports.subscribe("transport", subscriber_id=subscriber_id, fields=("child_id",))
    exporter.handlers[SEEN.type](exports.event(child_id))
    exports.unsubscribe(subscriber_id)
    exporter.handlers[SEEN.type](exports.event(child_id))
    exporter.flush()
    exporter.close()
    assert [set(each) for each in exports.data("transport")] == [{"child_id", "mood"}, {"child_id"}]


class StillLog:
    """A log of which nothing more comes before its end is there."""

    def reader(self, **_where: Any) -> Any:
        return self

    def read(self, **_how: Any) -> list[Delivery]:
        return []

    def is_at_end(self) -> bool:
        return False

    def close(self) -> None: ...


def test_half_of_the_subscriptions_is_not_taken_for_all_of_them() -> None:
    still: Any = StillLog()
    with pytest.raises(BrokerUnavailable):
        subscriptions.list_live(still)


def test_an_unreadable_word_of_a_subscription_leaves_it_as_it_was(exports: Exports) -> None:
    subscriber_id = exports.subscribe("transport")
    last = Record(topic=subscriptions.TOPIC, key=f"subscriber:{subscriber_id}".encode(), value=b"{")
    exports.publish(last)
    exports.tell(ids.new())
    with capture_logs() as said:
        assert exports.export()
    assert len(exports.received("transport")) == 1
    assert [each["reason"] for each in said if each["event"] == "subscription_unreadable"] == ["message_not_json"]


def test_each_subscriber_keeps_the_names_of_the_key_that_it_began_with(exports: Exports) -> None:
    old_key = RootKeys([OLDER_ROOT_KEY]).newest_id
    began_earlier = exports.subscribe("transport", root_key_id=old_key)
    child_id = ids.new()
    exports.tell(child_id)
    assert exports.export(root_keys=[OLDER_ROOT_KEY, ROOT_KEY])
    names = RootKeys([OLDER_ROOT_KEY]).pseudonyms(root_key_id=old_key, reader=began_earlier)
    assert exports.data("transport")[0]["child_id"] == names.of(child_id)


def test_an_exporter_without_the_key_waits_and_loses_nothing(exports: Exports) -> None:
    exports.subscribe("transport")
    exports.tell(ids.new())
    with capture_logs() as said:
        assert not exports.export(root_keys=[OLDER_ROOT_KEY], patience=1.0)
    assert "event_to_be_retried" in {each["event"] for each in said}
    assert exports.received("transport") == []
    assert exports.export(root_keys=[ROOT_KEY])
    assert len(exports.received("transport")) == 1


def test_a_ring_without_the_key_makes_no_names() -> None:
    with pytest.raises(UnknownRootKey):
        RootKeys([ROOT_KEY]).pseudonyms(root_key_id="00000000", reader="one")


# Nothing lost, nothing out of order


def test_events_of_one_key_leave_in_their_order(exports: Exports) -> None:
    exports.subscribe("transport")
    children = [ids.new() for _ in range(5)]
    for _ in range(40):
        for child_id in children:
            exports.tell(child_id)
    assert exports.export()
    by_key: dict[bytes | None, list[int]] = {}
    for record in exports.received("transport"):
        by_key.setdefault(record.key, []).append(int(header(record, "ce_sequence")))
    assert list(by_key.values()) == [list(range(1, 41))] * 5


def test_a_slice_of_events_is_published_at_once(exports: Exports) -> None:
    exports.subscribe("transport")
    exports.subscribe("cafeteria")
    exports.publish(*(messages.encode(exports.event(ids.new())) for _ in range(300)))
    log = FailingLog(exports.broker, failures=0)
    assert exports.export(broker=log)
    assert sum(log.published) == 600
    assert len(log.published) <= 3


@pytest.mark.parametrize("also_appends", [False, True], ids=["nothing was appended", "only the answer was lost"])
def test_what_was_not_acknowledged_is_exported_again_under_the_same_id(exports: Exports, also_appends: bool) -> None:
    exports.subscribe("transport")
    for _ in range(10):
        exports.tell(ids.new())
    log = FailingLog(exports.broker, failures=2, also_appends=also_appends)
    with capture_logs() as said:
        assert exports.export(broker=log)
    assert [each["event"] for each in said].count("consumer_interrupted") == 2
    # Of a failed one nobody knows what it still has in flight.
    assert log.producers == 3
    received = [header(each, "ce_id") for each in exports.received("transport")]
    assert len(received) == (30 if also_appends else 10)
    assert len(set(received)) == 10


def test_an_event_that_is_read_anew_leaves_byte_for_byte_the_same(exports: Exports) -> None:
    exports.subscribe("transport")
    exports.tell(ids.new())
    assert exports.export()
    exports.broker.rewind(group=exporting.group("example"), topics=[TOPIC], to=exports.clock.now() - timedelta(days=1))
    assert exports.export()
    first, again = exports.received("transport")
    assert everything(first) == everything(again)


@pytest.mark.requirement("EVT-6")
def test_a_message_that_cannot_be_exported_is_put_aside_and_only_its_key_waits(exports: Exports) -> None:
    exports.subscribe("transport")
    secret = "moyenne de 92"
    bad = messages.encode(exports.event("child-a"))
    exports.publish(replace(bad, value=f'{{"child_id": 7, "mood": "{secret}"}}'.encode()))
    exports.tell("child-a", mood="waits")
    exports.tell("child-b", mood="goes on")
    with capture_logs() as said:
        assert exports.export()
    assert [each["mood"] for each in exports.data("transport")] == ["goes on"]
    with exports.database.read() as session:
        (dead,) = dead_events.list_dead(session, consumer="example.export")
        assert dead_events.count_by_state(session) == {"dead": 1, "waiting": 1}
    assert (dead.reason, dead.place) == ("message_data_unexpected", "$.child_id")
    assert "event_dead" in {each["event"] for each in said}
    assert secret not in repr(said)
    assert "child-a" not in repr(said)


def test_a_topic_that_was_taken_away_holds_no_other_subscriber_up(exports: Exports) -> None:
    exports.subscribe("transport")
    exports.subscribe("cafeteria")
    exports.broker.delete_topics([exports.topic("transport")])
    exports.tell(ids.new())
    with capture_logs() as said:
        assert exports.export()
    assert len(exports.received("cafeteria")) == 1
    (lost,) = [each for each in said if each["event"] == "export_topic_missing"]
    assert (lost["topic"], lost["events"], lost["log_level"]) == (exports.topic("transport"), 1, "error")


def test_a_second_exporter_goes_on_where_the_first_one_stopped(make_exports: Callable[..., Exports]) -> None:
    exports = make_exports()
    exports.subscribe("transport")
    exports.tell(ids.new())
    assert exports.export()
    exports.tell(ids.new())
    successor = make_exports()
    assert successor.export()
    assert len(successor.received("transport")) == 2
