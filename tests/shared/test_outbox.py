from collections import Counter
from concurrent.futures import ThreadPoolExecutor, TimeoutError as StillWaiting
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from threading import Barrier, Event as Flag

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from shared import logs, messages, outbox
from shared.database import Database
from shared.messages import EventRefused
from tests.support.events import HELD, NOTED, note, prepare


@pytest.fixture
def database(databases):
    database = Database(databases.create(prepare), pool_size=12)
    yield database
    database.close()


@pytest.fixture
def postgres_database(postgres_databases):
    database = Database(postgres_databases.create(prepare), pool_size=12)
    yield database
    database.close()


def list_waiting(database: Database) -> list[tuple[str, int]]:
    with database.read() as session:
        return [(each.event.key, each.event.version) for each in outbox.list_unpublished(session, limit=10_000)]


def test_add_gives_contiguous_versions_within_a_key(database, clock):
    for key in ("student:1", "student:2", "student:1", "student:1"):
        note(database, key=key, clock=clock)
    assert list_waiting(database) == [("student:1", 1), ("student:2", 1), ("student:1", 2), ("student:1", 3)]


def test_add_returns_what_the_relay_will_read(database, clock):
    told = note(database, key="student:1", clock=clock)
    with database.read() as session:
        (waiting,) = outbox.list_unpublished(session, limit=10)
    assert waiting.event == told
    assert (told.occurred_at, told.version) == (clock.now(), 1)


@pytest.mark.requirement("EVT-5")
def test_add_keeps_that_something_ended_in_its_place_among_the_rest(database, clock):
    ended = HELD.ended(key="student:1")
    with database.transaction() as session:
        told = outbox.add_all(session, [HELD.about(key="student:1", data={"number": 1}), ended], at=clock.now())
    with database.read() as session:
        waiting = [each.event for each in outbox.list_unpublished(session, limit=10)]
    assert waiting == told
    assert [(each.version, each.data) for each in waiting] == [(1, {"number": 1}), (2, None)]


