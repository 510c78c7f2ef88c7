from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared import consuming, letters, relaying
from shared.broker import BrokerUnavailable
from shared.database import Database, new_metadata
from shared.digests import Seal
from shared.embedded_log import EmbeddedLog
from shared.mail import Letter, Postman
from shared.messages import Event
from shared.metrics import ConsumerTally, LettersTally, Outcome, RelayTally
from shared.metrics.collecting import ConsumerCollector, LogCollector, OutboxCollector
from shared.metrics.sending import LettersCollector
from shared.metrics.serving import PortTaken, served
from shared.metrics.telling import Collector
from shared.problems import NotFound
from shared.relaying import BATCH_SIZE
from tests.support import events
from tests.support.events import CATALOGUE, NOTED, TOPIC, StopWhen, note, prepare

GROUP = "example"
Values = Mapping[str, float]


@pytest.fixture
def database(databases):
    database = Database(databases.create(prepare), pool_size=6)
    yield database
    database.close()


@pytest.fixture
def broker(tmp_path, clock):
    return EmbeddedLog(str(tmp_path / "log.db"), catalogue=CATALOGUE, clock=clock)


@pytest.fixture
def make_consumer(broker, database, clock):
    def make(tally: ConsumerTally) -> ConsumerCollector:
        return ConsumerCollector(
            group=GROUP,
            topics=[TOPIC],
            log=LogCollector(lambda: broker),
            database=database,
            clock=clock,
            tally=tally,
        )

    return make


@contextmanager
def scraping(*collectors: Collector) -> Iterator[str]:
    with served(collectors, service="example", host="127.0.0.1", port=0, refresh_every_s=0.01) as port:
        yield f"http://127.0.0.1:{port}/metrics"


def scrape(url: str) -> Values:
    """Return each sample by its name and its labels, the service's own left out."""
    with urlopen(url, timeout=10) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    samples = [sample for family in families for sample in family.samples if sample.name.startswith("vitrail_")]
    assert samples
    assert {sample.labels["service"] for sample in samples} == {"example"}
    return {
        sample.name
        + "".join(f" {name}={text}" for name, text in sorted(sample.labels.items()) if name != "service"): sample.value
        for sample in samples
    }


def collected(collector: Collector) -> Values:
    """Return what a collector tells now, without a server."""
    collector.refresh()
    return {
        sample.name + "".join(f" {name}={text}" for name, text in sorted(sample.labels.items())): sample.value
        for metric in collector.collect()
        for sample in metric.samples
    }


def relay(database: Database, broker: EmbeddedLog, clock, tally: RelayTally) -> None:
    stop = StopWhen(lambda: tally.published == 3)
    relaying.run(database=database, broker=broker, clock=clock, stop=stop, tally=tally)
    assert stop.came_true


def test_the_outbox_tells_depth_and_age_and_the_relay_its_counts(database, broker, clock):
    tally = RelayTally()
    outbox = OutboxCollector(database=database, clock=clock, tally=tally)
    for number in (1, 2, 3):
        note(database, key="student:1", clock=clock, number=number)
    clock.advance(timedelta(seconds=90))
    assert collected(outbox) == {
        "vitrail_outbox_waiting_events": 3,
        "vitrail_outbox_oldest_age_seconds": 90,
        "vitrail_outbox_publish_failures_total": 0,
        "vitrail_relay_leads": 0,
    }
    relay(database, broker, clock, tally)
    assert collected(outbox) == {
        "vitrail_outbox_waiting_events": 0,
        "vitrail_outbox_oldest_age_seconds": 0,
        f"vitrail_outbox_published_events_total type={NOTED.type}": 3,
        "vitrail_outbox_publish_failures_total": 0,
        "vitrail_relay_leads": 0,
    }


