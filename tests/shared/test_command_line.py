import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Column, Integer, Table

from shared import consuming, dead_events, ids, inbox, messages, projections
from shared.broker import open_broker
from shared.clock import SystemClock
from shared.command_line import Service, group
from shared.database import Database, new_metadata
from shared.messages import Event, Record
from shared.problems import NotFound
from shared.projections import Projection
from tests.support import events
from tests.support.events import StopWhen, prepare

TOPIC = "vitrail.enrollment.v1"
STATES = "vitrail.guardianships.v1"
LINKED = "ca.vitrail.enrollment.child-linked.v1"
STUDENT = "student:01980a5b-0d1e-7b61-9c0b-52a6c9d8e701"
OTHER = "student:01980a5b-0d1e-7b61-9c0b-52a6c9d8e702"
SECRET = "Tremblay"

metadata = new_metadata()
projections.copy_to(metadata)
guardians = Table("guardians", metadata, *projections.key_columns(), Column("number", Integer, nullable=False))
GUARDIANS = Projection(
    name="guardians", topic=STATES, table=guardians, state=lambda event: {"number": event.data["number"]}
)


def prepare_all(url: str) -> None:
    """Make the tables in a new database."""
    prepare(url)
    database = Database(url)
    metadata.create_all(database.engine)
    database.close()


