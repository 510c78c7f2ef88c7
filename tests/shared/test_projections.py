import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event as Flag
from uuid import uuid4

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, delete, update

from shared import consuming, projections
from shared.broker import Broker, BrokerUnavailable
from shared.clock import SystemClock
from shared.database import Database
from shared.messages import Event, UnreadableMessage
from shared.projections import Projection, RebuildOvertaken, TopicForgets
from shared.topics import Catalogue
from tests.support import holdings
from tests.support.events import StopWhen
from tests.support.holdings import BATCH_SIZE, list_generations, list_live

ROOT = Path(__file__).resolve().parents[2]
ONE, TWO = "holder:1", "holder:2"


@pytest.fixture
def topic():
    return f"vitrail.holdings-{uuid4().hex[:12]}.v1"


@pytest.fixture
def shown(topic):
    return holdings.projection(topic)


@pytest.fixture
def database_url(databases):
    return databases.create(holdings.prepare)


@pytest.fixture
def database(database_url):
    database = Database(database_url, pool_size=8)
    yield database
    database.close()


@pytest.fixture
def embedded_url(tmp_path):
    return f"embedded://{tmp_path / 'log.db'}"


@pytest.fixture(
    params=[
        pytest.param("embedded_url", id="embedded"),
        pytest.param("kafka_url", id="kafka", marks=pytest.mark.kafka),
    ]
)
def log_url(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def broker(log_url, topic):
    broker = holdings.open_log(log_url, topic=topic)
    yield broker
    broker.close()


@pytest.fixture
def tell(broker, topic):
    """Publish (key, version, amount), the last None for an end."""

    def publish(*told: tuple[str, int, int | None]) -> None:
        producer = broker.producer()
        producer.publish(
            [holdings.record(topic, key=key, version=version, amount=amount) for key, version, amount in told]
        )
        producer.close()

    return publish


@pytest.fixture
def hear(database, shown, topic):
    """Apply (key, version, amount) as a consumer does."""

    def apply(*heard: tuple[str, int, int | None]) -> None:
        for key, version, amount in heard:
            with database.transaction() as session:
                projections.apply(session, shown, holdings.event(topic, key=key, version=version, amount=amount))

    return apply


@pytest.fixture
def rebuild(database, broker, shown):
    def run(**options):
        return projections.rebuild(database=database, broker=broker, projection=shown, batch_size=BATCH_SIZE, **options)

    return run


def test_apply_keeps_the_newest_state_of_each_key(database, shown, hear):
    hear((ONE, 1, 10), (TWO, 1, 20), (ONE, 2, 11))
    assert list_live(database, shown) == {ONE: (2, 11), TWO: (1, 20)}


def test_apply_ignores_what_is_older_than_what_it_knows(database, shown, hear):
    hear((ONE, 2, 11), (ONE, 1, 10), (ONE, 2, 99))
    assert list_live(database, shown) == {ONE: (2, 11)}


def test_apply_forgets_what_has_ended_and_does_not_bring_it_back(database, shown, hear):
    hear((ONE, 1, 10), (ONE, 2, None), (ONE, 1, 10))
    assert list_live(database, shown) == {}


def test_apply_takes_an_end_of_what_it_never_knew(database, shown, hear):
    hear((ONE, 2, None), (ONE, 1, 10))
    assert list_live(database, shown) == {}


def test_apply_ignores_an_end_that_is_older_than_the_state(database, shown, hear):
    hear((ONE, 3, 12), (ONE, 2, None))
    assert list_live(database, shown) == {ONE: (3, 12)}


def test_apply_lets_a_key_live_again_after_its_end(database, shown, hear):
    hear((ONE, 2, None), (ONE, 3, 12), (ONE, 2, None), (ONE, 1, 10))
    assert list_live(database, shown) == {ONE: (3, 12)}
    hear((ONE, 4, None), (ONE, 3, 12))
    assert list_live(database, shown) == {}


def test_apply_takes_data_that_says_there_is_nothing_as_an_end(database, shown, topic):
    silent = replace(shown, state=lambda event: None)
    with database.transaction() as session:
        projections.apply(session, shown, holdings.event(topic, key=ONE, version=1, amount=10))
        projections.apply(session, silent, holdings.event(topic, key=ONE, version=2, amount=0))
    assert list_live(database, shown) == {}


def test_apply_refuses_an_event_without_a_version(database, shown, topic):
    event = replace(holdings.event(topic, key=ONE, version=1, amount=10), version=None)
    with pytest.raises(UnreadableMessage), database.transaction() as session:
        projections.apply(session, shown, event)


def test_a_table_without_generations_is_no_projection():
    table = Table("plain", MetaData(), Column("aggregate", Integer, primary_key=True))
    with pytest.raises(ValueError, match="generation"):
        Projection(name="plain", topic="vitrail.plain.v1", table=table, state=lambda event: {})


def test_rebuild_makes_the_rows_anew_from_the_topic(database, shown, tell, rebuild):
    tell(*((f"holder:{number}", 1, number) for number in range(120)))
    tell((ONE, 2, 99), (TWO, 2, None), ("holder:3", 2, None), ("holder:3", 3, 33))
    steps: list[tuple[int, int]] = []
    rebuilt = rebuild(progress=lambda *step: steps.append(step))
    expected = {f"holder:{number}": (1, number) for number in range(120)} | {ONE: (2, 99), "holder:3": (3, 33)}
    del expected[TWO]
    assert list_live(database, shown) == expected
    assert (rebuilt.events, rebuilt.rows, rebuilt.unreadable_keys) == (124, 119, 0)
    assert (steps[0], steps[-1]) == ((0, 124), (124, 124))


def test_rebuild_mends_rows_that_are_wrong_missing_or_too_many(database, shown, tell, hear, rebuild):
    tell((ONE, 1, 10), (TWO, 1, 20))
    hear((ONE, 1, 10), (TWO, 1, 20), ("holder:3", 1, 30))
    with database.transaction() as session:
        session.execute(update(holdings.holdings).where(holdings.holdings.c.aggregate == ONE).values(amount=-1))
        session.execute(delete(holdings.holdings).where(holdings.holdings.c.aggregate == TWO))
    rebuild()
    assert list_live(database, shown) == {ONE: (1, 10), TWO: (1, 20)}


def test_rebuild_leaves_one_generation_and_the_next_one_too(database, shown, tell, hear, rebuild):
    tell((ONE, 1, 10), (TWO, 1, 20), (TWO, 2, None))
    hear((ONE, 1, 10))
    for generation in (2, 3):
        rebuild()
        assert list_generations(database) == {generation}
        assert list_live(database, shown) == {ONE: (1, 10)}


def test_rebuild_of_an_empty_topic_empties_the_projection(database, shown, hear, rebuild):
    hear((ONE, 1, 10))
    assert rebuild().rows == 0
    assert list_live(database, shown) == {}


def test_rebuild_keeps_the_live_row_of_a_key_whose_newest_word_cannot_be_read(
    database, shown, tell, hear, rebuild, broker, topic
):
    hear((ONE, 1, 10), (TWO, 1, 20))
    tell((TWO, 1, 20))
    producer = broker.producer()
    for key in (ONE, TWO):
        producer.publish([replace(holdings.record(topic, key=key, version=2, amount=0), value=b"not json")])
    producer.close()
    assert rebuild().unreadable_keys == 2
    assert list_live(database, shown) == {ONE: (1, 10), TWO: (1, 20)}


def test_rebuild_refuses_a_topic_that_forgets(database, shown, topic, tmp_path):
    broker = holdings.open_log(f"embedded://{tmp_path / 'forgetful.db'}", topic=topic)
    broker.catalogue = Catalogue(topics={topic: replace(broker.catalogue.get_topic(topic), is_compacted=False)})
    with pytest.raises(TopicForgets):
        projections.rebuild(database=database, broker=broker, projection=shown)
    meant = replace(shown, forgets_with_topic=True)
    assert projections.rebuild(database=database, broker=broker, projection=meant).rows == 0


class Flaky:
    """A log whose readers break, so many times."""

    def __init__(self, inner: Broker, *, failures: int) -> None:
        self._inner = inner
        self._failures = failures
        self.catalogue = inner.catalogue

    def reader(self, **options):
        reader = self._inner.reader(**options)
        self._failures -= 1
        if self._failures >= 0:
            reader.is_at_end()
            reader.close()
            raise BrokerUnavailable
        return reader


def test_rebuild_reads_again_when_the_log_was_away(database, shown, tell, broker):
    tell((ONE, 1, 10))
    flaky = Flaky(broker, failures=2)
    assert projections.rebuild(database=database, broker=flaky, projection=shown).rows == 1
    assert list_live(database, shown) == {ONE: (1, 10)}


def test_a_later_rebuild_goes_on_and_the_earlier_one_stops(database, shown, tell, hear, rebuild):
    tell(*((f"holder:{number}", 1, number) for number in range(120)))
    hear((ONE, 1, 1))
    once = iter([rebuild])

    def begin_another(done: int, total: int) -> None:
        for begin in once:
            assert begin().rows == 120

    with pytest.raises(RebuildOvertaken):
        rebuild(progress=begin_another)
    assert len(list_live(database, shown)) == 120
    assert len(list_generations(database)) == 1


def test_call_off_stops_a_rebuild_and_leaves_what_was_live(database, shown, tell, hear, rebuild):
    tell(*((f"holder:{number}", 1, number) for number in range(120)))
    hear((ONE, 1, 1))
    with pytest.raises(RebuildOvertaken):
        rebuild(progress=lambda done, total: projections.call_off(database, shown))
    assert list_live(database, shown) == {ONE: (1, 1)}
    assert list_generations(database) == {1}
    assert not projections.call_off(database, shown)


def test_what_the_consumer_hears_during_a_rebuild_is_newer_than_what_the_topic_said(
    database, shown, tell, hear, rebuild
):
    tell((ONE, 1, 10), (TWO, 1, 20), ("holder:3", 1, 30))
    hear((ONE, 1, 10), (TWO, 1, 20), ("holder:3", 1, 30))
    heard = iter([[(ONE, 2, 11), (TWO, 2, None), ("holder:4", 1, 40)]])

    def hear_meanwhile(done: int, total: int) -> None:
        for changes in heard:
            hear(*changes)

    rebuild(progress=hear_meanwhile)
    assert list_live(database, shown) == {ONE: (2, 11), "holder:3": (1, 30), "holder:4": (1, 40)}


def test_a_killed_rebuild_shows_nothing_and_the_next_one_begins_afresh(
    database, database_url, log_url, shown, topic, tell, hear, rebuild
):
    tell(*((f"holder:{number}", 1, number) for number in range(200)))
    hear((ONE, 1, 1))
    command = [sys.executable, "-m", "tests.support.holdings", database_url, log_url, topic, "2"]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=60)
    assert killed.returncode == -9, killed.stderr
    assert list_live(database, shown) == {ONE: (1, 1)}
    assert len(list_generations(database)) == 2
    # The consumer goes on, and knows of the generation that nobody will finish.
    tell((ONE, 2, 2))
    hear((ONE, 2, 2))
    assert rebuild().rows == 200
    assert list_live(database, shown) == {f"holder:{number}": (1, number) for number in range(200)} | {ONE: (2, 2)}
    assert len(list_generations(database)) == 1