def test_letters_tell_how_many_wait_how_long_and_what_became_of_each(database, clock, smtp_server):
    metadata, seal, tally = new_metadata(), Seal(["seal-key-of-the-tests-0123456789012"]), LettersTally()
    letters.copy_to(metadata)
    metadata.create_all(database.engine)
    collector = LettersCollector(database=database, clock=clock, tally=tally)
    news = Letter(to="parent@example.com", subject="Nouvelles", text="Nouvelles", html="<p>Nouvelles</p>")
    for expires_at in (clock.now() + timedelta(hours=1), clock.now()):
        with database.transaction() as session:
            letters.post(session, news, kind="news", seal=seal, at=clock.now(), expires_at=expires_at)
    clock.advance(timedelta(seconds=90))
    assert collected(collector) == {
        "vitrail_letters_waiting": 2,
        "vitrail_letters_oldest_age_seconds": 90,
        "vitrail_letters_recent state=written": 2,
        "vitrail_letters_recent state=put_off": 0,
    }
    with Postman(smtp_server.url, sender="portail@example.org", sender_name="Portail", clock=clock) as postman:
        for _ in range(2):
            letters.send_next(database=database, postman=postman, seal=seal, clock=clock, tally=tally)
    assert collected(collector) == {
        "vitrail_letters_waiting": 0,
        "vitrail_letters_oldest_age_seconds": 0,
        "vitrail_letters_recent state=written": 2,
        "vitrail_letters_recent state=put_off": 0,
        "vitrail_letters_total kind=news outcome=sent": 1,
        "vitrail_letters_total kind=news outcome=expired": 1,
    }


def test_letters_that_a_server_puts_off_are_told_apart_from_those_that_nobody_tries(database, clock, make_smtp_server):
    metadata, seal = new_metadata(), Seal(["seal-key-of-the-tests-0123456789012"])
    letters.copy_to(metadata)
    metadata.create_all(database.engine)
    collector = LettersCollector(database=database, clock=clock, tally=LettersTally())
    to_nobody = Letter(to="parent@dead.example.com", subject="Code", text="Code", html="<p>Code</p>")
    lives = clock.now() + timedelta(hours=48)
    with database.transaction() as session:
        letters.post(session, to_nobody, kind="code", seal=seal, at=clock.now(), expires_at=lives)
        letters.post(session, to_nobody, kind="code", seal=seal, at=clock.now(), expires_at=lives, is_withheld=True)
    server = make_smtp_server(refuse_first=1)
    with Postman(server.url, sender="portail@example.org", sender_name="Portail", clock=clock) as postman:
        letters.send_next(database=database, postman=postman, seal=seal, clock=clock)
    clock.advance(timedelta(minutes=20))
    assert collected(collector) == {
        "vitrail_letters_waiting": 1,
        "vitrail_letters_oldest_age_seconds": 0,
        "vitrail_letters_recent state=written": 1,
        "vitrail_letters_recent state=put_off": 1,
    }
    clock.advance(letters.RECENT)
    assert collected(collector)["vitrail_letters_recent state=put_off"] == 0


def test_a_relay_tells_that_it_leads_and_what_failed(database, broker, clock):
    class Refusing(EmbeddedLog):
        def producer(self):
            raise BrokerUnavailable

    note(database, key="student:1", clock=clock)
    tally = RelayTally()
    led: list[bool] = []

    def has_failed() -> bool:
        led.append(tally.is_leader)
        return tally.failed_publishes >= 2

    away = Refusing(str(broker._file.path), catalogue=CATALOGUE, clock=clock)
    stop = StopWhen(has_failed)
    relaying.run(database=database, broker=away, clock=clock, stop=stop, batch_size=BATCH_SIZE, tally=tally)
    assert (stop.came_true, led[0], led[-1], tally.is_leader, tally.published) == (True, False, True, False, 0)


def test_a_consumer_tells_its_lag_what_it_did_and_what_is_dead(database, broker, clock, make_consumer):
    producer = broker.producer()
    producer.publish([events.record(number, clock=clock) for number in (1, 2, 3)])
    producer.close()
    tally = ConsumerTally()
    clock.advance(timedelta(seconds=30))
    with scraping(make_consumer(tally)) as url:
        lag = f"group={GROUP} topic={TOPIC}"
        before = StopWhen(lambda: scrape(url).get(f"vitrail_consumer_lag_events {lag}") == 3)
        assert before.wait_until_set()
        assert scrape(url)[f"vitrail_consumer_lag_oldest_age_seconds {lag}"] == 30

        def refuse_second(event: Event) -> None:
            if event.version == 2:
                raise NotFound

        stop = StopWhen(lambda: sum(tally.outcomes.values()) == 3)
        consuming.run(
            broker=broker,
            group=GROUP,
            topics=[TOPIC],
            handlers={NOTED.type: refuse_second},
            database=database,
            clock=clock,
            stop=stop,
            tally=tally,
        )
        clock.advance(timedelta(minutes=1))
        assert StopWhen(lambda: scrape(url).get(f"vitrail_consumer_lag_events {lag}") == 0).wait_until_set()
        waiting = f"vitrail_consumer_waiting_events group={GROUP}"
        assert StopWhen(lambda: scrape(url)[waiting] == 1).wait_until_set()
        values = scrape(url)
    assert values[f"vitrail_consumer_lag_oldest_age_seconds {lag}"] == 0
    outcomes = {
        outcome: f"vitrail_consumer_events_total group={GROUP} outcome={outcome} type={NOTED.type}"
        for outcome in Outcome
    }
    assert [values[outcomes[each]] for each in (Outcome.APPLIED, Outcome.DEAD, Outcome.WAITING)] == [1, 1, 1]
    assert values[f"vitrail_consumer_handling_seconds_count group={GROUP}"] == 3
    assert values[f"vitrail_consumer_handling_seconds_bucket group={GROUP} le=+Inf"] == 3
    assert values[f"vitrail_consumer_handling_seconds_sum group={GROUP}"] > 0
    assert values[f"vitrail_consumer_dead_events group={GROUP} reason=not_found"] == 1
    assert values[f"vitrail_consumer_dead_events_oldest_age_seconds group={GROUP}"] == 60
    assert values[f"vitrail_consumer_rebalances_total group={GROUP}"] >= 1
    assert values[f"vitrail_consumer_interruptions_total group={GROUP}"] == 0
    assert values[f"vitrail_consumer_standing_partitions group={GROUP}"] == 0