@pytest.mark.requirement("EVT-4")
def test_add_leaves_nothing_when_its_transaction_rolls_back(database, clock):
    def tell_and_fail() -> None:
        with database.transaction() as session:
            outbox.add(session, NOTED.about(key="student:1", data={"number": 1}), at=clock.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tell_and_fail()
    assert list_waiting(database) == []
    assert note(database, key="student:1", clock=clock).version == 1


@pytest.mark.requirement("EVT-1")
def test_add_refuses_an_event_that_no_declaration_made(database, clock):
    heard = messages.decode(messages.encode(note(database, key="student:1", clock=clock)))
    with pytest.raises(EventRefused), database.transaction() as session:
        outbox.add(session, heard, at=clock.now())


def test_add_names_the_request_and_the_event_that_it_comes_from(database, clock):
    request = logs.request_id.set("r-1")
    cause = messages.handled_event_id.set("e-0")
    told = note(database, key="student:1", clock=clock)
    messages.handled_event_id.reset(cause)
    logs.request_id.reset(request)
    assert (told.correlation_id, told.causation_id) == ("r-1", "e-0")


def test_add_all_keeps_the_given_order_over_several_keys(database, clock):
    note(database, key="b", clock=clock)
    events = [NOTED.about(key=key, data={"number": 1}) for key in ("b", "a", "b", "c")]
    with database.transaction() as session:
        assert [each.version for each in outbox.add_all(session, events, at=clock.now())] == [2, 1, 3, 1]
    assert list_waiting(database)[1:] == [("b", 2), ("a", 1), ("b", 3), ("c", 1)]


def test_add_all_takes_more_keys_than_one_statement_holds(database, clock):
    events = [NOTED.about(key=f"student:{number}", data={"number": number}) for number in range(2500)]
    with database.transaction() as session:
        outbox.add_all(session, events, at=clock.now())
    assert list_waiting(database) == [(f"student:{number}", 1) for number in range(2500)]


@pytest.mark.parametrize("round", range(3))
def test_add_all_does_not_deadlock_when_two_take_the_same_keys_in_different_orders(database, clock, round):
    barrier = Barrier(2)

    def tell(keys: list[str]) -> None:
        for _ in range(10):
            events = [NOTED.about(key=key, data={"number": 1}) for key in keys]
            barrier.wait()
            with database.transaction() as session:
                outbox.add_all(session, events, at=clock.now())

    keys = [f"student:{number}" for number in range(20)]
    with ThreadPoolExecutor(2) as threads:
        for future in [threads.submit(tell, keys), threads.submit(tell, keys[::-1])]:
            future.result()
    assert Counter(key for key, _ in list_waiting(database)) == dict.fromkeys(keys, 20)


def test_outbox_refuses_a_version_twice(database, clock):
    told = note(database, key="student:1", clock=clock)
    row = outbox._row(told) | {"id": "another"}
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(insert(outbox.outbox), [row])


def publish_what_waits(database: Database, published: list[tuple[str, int]], clock) -> None:
    """What a relay does, without a log."""
    with database.transaction() as session:
        waiting = outbox.list_unpublished(session, limit=100)
        outbox.mark_published(session, [each.position for each in waiting], at=clock.now())
    published += [(each.event.key, each.event.version) for each in waiting]


def add_without_lock(session, event, *, at) -> None:
    """The negative control: a version from a sequence, and no lock on the aggregate."""
    version = session.scalar(text("SELECT nextval('unlocked_versions')"))
    told = replace(event, occurred_at=at, version=version)
    session.execute(insert(outbox.outbox), [outbox._row(told)])


def overtake(database: Database, add, clock) -> list[int]:
    """Let a second transaction on an aggregate try to commit before the first; return the versions as published."""
    published: list[tuple[str, int]] = []
    has_added, may_commit = Flag(), Flag()

    def first() -> None:
        with database.transaction() as session:
            add(session, NOTED.about(key="student:1", data={"number": 1}), at=clock.now())
            has_added.set()
            assert may_commit.wait(10)

    def second() -> None:
        with database.transaction() as session:
            add(session, NOTED.about(key="student:1", data={"number": 2}), at=clock.now())

    with ThreadPoolExecutor(2) as threads:
        earlier = threads.submit(first)
        assert has_added.wait(10)
        later = threads.submit(second)
        # Behind the aggregate's lock it cannot finish; without the lock it does at once.
        with suppress(StillWaiting):
            later.result(timeout=0.5)
        publish_what_waits(database, published, clock)
        may_commit.set()
        earlier.result()
        later.result()
    publish_what_waits(database, published, clock)
    return [version for _, version in published]


def test_add_makes_a_second_transaction_on_an_aggregate_wait_for_the_first(postgres_database, clock):
    assert overtake(postgres_database, outbox.add, clock) == [1, 2]


def test_overtaking_is_found_when_the_aggregate_is_not_locked(postgres_database, clock):
    with postgres_database.transaction() as session:
        session.execute(text("CREATE SEQUENCE unlocked_versions"))
    assert overtake(postgres_database, add_without_lock, clock) == [2, 1]


def test_add_keeps_the_order_of_each_key_under_concurrent_writers(database, clock):
    published: list[tuple[str, int]] = []
    is_over = Flag()

    def write(writer: int) -> None:
        for number in range(25):
            note(database, key=f"student:{(writer + number) % 3}", clock=clock)

    def relay() -> None:
        while not is_over.is_set():
            publish_what_waits(database, published, clock)
        publish_what_waits(database, published, clock)

    with ThreadPoolExecutor(9) as threads:
        relaying = threads.submit(relay)
        for writer in [threads.submit(write, writer) for writer in range(8)]:
            writer.result()
        is_over.set()
        relaying.result()
    assert len(published) == 200
    for key in ("student:0", "student:1", "student:2"):
        versions = [version for each, version in published if each == key]
        assert versions == list(range(1, len(versions) + 1))


def test_depth_and_age_tell_what_waits(database, clock):
    with database.read() as session:
        assert (outbox.count_unpublished(session), outbox.age_of_oldest(session, now=clock.now())) == (0, timedelta())
    note(database, key="student:1", clock=clock)
    clock.advance(timedelta(minutes=3))
    note(database, key="student:1", clock=clock)
    with database.read() as session:
        assert outbox.count_unpublished(session) == 2
        assert outbox.age_of_oldest(session, now=clock.now()) == timedelta(minutes=3)


@given(st.sets(st.integers(1, 60)))
@settings(deadline=None)
def test_ranges_hold_each_position_and_no_other(positions):
    found = outbox.ranges(positions)
    assert [each for first, last in found for each in range(first, last + 1)] == sorted(positions)
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(found))


@pytest.mark.requirement("EVT-4")
def test_mark_published_leaves_what_was_not_sent_between_what_was(database, clock):
    for number in range(5):
        note(database, key=f"student:{number}", clock=clock)
    with database.transaction() as session:
        outbox.mark_published(session, [1, 2, 4], at=clock.now())
    assert list_waiting(database) == [("student:2", 1), ("student:4", 1)]


@pytest.mark.parametrize(
    ("but_not", "limit", "expected"),
    [([], 3, [1, 2, 3]), ([1, 2, 3, 4], 3, [5, 6, 7]), ([1, 3, 4, 6], 3, [2, 5, 7]), ([2, 7], 9, [1, 3, 4, 5, 6])],
)
def test_list_unpublished_leaves_out_what_was_sent_and_not_marked(database, clock, but_not, limit, expected):
    for number in range(7):
        note(database, key=f"student:{number}", clock=clock)
    with database.read() as session:
        waiting = outbox.list_unpublished(session, limit=limit, but_not=but_not)
    assert [each.position for each in waiting] == expected


@pytest.mark.requirement("EVT-5")
def test_sweep_deletes_what_was_published_long_ago_alone(database, clock):
    for number in range(3):
        note(database, key="student:1", clock=clock, number=number)
    with database.transaction() as session:
        outbox.mark_published(session, [1, 2], at=clock.now())
    with database.transaction() as session:
        assert outbox.sweep(session, published_before=clock.now()) == 0
    clock.advance(timedelta(days=7))
    with database.transaction() as session:
        assert outbox.sweep(session, published_before=clock.now(), limit=1) == 1
        assert outbox.sweep(session, published_before=clock.now()) == 1
        assert outbox.sweep(session, published_before=clock.now()) == 0
        assert session.scalars(select(outbox.outbox.c.position)).all() == [3]
    assert note(database, key="student:1", clock=clock).version == 4
