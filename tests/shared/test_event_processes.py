import signal
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import Popen

import pytest

from shared.broker import open_broker
from shared.clock import SystemClock
from shared.database import Database
from tests.support import event_processes, events
from tests.support.event_processes import GROUP
from tests.support.events import CATALOGUE, TOPIC, StopWhen, note, prepare

KEYS = [f"student:{number}" for number in range(7)]


@pytest.fixture
def url(databases):
    return databases.create(prepare)


@pytest.fixture
def database(url):
    database = Database(url, pool_size=8)
    yield database
    database.close()


@pytest.fixture
def log_file(tmp_path):
    return tmp_path / "log.db"


@contextmanager
def ending(processes: list[Popen[bytes]]) -> Iterator[None]:
    """Kill, at the end, whatever of these still runs."""
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.fixture
def broker_url(log_file):
    return f"embedded://{log_file}"


@pytest.fixture
def start(url, broker_url):
    processes: list[Popen[bytes]] = []

    def start_process(command: str, *options: str) -> Popen[bytes]:
        processes.append(event_processes.start(command, url, broker_url, *options))
        return processes[-1]

    with ending(processes):
        yield start_process


def has_applied(database: Database, count: int) -> bool:
    return StopWhen(lambda: events.count_applied(database) >= count, patience=60).wait_until_set()


def note_many(database: Database, count: int) -> None:
    for number in range(count):
        note(database, key=KEYS[number % len(KEYS)], clock=SystemClock(), number=number)


def assert_each_once_in_order(database: Database, count: int) -> None:
    applied = events.list_applied(database)
    assert len(applied) == count
    for key in KEYS:
        versions = [version for each, version in applied if each == key]
        assert versions == list(range(1, len(versions) + 1))


@pytest.mark.slow
@pytest.mark.requirement("EVT-4")
def test_nothing_is_lost_doubled_or_out_of_order_when_relays_and_consumers_are_killed(database, start):
    running = {name: start(name.split()[0]) for name in ("relay 1", "relay 2", "consume 1", "consume 2")}
    with ThreadPoolExecutor(4) as threads:
        writers = [threads.submit(note_many, database, 105) for _ in range(4)]
        # Each in turn, in the middle of the work.
        for count, name in enumerate(("relay 1", "consume 1", "relay 2", "consume 2"), start=1):
            assert has_applied(database, count * 70)
            running[name].kill()
            running[name].wait()
            running[name] = start(name.split()[0])
        for writer in writers:
            writer.result()
    assert has_applied(database, 420)
    assert_each_once_in_order(database, 420)


@pytest.mark.slow
@pytest.mark.requirement("EVT-4")
def test_nothing_is_doubled_when_both_die_between_their_two_steps(database, start):
    note_many(database, 20)
    assert start("relay", "--dies-after", "7").wait(30) == -signal.SIGKILL
    start("relay")
    assert start("consume", "--dies-after", "5").wait(30) == -signal.SIGKILL
    start("consume")
    assert has_applied(database, 20)
    note_many(database, 1)
    assert has_applied(database, 21)
    assert_each_once_in_order(database, 21)


@pytest.mark.slow
def test_doubling_is_found_when_the_inbox_is_switched_off(database, start):
    note_many(database, 20)
    start("relay")
    assert start("consume", "--without-inbox", "--dies-after", "5").wait(30) == -signal.SIGKILL
    start("consume", "--without-inbox")
    assert has_applied(database, 25)
    with pytest.raises(AssertionError):
        assert_each_once_in_order(database, 20)


def has_readers(log_file: Path, count: int) -> bool:
    """Wait until so many members share the partitions."""
    with closing(sqlite3.connect(log_file)) as connection:
        query = "SELECT count(DISTINCT member) FROM assignments"
        return StopWhen(lambda: connection.execute(query).fetchone()[0] == count).wait_until_set()


# How soon, `make bench` tells.
@pytest.mark.slow
@pytest.mark.parametrize("name", ["relay", "consume"])
def test_who_is_killed_is_replaced(database, start, log_file, name):
    first = {"relay": start("relay"), "consume": start("consume")}
    start("relay")
    start("consume")
    assert has_readers(log_file, 2)
    note_many(database, 14)
    assert has_applied(database, 14)
    first[name].kill()
    note_many(database, 14)
    assert has_applied(database, 28)


@pytest.mark.slow
def test_sigterm_ends_both_at_once_and_leaves_the_group(database, start, broker_url):
    processes = [start("relay"), start("consume")]
    note_many(database, 3)
    assert has_applied(database, 3)
    for process in processes:
        process.terminate()
    assert [process.wait(5) for process in processes] == [0, 0]
    log = open_broker(broker_url, catalogue=CATALOGUE)
    assert sum(each.records for each in log.lag(group=GROUP, topics=[TOPIC]).values()) == 0
    log.rewind(group=GROUP, topics=[TOPIC], to=SystemClock().now())
