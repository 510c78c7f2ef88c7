import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event as Stop, Timer

import pytest
from sqlalchemy import text

from shared import leading, outbox, relaying
from shared.broker import BrokerUnavailable, RecordRefused
from shared.clock import SystemClock
from shared.database import Database
from shared.embedded_log import EmbeddedLog
from shared.leading import SeatLost
from shared.topics import Catalogue, UnknownTopic
from tests.support.events import CATALOGUE, HELD, TOPIC, StopWhen, note, prepare


@pytest.fixture
def database(databases):
    database = Database(databases.create(prepare), pool_size=6)
    yield database
    database.close()


@pytest.fixture
def broker(tmp_path):
    return EmbeddedLog(str(tmp_path / "log.db"), catalogue=CATALOGUE, clock=SystemClock())


def count_unpublished(database: Database) -> int:
    with database.read() as session:
        return outbox.count_unpublished(session)


def is_drained(database: Database):
    return lambda: count_unpublished(database) == 0


def relay(database: Database, broker, clock, stop: Stop | None = None, **options) -> StopWhen:
    stop = stop or StopWhen(is_drained(database))
    relaying.run(database=database, broker=broker, clock=clock, stop=stop, **options)
    return stop


def list_published(broker) -> list[tuple[str, int]]:
    """Return the key and version of every record, in the order of each partition."""
    consumer = broker.consumer(group="test", topics=[TOPIC])
    count = sum(each.records for each in broker.lag(group="test", topics=[TOPIC]).values())
    received = []
    while len(received) < count:
        received += consumer.poll(max_records=10_000, timeout=5).deliveries
    consumer.close()
    return [(each.key.decode(), int(dict(each.headers)["ce_sequence"])) for each in received]


class Narrow:
    """A log that takes so many records at once and no more: more do not arrive within the deadline."""

    def __init__(self, broker, *, most: int) -> None:
        self.catalogue = broker.catalogue
        self.producer, self.sweep = lambda: self, broker.sweep
        self.sizes: list[int] = []
        self._most = most
        self._inner = broker.producer()

    def publish(self, records) -> None:
        self.sizes.append(len(records))
        if len(records) > self._most:
            raise BrokerUnavailable
        self._inner.publish(records)

    def close(self) -> None:
        pass


class Failing:
    """A log that fails as told: before it appends, or after (an acknowledgement that got lost)."""

    def __init__(self, broker, outcomes: list[str], *, fault: type[Exception] = BrokerUnavailable) -> None:
        self.catalogue = broker.catalogue
        self.outcomes = outcomes
        self.fault = fault
        self.producers = 0
        self.closed = 0
        self._broker = broker

    def producer(self):
        self.producers += 1
        self._inner = self._broker.producer()
        return self

    def publish(self, records) -> None:
        outcome = self.outcomes.pop(0) if self.outcomes else "appended"
        if outcome == "refused":
            raise self.fault
        self._inner.publish(records)
        if outcome == "unacknowledged":
            raise self.fault

    def close(self) -> None:
        self.closed += 1
        self._inner.close()

    def sweep(self) -> int:
        return 0


@pytest.mark.requirement("EVT-4")
def test_run_publishes_every_event_once_in_the_order_of_each_key(database, broker, clock):
    for number in range(30):
        note(database, key=f"student:{number % 3}", clock=clock)
    assert relay(database, broker, clock, batch_size=7).came_true
    published = list_published(broker)
    for key in ("student:0", "student:1", "student:2"):
        assert [version for each, version in published if each == key] == list(range(1, 11))


def test_run_tries_again_and_skips_nothing_when_the_log_refuses(database, broker, clock):
    failing = Failing(broker, ["refused", "refused"])
    for _ in range(3):
        note(database, key="student:1", clock=clock)
    assert relay(database, failing, clock).came_true
    assert list_published(broker) == [("student:1", 1), ("student:1", 2), ("student:1", 3)]


def test_run_publishes_fewer_at_once_until_the_log_can_take_them_and_then_more_again(database, broker, clock):
    narrow = Narrow(broker, most=4)
    for _ in range(12):
        note(database, key="student:1", clock=clock)
    assert relay(database, narrow, clock, batch_size=9).came_true
    assert narrow.sizes == [9, 4, 8, 4, 4]
    assert [version for _, version in list_published(broker)] == list(range(1, 13))