class Watcher:
    """A reader that looks again and again and remembers what it may never see undone."""

    def __init__(self, database: Database, shown: Projection) -> None:
        self._database = database
        self._shown = shown
        self.looks = 0
        self.setbacks: list[str] = []

    def watch(self, until: Flag) -> None:
        known: dict[str, tuple[int, int]] = {}
        while not until.is_set():
            seen = list_live(self._database, self._shown)
            self.setbacks += [key for key, state in known.items() if seen.get(key, (0, 0)) < state]
            known = seen
            self.looks += 1


@pytest.mark.slow
def test_readers_see_neither_an_empty_nor_an_older_state_while_it_is_rebuilt_and_kept(
    database, shown, topic, tell, rebuild, broker
):
    keys = [f"holder:{number}" for number in range(150)]
    group = f"readers-{topic}"
    tell(*((key, 1, 1) for key in keys))
    done, heard_all = Flag(), Flag()

    def on_changed(event: Event) -> None:
        with database.transaction() as session:
            projections.apply(session, shown, event)

    def consume(stop: Flag) -> None:
        consuming.run(
            broker=broker,
            group=group,
            topics=[topic],
            handlers={holdings.TYPE: on_changed},
            database=database,
            clock=SystemClock(),
            stop=stop,
        )

    def has_all(version: int) -> StopWhen:
        expected = dict.fromkeys(keys, (version, version))
        return StopWhen(lambda: list_live(database, shown) == expected, patience=60)

    def change(versions: range) -> None:
        for version in versions:
            tell(*((key, version, version) for key in keys))

    watcher = Watcher(database, shown)
    with ThreadPoolExecutor(3) as threads:
        consumer = threads.submit(consume, done)
        try:
            assert has_all(1).wait_until_set()
            watching = threads.submit(watcher.watch, heard_all)
            changing = threads.submit(change, range(2, 12))
            for _ in range(3):
                rebuild()
            changing.result()
            rebuild()
            assert has_all(11).wait_until_set()
        finally:
            heard_all.set()
            done.set()
        watching.result()
        consumer.result()
    assert watcher.looks > 10
    assert watcher.setbacks == []
    assert len(list_generations(database)) == 1


@pytest.mark.parametrize("round_number", range(5))
def test_an_end_that_races_an_older_state_wins(database, shown, hear, round_number):
    keys = [f"holder:{number}" for number in range(12)]
    with ThreadPoolExecutor(4) as threads:
        for key in keys:
            list(threads.map(hear, [(key, 1, 10), (key, 2, None), (key, 1, 10), (key, 2, None)]))
    assert list_live(database, shown) == {}