def test_the_histogram_counts_each_delivery_under_every_bound_above_it(make_consumer):
    tally = ConsumerTally()
    for seconds in (0.0001, 0.003, 0.003, 99.0):
        tally.count(NOTED.type, Outcome.APPLIED, seconds=seconds)
    values = collected(make_consumer(tally))
    bucket = f"vitrail_consumer_handling_seconds_bucket group={GROUP} le="
    assert [values[bucket + bound] for bound in ("0.0005", "0.0025", "0.005", "10.0", "+Inf")] == [1, 1, 3, 3, 4]


def test_a_lag_that_cannot_be_asked_any_more_is_not_told_as_it_was(broker, make_consumer, monkeypatch):
    consumer = make_consumer(ConsumerTally())
    before = collected(consumer)

    def away(*_arguments, **_named):
        raise BrokerUnavailable

    monkeypatch.setattr(broker, "lag", away)
    lag = f"vitrail_consumer_lag_events group={GROUP} topic={TOPIC}"
    assert (before[lag], lag in collected(consumer)) == (0, False)


def test_what_cannot_be_asked_is_left_out_and_the_rest_is_told(database, clock):
    def open_nothing() -> EmbeddedLog:
        raise BrokerUnavailable

    log = LogCollector(open_nothing)
    consumer = ConsumerCollector(
        group=GROUP, topics=[TOPIC], log=log, database=database, clock=clock, tally=ConsumerTally()
    )
    values = collected(consumer)
    assert not [name for name in values if name.startswith("vitrail_consumer_lag")]
    assert values[f"vitrail_consumer_waiting_events group={GROUP}"] == 0
    assert collected(log) == {
        "vitrail_log_state state=missing": 1,
        "vitrail_log_state state=ready": 0,
        "vitrail_log_state state=refused": 0,
        "vitrail_log_state state=slow": 0,
    }


def test_the_database_away_leaves_its_figures_out(databases, clock):
    database = Database(databases.create())
    outbox = OutboxCollector(database=database, clock=clock, tally=RelayTally(published_by_type={NOTED.type: 7}))
    values = collected(outbox)
    assert "vitrail_outbox_waiting_events" not in values
    assert values[f"vitrail_outbox_published_events_total type={NOTED.type}"] == 7
    database.close()


def test_a_fault_while_refreshing_ends_neither_the_metrics_nor_the_work(capsys):
    class Faulty:
        refreshed = 0

        def refresh(self) -> None:
            self.refreshed += 1
            raise RuntimeError

        def collect(self):
            return LogCollector(lambda: None).collect()

    faulty = Faulty()
    with scraping(faulty):
        assert StopWhen(lambda: faulty.refreshed >= 3).wait_until_set()
    assert "metrics_not_refreshed" in capsys.readouterr().out


def test_served_says_when_the_port_is_taken():
    with ExitStack() as stack:
        port = stack.enter_context(served([], service="example", host="127.0.0.1", port=0))
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port}"):
            stack.enter_context(served([], service="example", host="127.0.0.1", port=port))


def test_served_frees_the_port_at_the_end():
    with served([], service="example", host="127.0.0.1", port=0) as port:
        pass
    with served([], service="example", host="127.0.0.1", port=port) as again:
        assert again == port