@pytest.mark.parametrize("fault", [BrokerUnavailable, UnknownTopic, RecordRefused])
def test_run_tries_again_whatever_the_log_says(database, broker, clock, fault):
    failing = Failing(broker, ["refused"], fault=fault)
    note(database, key="student:1", clock=clock)
    assert relay(database, failing, clock).came_true
    assert list_published(broker) == [("student:1", 1)]


def test_run_builds_a_new_producer_after_each_failure_and_closes_every_one(database, broker, clock):
    failing = Failing(broker, ["refused", "unacknowledged"])
    note(database, key="student:1", clock=clock)
    relay(database, failing, clock)
    assert (failing.producers, failing.closed) == (3, 3)


def test_run_sends_again_what_was_not_acknowledged(database, broker, clock):
    failing = Failing(broker, ["unacknowledged"])
    for _ in range(2):
        note(database, key="student:1", clock=clock)
    assert relay(database, failing, clock).came_true
    assert [version for _, version in list_published(broker)] == [1, 2, 1, 2]


def test_run_does_nothing_while_another_relay_leads(database, broker, clock):
    note(database, key="student:1", clock=clock)
    seat = leading.find_seat(database)
    looks: list[int] = []
    assert relay(database, broker, clock, StopWhen(lambda: looks.append(1) or len(looks) > 4)).came_true
    assert count_unpublished(database) == 1
    seat.close()
    assert relay(database, broker, clock).came_true


@pytest.mark.parametrize("round", range(5))
def test_find_seat_gives_one_seat_when_raced(database, round):
    with ThreadPoolExecutor(6) as threads:
        seats = [future.result() for future in [threads.submit(leading.find_seat, database) for _ in range(6)]]
    taken = [seat for seat in seats if seat is not None]
    assert len(taken) == 1
    taken[0].close()
    next_seat = leading.find_seat(database)
    assert next_seat is not None
    next_seat.close()


def test_run_finds_another_seat_when_its_session_is_ended(postgres_databases, broker, clock):
    database = Database(postgres_databases.create(prepare), pool_size=6)
    stop = Stop()
    end_sessions = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_locks"
        " WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )

    def end_leader() -> bool:
        with database.read() as session:
            return session.scalar(end_sessions) == 1

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(relaying.run, database=database, broker=broker, clock=clock, stop=stop)
        for _ in range(2):
            note(database, key="student:1", clock=clock)
            assert StopWhen(is_drained(database)).wait_until_set()
            assert StopWhen(end_leader).wait_until_set()
        note(database, key="student:1", clock=clock)
        assert StopWhen(is_drained(database)).wait_until_set()
        stop.set()
        running.result()
    database.close()
    assert [version for _, version in list_published(broker)] == [1, 2, 3]


def test_wait_ends_at_a_commit_and_not_by_its_time(database, clock):
    seat = leading.find_seat(database)
    seat.wait(timeout=0)
    with ThreadPoolExecutor(1) as threads:
        # Longer than a test may take: only waking ends it.
        waiting = threads.submit(seat.wait, timeout=600)
        note(database, key="student:1", clock=clock)
        waiting.result(timeout=10)
    seat.close()


def test_run_sends_while_a_writer_holds_the_database_and_marks_later(sqlite_databases, broker, clock):
    database = Database(sqlite_databases.create(prepare))
    note(database, key="student:1", clock=clock)
    stop = Stop()
    with ThreadPoolExecutor(1) as threads:
        with database.transaction():
            running = threads.submit(relaying.run, database=database, broker=broker, clock=clock, stop=stop)
            is_sent = StopWhen(
                lambda: sum(each.records for each in broker.lag(group="test", topics=[TOPIC]).values()) == 1
            )
            assert is_sent.wait_until_set()
            assert count_unpublished(database) == 1
        assert StopWhen(is_drained(database)).wait_until_set()
        stop.set()
        running.result()
    database.close()
    assert list_published(broker) == [("student:1", 1)]


@pytest.mark.requirement("EVT-5")
def test_run_sweeps_what_was_published_long_ago(database, broker, clock):
    note(database, key="student:1", clock=clock)
    relay(database, broker, clock)
    clock.advance(relaying.KEPT + timedelta(seconds=1))

    def is_swept() -> bool:
        with database.read() as session:
            return session.scalar(text("SELECT count(*) FROM outbox")) == 0

    assert relay(database, broker, clock, StopWhen(is_swept), sweep_every=timedelta()).came_true