@dataclass(kw_only=True)
class Example:
    """A service that hears of children, and the means to run its commands."""

    database: Database
    broker_url: str
    service: Service
    refused: set[int]

    def run(self, *arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(group(self.service), ["events", *arguments], input=typed)

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    def publish(self, *records: Record) -> None:
        broker = open_broker(self.broker_url)
        producer = broker.producer()
        producer.publish(records)
        producer.close()
        broker.close()

    def consume(self) -> None:
        broker = open_broker(self.broker_url)
        stop = StopWhen(
            lambda: sum(lag.records for lag in broker.lag(group="example", topics=[TOPIC]).values()) == 0, patience=60
        )
        consuming.run(
            broker=broker,
            group="example",
            topics=[TOPIC],
            handlers=self.service.handlers(None),
            database=self.database,
            clock=SystemClock(),
            stop=stop,
        )
        broker.close()
        assert stop.came_true

    def behind(self) -> int:
        broker = open_broker(self.broker_url)
        found = sum(lag.records for lag in broker.lag(group="example", topics=[TOPIC]).values())
        broker.close()
        return found

    def applied(self) -> list[tuple[str, int]]:
        return events.list_applied(self.database)


def record(version: int, *, key: str = STUDENT, topic: str = TOPIC, type: str = LINKED) -> Record:
    event = Event(
        id=ids.new(),
        type=type,
        source="/services/enrollment",
        topic=topic,
        key=key,
        data={"number": version, "name": SECRET},
        occurred_at=datetime.now(UTC),
        version=version,
    )
    return messages.encode(event)


@pytest.fixture
def make_example(sqlite_databases):
    opened = []

    def make(broker_url: str) -> Example:
        database = Database(sqlite_databases.create(prepare_all), pool_size=6)
        opened.append(database)
        refused: set[int] = set()

        def on_child_linked(event: Event) -> None:
            with database.transaction() as session:
                if event.version in refused:
                    raise NotFound
                if inbox.first_time(session, event.id):
                    events.apply(session, event)

        settings = SimpleNamespace(broker_url=broker_url, logs_as_json=True)
        service = Service(
            name="example",
            settings=SimpleNamespace(from_env=lambda: settings),
            prefix="EXAMPLE",
            context=lambda settings: SimpleNamespace(db=database, clock=SystemClock(), settings=settings),
            app="",
            migrations=Path(),
            topics=(TOPIC,),
            handlers=lambda _ctx: {LINKED: on_child_linked},
            projections=(GUARDIANS,),
        )
        return Example(database=database, broker_url=broker_url, service=service, refused=refused)

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def example(make_example, tmp_path) -> Example:
    return make_example(f"embedded://{tmp_path / 'log.db'}")


@pytest.fixture(
    params=[
        pytest.param("embedded", id="embedded"),
        pytest.param("kafka", id="kafka", marks=[pytest.mark.kafka, pytest.mark.slow]),
    ]
)
def anywhere(request, make_example, tmp_path) -> Example:
    """The service on either log; on Kafka on a node of its own, because the topics are those of the catalogue."""
    make_url: dict[str, Callable[[], str]] = {
        "embedded": lambda: f"embedded://{tmp_path / 'log.db'}",
        "kafka": lambda: f"{request.getfixturevalue('kafka_node').url}?replication=1".replace("?replication=1?", "?"),
    }
    example = make_example(make_url[request.param]())
    assert example.run("topics", "--make").exit_code == 0
    return example


def test_topics_tells_what_is_declared_and_made(example):
    rows = example.rows("topics")
    states = next(row for row in rows if row["topic"] == STATES)
    assert states == {"topic": STATES, "partitions": 12, "retention": 7 * 86400, "compacted": True, "state": "made"}


@pytest.mark.kafka
@pytest.mark.slow
def test_topics_names_what_is_missing_and_makes_it(make_example, kafka_node):
    example = make_example(f"{kafka_node.url}")
    missing = example.run("topics")
    assert (missing.exit_code, TOPIC in missing.stderr, "--make" in missing.stderr) == (1, True, True)
    tailed = example.run("tail", TOPIC)
    assert (tailed.exit_code, "events topics --make" in tailed.stderr) == (2, True)
    made = example.run("topics", "--make")
    assert made.exit_code == 0, made.output
    assert "made now" in made.stdout
    assert example.run("topics").exit_code == 0


@pytest.mark.parametrize(
    ("url", "status", "word"),
    [
        ("embedded://{folder}/log.db", 0, "ready"),
        ("kafka://127.0.0.1:9", 4, "missing"),
    ],
)
def test_state_tells_what_to_do_next(make_example, tmp_path, url, status, word):
    example = make_example(url.format(folder=tmp_path))
    result = example.run("state")
    assert (result.exit_code, result.stdout.split(":")[0]) == (status, word.upper())
    told = json.loads(example.run("state", "--json").stdout)
    assert told["state"] == word
    assert told["advice"] in result.stdout


def test_an_address_that_cannot_be_used_says_why(make_example):
    result = make_example("pulsar://somewhere").run("state")
    assert (result.exit_code, result.stderr.startswith("example: ")) == (2, True)


def test_lag_tells_how_many_and_how_old(anywhere):
    assert anywhere.rows("lag") == [{"group": "example", "topic": TOPIC, "events": 0, "oldest": None, "age": None}]
    anywhere.publish(record(1), record(2), record(1, key=OTHER))
    (row,) = anywhere.rows("lag")
    assert row["events"] == 3
    assert row["oldest"].endswith("Z")
    assert 0 <= row["age"] < 60


@pytest.mark.requirement("EVT-6")
def test_tail_prints_envelopes_and_no_data(anywhere):
    said = record(1)
    anywhere.publish(said, record(2))
    first, second = anywhere.rows("tail")
    assert list(first) == ["time", "topic", "partition", "offset", "key", "age", "type", "id", "sequence"]
    assert (first["key"], first["type"], first["sequence"], second["sequence"]) == (STUDENT, LINKED, 1, 2)
    assert (first["topic"], first["id"]) == (TOPIC, dict(said.headers)["ce_id"].decode())
    plain = anywhere.run("tail")
    assert len(plain.stdout.splitlines()) == 3
    assert SECRET not in plain.output


def test_tail_chooses_by_topic_type_key_and_number(example):
    unlinked = "ca.vitrail.enrollment.child-unlinked.v1"
    example.publish(record(1), record(2, type=unlinked), record(1, key=OTHER), record(1, topic=STATES))
    assert [row["type"] for row in example.rows("tail", "--type", "child-unlinked.v1")] == [unlinked]
    assert [row["key"] for row in example.rows("tail", "--key", OTHER)] == [OTHER]
    assert [row["topic"] for row in example.rows("tail", STATES)] == [STATES]
    assert len(example.rows("tail", "--limit", "2")) == 2


def test_tail_shows_data_only_when_it_is_asked_for_and_warns(example):
    example.publish(record(1))
    result = example.run("tail", "--data", "--json")
    assert json.loads(result.stdout)["data"] == {"number": 1, "name": SECRET}
    assert "people" in result.stderr


@pytest.mark.requirement("EVT-6")
def test_tail_repeats_no_word_of_a_message_that_is_none_of_ours(example):
    example.publish(
        Record(topic=TOPIC, key=f"{SECRET} {SECRET}".encode(), value=SECRET.encode()),
        replace(
            record(1),
            headers=(
                ("ce_specversion", b"1.0"),
                *((f"ce_{name}", f"{SECRET} é".encode()) for name in ("id", "type", "source")),
            ),
        ),
    )
    unreadable, strange = sorted(example.rows("tail"), key=lambda row: row["type"])[::-1]
    assert (unreadable["type"], unreadable["key"]) == ("(message_not_json)", f"({2 * len(SECRET) + 1} bytes)")
    assert strange["type"] == strange["id"] == f"({len(SECRET) + 2} characters)"
    assert SECRET not in example.run("tail").output


def test_tail_begins_at_a_moment(example):
    example.publish(record(1))
    assert example.rows("tail", "--since", (datetime.now(UTC) + timedelta(hours=1)).isoformat()) == []
    assert len(example.rows("tail", "--since", "1h")) == 1
    assert len(example.rows("tail", "--since", "2020-01-01T00:00:00-05:00")) == 1


@pytest.mark.parametrize("moment", ["yesterday", "2026-01-15T14:30:00", "5 minutes", "2026-13-01T00:00:00Z"])
def test_a_moment_without_zone_or_sense_is_refused_with_help(example, moment):
    result = example.run("tail", "--since", moment)
    assert result.exit_code == 2
    assert ("2h" in result.stderr) or ("time zone" in result.stderr)


def test_tail_follows_what_comes(anywhere):
    anywhere.publish(record(1))
    results = []
    follower = Thread(target=lambda: results.append(anywhere.run("tail", "--follow", "--limit", "1", "--json")))
    follower.start()
    # Until the follower listens, what is said is before its beginning.
    told = StopWhen(lambda: anywhere.publish(record(2)) or not follower.is_alive(), patience=60)
    assert told.wait_until_set()
    follower.join()
    assert json.loads(results[0].stdout)["sequence"] == 2


def test_replay_brings_everything_again_and_changes_nothing(anywhere):
    anywhere.publish(*(record(version, key=key) for version in (1, 2, 3) for key in (STUDENT, OTHER)))
    anywhere.consume()
    applied = anywhere.applied()
    assert len(applied) == 6
    result = anywhere.run("replay", "--since", "1h")
    assert (result.exit_code, result.stdout.split()[0]) == (0, "6"), result.output
    # Read to the end, or the second replay would be taken for done before it has begun.
    anywhere.consume()
    assert (anywhere.behind(), anywhere.applied()) == (0, applied)
    waiting = []
    waiter = Thread(target=lambda: waiting.append(anywhere.run("replay", "--since", "1h", "--wait")))
    waiter.start()
    # Not by a command: two of them at once would share one standard output.
    assert StopWhen(lambda: anywhere.behind() == 6, patience=60).wait_until_set()
    anywhere.consume()
    waiter.join()
    assert waiting[0].stdout.splitlines()[-1] == "Everything was read again."
    assert anywhere.applied() == applied


def test_replay_refuses_while_members_read_and_says_what_to_do(example):
    broker = open_broker(example.broker_url)
    member = broker.consumer(group="example", topics=[TOPIC])
    result = example.run("replay", "--since", "1h")
    member.close()
    assert result.exit_code == 1
    assert "stop every “consume”" in result.stderr


def test_replay_refuses_a_topic_or_group_that_the_service_does_not_hear(example):
    topic = example.run("replay", "--since", "1h", "--topic", STATES)
    assert (topic.exit_code, STATES in topic.stderr) == (2, True)
    group_name = example.run("replay", "--since", "1h", "--group", "another")
    assert (group_name.exit_code, "--group example" in group_name.stderr) == (2, True)


@pytest.fixture
def burdened(example) -> Example:
    """A service that could not take the second event of one student, nor a message that is no JSON."""
    example.refused.add(2)
    example.publish(*(record(version) for version in (1, 2, 3, 4)), record(1, key=OTHER))
    example.consume()
    example.publish(Record(topic=TOPIC, key=None, value=SECRET.encode() * 1000))
    example.consume()
    assert len(example.applied()) == 2
    return example


@pytest.mark.requirement("EVT-6")
def test_dead_letters_list_tells_what_why_and_how_much_waits(burdened):
    refused, unreadable = burdened.rows("dead-letters", "list")
    assert (refused["reason"], refused["type"], refused["key"], refused["waiting"]) == ("not_found", LINKED, STUDENT, 2)
    assert (unreadable["reason"], unreadable["bytes"], unreadable["key"], unreadable["waiting"]) == (
        "message_not_json",
        1000 * len(SECRET),
        None,
        0,
    )
    assert SECRET not in burdened.run("dead-letters", "list").output
    assert [row["reason"] for row in burdened.rows("dead-letters", "list", "--reason", "not_found")] == ["not_found"]
    assert [row["reason"] for row in burdened.rows("dead-letters", "list", "--type", LINKED)] == ["not_found"]


def test_dead_letters_retry_tells_what_is_still_dead_and_applies_in_order_after_the_fix(burdened):
    still = burdened.run("dead-letters", "retry", "--all")
    assert still.exit_code == 1
    assert still.stdout.splitlines()[0] == "2 chosen, 0 handled, 2 still dead."
    burdened.refused.clear()
    fixed = burdened.run("dead-letters", "retry", "--reason", "not_found")
    assert (fixed.exit_code, fixed.stdout) == (0, "1 chosen, 3 handled, 0 still dead.\n")
    assert [version for key, version in burdened.applied() if key == STUDENT] == [1, 2, 3, 4]


def test_dead_letters_retry_takes_positions(burdened):
    refused, _ = burdened.rows("dead-letters", "list")
    burdened.refused.clear()
    assert burdened.run("dead-letters", "retry", str(refused["position"])).exit_code == 0
    gone = burdened.run("dead-letters", "retry", str(refused["position"]))
    assert (gone.exit_code, "dead-letters list" in gone.stderr) == (1, True)


def test_dead_letters_retry_goes_on_after_bad_luck_and_says_so(burdened):
    burdened.refused.clear()
    with burdened.database.transaction() as session:
        session.connection().exec_driver_sql("ALTER TABLE applied RENAME TO away")
    result = burdened.run("dead-letters", "retry", "--reason", "not_found")
    assert (result.exit_code, "try again" in result.stderr) == (1, True)
    with burdened.database.transaction() as session:
        session.connection().exec_driver_sql("ALTER TABLE away RENAME TO applied")
    assert burdened.run("dead-letters", "retry", "--reason", "not_found").exit_code == 0


def test_dead_letters_drop_asks_first_and_lets_those_behind_through(burdened):
    refused = burdened.run("dead-letters", "drop", "--reason", "not_found", typed="n\n")
    assert (refused.exit_code, len(burdened.rows("dead-letters", "list"))) == (1, 2)
    dropped = burdened.run("dead-letters", "drop", "--all", "--yes")
    assert (dropped.exit_code, dropped.stdout) == (0, "2 dropped, 2 handled, 0 still dead.\n")
    assert [version for key, version in burdened.applied() if key == STUDENT] == [1, 3, 4]


@pytest.mark.parametrize("chosen", [[], ["1", "--all"]])
@pytest.mark.parametrize("act", ["retry", "drop"])
def test_dead_letters_want_to_know_which(burdened, act, chosen):
    result = burdened.run("dead-letters", act, *chosen)
    assert (result.exit_code, "say which" in result.stderr) == (2, True)


def test_heads_are_listed_page_by_page_without_the_bytes(burdened):
    with burdened.database.read() as session:
        (first,) = dead_events.list_heads(session, consumers=["example"], limit=1)
        (second,) = dead_events.list_heads(session, consumers=["example"], after=first.position, limit=1)
        assert dead_events.list_heads(session, consumers=["example"], after=second.position) == []
        assert dead_events.list_heads(session, consumers=["another"]) == []
    assert (first.reason, second.reason) == ("not_found", "message_not_json")
    assert not [name for name, value in vars(second).items() if isinstance(value, bytes)]


def test_rebuild_makes_a_projection_anew(anywhere):
    anywhere.publish(*(record(1, key=f"account:{number}/student:{number}", topic=STATES) for number in range(20)))
    result = anywhere.run("rebuild", "guardians")
    assert (result.exit_code, result.stdout) == (0, "guardians: 20 rows from 20 events.\n"), result.output
    called_off = anywhere.run("rebuild", "guardians", "--call-off")
    assert (called_off.exit_code, called_off.stdout) == (0, "No rebuild was at work.\n")


def test_rebuild_knows_the_projections_of_its_service(example):
    result = example.run("rebuild", "nothing")
    assert (result.exit_code, "guardians" in result.stderr) == (2, True)