class Late:
    """A log on which what one leader was sending arrives after what its successor sent."""

    def __init__(self, broker, *, meanwhile) -> None:
        self.catalogue = broker.catalogue
        self.producer, self.sweep = lambda: self, broker.sweep
        self._inner = broker.producer()
        self._steps = [self._hold, lambda records: (self._inner.publish(records), meanwhile()), self._let_go]

    def publish(self, records) -> None:
        step = self._steps.pop(0) if self._steps else self._inner.publish
        step(records)

    def close(self) -> None:
        pass

    def _hold(self, records) -> None:
        self._held = records
        raise BrokerUnavailable

    def _let_go(self, records) -> None:
        self._inner.publish(records)
        self._inner.publish(self._held)


@pytest.fixture
def state_broker(tmp_path):
    topic = replace(CATALOGUE.topics[TOPIC], is_compacted=True)
    return EmbeddedLog(str(tmp_path / "log.db"), catalogue=Catalogue(topics={TOPIC: topic}), clock=SystemClock())


@pytest.mark.requirement("EVT-4")
def test_run_tells_a_state_again_after_an_old_word_of_it_may_have_come_late(database, state_broker, clock):
    late = Late(state_broker, meanwhile=lambda: hold(database, clock, number=2))
    hold(database, clock, number=1)
    relay(database, late, clock, StopWhen(lambda: len(list_published(state_broker)) == 4), late=timedelta(seconds=2))
    assert [version for _, version in list_published(state_broker)] == [1, 2, 1, 2]


def test_run_tells_again_what_the_leader_before_may_have_been_sending(database, state_broker, clock):
    hold(database, clock, number=1)
    told_twice = StopWhen(lambda: len(list_published(state_broker)) == 2)
    assert relay(database, state_broker, clock, told_twice, late=timedelta(seconds=0.2)).came_true
    assert [version for _, version in list_published(state_broker)] == [1, 1]


def test_run_tells_a_state_again_of_which_it_sent_an_old_word_in_vain(database, state_broker, clock):
    late = Late(state_broker, meanwhile=lambda: hold(database, clock, number=2))
    # Said when it leads already, so that no leader before could have been sending it.
    late._steps.insert(0, lambda records: (late._inner.publish(records), hold(database, clock, number=1)))
    note(database, key="student:2", clock=clock)

    def versions() -> list[int]:
        return [version for key, version in list_published(state_broker) if key == "student:1"]

    assert relay(database, late, clock, StopWhen(lambda: len(versions()) == 4), late=timedelta(seconds=2)).came_true
    assert versions() == [1, 2, 1, 2]


def test_run_tells_a_state_again_that_it_could_not_mark_for_long(sqlite_databases, state_broker, clock):
    database = Database(sqlite_databases.create(prepare))
    writer = sqlite3.connect(database.url.database, isolation_level=None, check_same_thread=False)
    late = Late(state_broker, meanwhile=lambda: hold(database, clock, number=2))
    # A writer has the database for longer than an old word may be late, from when the newest was sent.
    busy = Timer(1.5, writer.rollback)
    let_go = late._steps.pop()
    late._steps.append(lambda records: (writer.execute("BEGIN IMMEDIATE"), busy.start(), let_go(records)))
    hold(database, clock, number=1)
    told = StopWhen(lambda: len(list_published(state_broker)) == 4)
    relay(database, late, clock, told, late=timedelta(seconds=0.5))
    busy.join()
    writer.close()
    database.close()
    assert [version for _, version in list_published(state_broker)] == [1, 2, 1, 2]


def test_find_seat_says_that_its_file_cannot_be_written(sqlite_databases):
    database = Database(sqlite_databases.create(prepare))
    Path(f"{database.url.database}-relay").mkdir()
    with pytest.raises(SeatLost):
        leading.find_seat(database)
    database.close()


def test_find_seat_says_that_its_file_is_no_database(sqlite_databases):
    database = Database(sqlite_databases.create(prepare))
    Path(f"{database.url.database}-relay").write_bytes(b"this is no database" * 100)
    with pytest.raises(SeatLost):
        leading.find_seat(database)
    database.close()


def hold(database: Database, clock, *, number: int) -> None:
    with database.transaction() as session:
        outbox.add(session, HELD.about(key="student:1", data={"number": number}), at=clock.now())
