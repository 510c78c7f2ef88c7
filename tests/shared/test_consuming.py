from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, TimeoutError as StillWaiting
from dataclasses import replace
from datetime import timedelta
from threading import Event as Flag

import pytest
from sqlalchemy import text

from shared import consuming, dead_events, inbox, logs, messages, reviving
from shared.database import Database
from shared.dead_events import Burden
from shared.embedded_log import EmbeddedLog
from shared.messages import Event, Record
from shared.metrics import ConsumerTally, Outcome
from shared.partitioning import partition_of
from shared.problems import NotFound, Unavailable
from shared.reviving import NoSuchDeadEvent
from tests.support import events
from tests.support.events import CATALOGUE, NOTED, PASSED_OVER, TOPIC, StopWhen, prepare, record

GROUP = "example.facts"
ONE = "student:1"
# Keys of the same partition as ONE, and of another.
SAME, *_ = (
    f"student:{number}"
    for number in range(2, 200)
    if partition_of(f"student:{number}".encode(), 12) == partition_of(b"student:1", 12)
)
ELSEWHERE = "student:2"


@pytest.fixture
def database(databases):
    database = Database(databases.create(prepare), pool_size=6)
    yield database
    database.close()


@pytest.fixture
def broker(tmp_path, clock):
    return EmbeddedLog(str(tmp_path / "log.db"), catalogue=CATALOGUE, clock=clock)


@pytest.fixture
def publish(broker):
    def publish_all(*records: Record) -> None:
        producer = broker.producer()
        producer.publish(records)
        producer.close()

    return publish_all


def is_read(broker) -> Callable[[], bool]:
    return lambda: sum(each.records for each in broker.lag(group=GROUP, topics=[TOPIC]).values()) == 0


def applying(database: Database, refuse: set[int] = frozenset()) -> Mapping[str, Callable[[Event], None]]:
    """Apply each event once, except the numbers in `refuse`, which meet a refusal."""

    def on_fact_noted(event: Event) -> None:
        with database.transaction() as session:
            if inbox.first_time(session, event.id, consumer=GROUP):
                events.apply(session, event)
            if event.data["number"] in refuse:
                raise NotFound

    return {NOTED.type: on_fact_noted}


def consume(broker, database: Database, clock, handlers, stop: StopWhen | None = None, **options) -> StopWhen:
    stop = stop or StopWhen(is_read(broker))
    consuming.run(
        broker=broker,
        group=GROUP,
        topics=[TOPIC],
        handlers=handlers,
        database=database,
        clock=clock,
        stop=stop,
        **options,
    )
    return stop


def list_dead(database: Database) -> list[dead_events.DeadEvent]:
    with database.read() as session:
        return dead_events.list_dead(session)


def count_by_state(database: Database) -> Mapping[str, int]:
    with database.read() as session:
        return dead_events.count_by_state(session)


def revive(database: Database, handlers, *, position: int, act=reviving.retry) -> reviving.Revived:
    return act(database=database, handlers=handlers, known_types=CATALOGUE.event_types([TOPIC]), position=position)


def test_run_hands_every_event_to_its_handler_in_order(broker, database, clock, publish):
    publish(*(record(number, key=key, clock=clock) for number in (1, 2, 3) for key in (ONE, SAME, ELSEWHERE)))
    assert consume(broker, database, clock, applying(database)).came_true
    applied = events.list_applied(database)
    for key in (ONE, SAME, ELSEWHERE):
        assert [version for each, version in applied if each == key] == [1, 2, 3]


@pytest.mark.requirement("EVT-4")
def test_run_changes_nothing_when_an_event_comes_twice(broker, database, clock, publish):
    publish(*(record(number, clock=clock) for number in (1, 2, 1, 2, 3)))
    consume(broker, database, clock, applying(database))
    assert events.list_applied(database) == [(ONE, 1), (ONE, 2), (ONE, 3)]


def test_run_commits_the_offset_after_the_handler_has_returned(broker, database, clock, publish):
    behind: list[int] = []

    def look(event: Event) -> None:
        behind.append(sum(each.records for each in broker.lag(group=GROUP, topics=[TOPIC]).values()))

    publish(*(record(number, clock=clock) for number in (1, 2)))
    consume(broker, database, clock, {NOTED.type: look}, max_records=1)
    assert behind == [2, 1]


def test_run_gives_a_handler_the_request_and_the_cause(broker, database, clock, publish):
    seen: list[tuple[str | None, str | None]] = []

    def look(event: Event) -> None:
        seen.append((logs.request_id.get(), messages.handled_event_id.get()))

    first = record(1, clock=clock)
    publish(
        first,
        messages.Record(
            topic=TOPIC, key=first.key, value=first.value, headers=(*first.headers, ("ce_correlationid", b"r-1"))
        ),
    )
    consume(broker, database, clock, {NOTED.type: look})
    assert seen == [(f"{ONE}-1", f"{ONE}-1"), ("r-1", f"{ONE}-1")]
    assert (logs.request_id.get(), messages.handled_event_id.get()) == (None, None)


def test_run_passes_over_a_type_that_the_catalogue_knows_and_nobody_handles(broker, database, clock, publish):
    publish(record(1, clock=clock, type=PASSED_OVER), record(2, clock=clock))
    assert consume(broker, database, clock, applying(database)).came_true
    assert (events.list_applied(database), list_dead(database)) == ([(ONE, 2)], [])


def broken(**overrides: object) -> Record:
    return messages.Record(**({"topic": TOPIC, "key": ONE.encode(), "value": b"{}", "headers": ()} | overrides))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda clock: broken(value=b"not json"), "message_not_json"),
        (lambda clock: broken(), "message_not_cloudevents"),
        (lambda clock: broken(value=None), "message_without_value"),
        (lambda clock: broken(value=b" " * 5_000_000), "message_too_large"),
        (lambda clock: record(1, clock=clock, type="ca.vitrail.example.fact-noted.v2"), "message_type_unknown"),
    ],
)
def test_run_puts_aside_what_it_cannot_read_and_goes_on(broker, database, clock, publish, make, reason):
    sent = make(clock)
    publish(sent, record(2, key=SAME, clock=clock))
    assert consume(broker, database, clock, applying(database)).came_true
    (dead,) = list_dead(database)
    assert (dead.reason, dead.state, dead.attempts, dead.buried_at) == (reason, "dead", 1, clock.now())
    assert (dead.delivery.topic, dead.delivery.offset) == (TOPIC, 0)
    assert (dead.delivery.key, dead.delivery.value, dead.delivery.headers) == (sent.key, sent.value, sent.headers)
    assert events.list_applied(database) == [(SAME, 2)]


def test_run_puts_aside_an_event_whose_data_the_handler_cannot_read(broker, database, clock, publish):
    def read_more(event: Event) -> None:
        raise messages.UnreadableMessage("message_data_unexpected", where="$.child_id")

    publish(record(1, clock=clock))
    consume(broker, database, clock, {NOTED.type: read_more})
    (dead,) = list_dead(database)
    assert (dead.reason, dead.place, dead.type, dead.event_id) == (
        "message_data_unexpected",
        "$.child_id",
        NOTED.type,
        f"{ONE}-1",
    )


def test_run_puts_a_refused_event_aside_and_what_follows_of_its_key_waits_behind(broker, database, clock, publish):
    publish(*(record(number, key=key, clock=clock) for number in (1, 2, 3) for key in (ONE, SAME)))
    assert consume(broker, database, clock, applying(database, refuse={2})).came_true
    assert events.list_applied(database) == [(ONE, 1), (SAME, 1)]
    assert [(dead.reason, dead.delivery.key) for dead in list_dead(database)] == [
        ("not_found", ONE.encode()),
        ("not_found", SAME.encode()),
    ]
    assert count_by_state(database) == {"dead": 2, "waiting": 2}


def test_run_keeps_holding_a_key_up_after_a_restart(broker, database, clock, publish):
    publish(record(1, clock=clock))
    consume(broker, database, clock, applying(database, refuse={1}))
    publish(record(2, clock=clock), record(2, key=SAME, clock=clock))
    consume(broker, database, clock, applying(database))
    assert events.list_applied(database) == [(SAME, 2)]
    assert count_by_state(database) == {"dead": 1, "waiting": 1}


def test_run_buries_an_event_once_when_it_comes_again(broker, database, clock, publish):
    publish(record(1, clock=clock), record(2, clock=clock))
    consume(broker, database, clock, applying(database, refuse={1}))
    broker.rewind(group=GROUP, topics=[TOPIC], to=clock.now() - timedelta(days=1))
    consume(broker, database, clock, applying(database, refuse={1}))
    assert count_by_state(database) == {"dead": 1, "waiting": 1}
    assert events.list_applied(database) == []


@pytest.mark.parametrize("fault", [RuntimeError("lost"), Unavailable(), TimeoutError()])
def test_run_tries_again_what_may_be_bad_luck_while_other_partitions_go_on(broker, database, clock, publish, fault):
    order: list[tuple[str, int]] = []

    def stumble(event: Event) -> None:
        order.append((event.key, event.version))
        if order.count((ONE, 1)) < 3 and event.key == ONE:
            raise fault

    publish(record(1, clock=clock), record(2, clock=clock), *(record(n, key=ELSEWHERE, clock=clock) for n in (1, 2)))
    assert consume(broker, database, clock, {NOTED.type: stumble}).came_true
    assert [each for each in order if each[0] == ONE] == [(ONE, 1), (ONE, 1), (ONE, 1), (ONE, 2)]
    assert order.index((ELSEWHERE, 2)) < order.index((ONE, 2))
    assert list_dead(database) == []


def test_run_tries_again_when_the_database_cannot_bury(broker, database, clock, publish):
    renames = iter(("ALTER TABLE dead_events RENAME TO away", "ALTER TABLE away RENAME TO dead_events"))

    def refuse(event: Event) -> None:
        with database.transaction() as session:
            session.execute(text(next(renames)))
        raise NotFound

    publish(record(1, clock=clock))
    assert consume(broker, database, clock, {NOTED.type: refuse}).came_true
    assert count_by_state(database) == {"dead": 1, "waiting": 0}


def test_run_stops_between_two_events_and_keeps_what_was_handled(broker, database, clock, publish):
    stop = Flag()

    def stop_after_first(event: Event) -> None:
        stop.set()

    publish(*(record(number, clock=clock) for number in (1, 2, 3)))
    consume(broker, database, clock, {NOTED.type: stop_after_first}, stop)
    assert sum(each.records for each in broker.lag(group=GROUP, topics=[TOPIC]).values()) == 2


def test_run_leaves_the_group_when_it_stops(broker, database, clock):
    consume(broker, database, clock, {}, StopWhen(lambda: True))
    broker.rewind(group=GROUP, topics=[TOPIC], to=clock.now())


def test_run_forgets_old_claims(broker, database, clock):
    with database.transaction() as session:
        inbox.first_time(session, "e-1")
        session.execute(text("UPDATE inbox SET claimed_at = '2020-01-01 00:00:00.000000'"))

    def is_swept() -> bool:
        with database.read() as session:
            return session.scalar(text("SELECT count(*) FROM inbox")) == 0

    assert consume(broker, database, clock, {}, StopWhen(is_swept), sweep_every=timedelta()).came_true


def test_run_lets_nothing_wait_behind_a_dead_event_that_came_after_it(broker, database, clock, publish):
    publish(*(record(number, clock=clock) for number in (1, 2, 3, 4)))
    consume(broker, database, clock, applying(database, refuse={3}))
    broker.rewind(group=GROUP, topics=[TOPIC], to=clock.now() - timedelta(days=1))
    heard: list[int] = []
    consume(broker, database, clock, {NOTED.type: lambda event: heard.append(event.version)})
    assert heard == [1, 2]
    assert count_by_state(database) == {"dead": 1, "waiting": 1}


def test_run_loses_nothing_of_a_topic_that_was_made_anew_while_old_events_were_dead(broker, database, clock, publish):
    # With a key and without one: nothing waits behind the latter.
    publish(record(1, clock=clock), *(broken(value=b"old", key=None) for _ in range(30)))
    consume(broker, database, clock, applying(database, refuse={1}))
    broker.delete_topics([TOPIC])
    broker.make_topics([TOPIC])
    clock.advance(timedelta(minutes=1))
    publish(*(record(number, clock=clock) for number in (2, 3)), *(broken(value=b"new", key=None) for _ in range(30)))
    consume(broker, database, clock, applying(database))
    dead = list_dead(database)
    assert sorted(each.delivery.value for each in dead if each.delivery.key is None) == [b"new"] * 30 + [b"old"] * 30
    (head,) = (each for each in dead if each.delivery.key is not None)
    with database.read() as session:
        heads = dead_events.list_heads(session, consumers=[GROUP])
    assert [each.waiting for each in heads if each.key is not None] == [2]
    assert revive(database, applying(database), position=head.position).handled == 3
    assert events.list_applied(database) == [(ONE, 1), (ONE, 2), (ONE, 3)]


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_run_puts_aside_an_event_whose_data_the_database_cannot_take(broker, database, clock, publish):
    def write(event: Event) -> None:
        with database.transaction() as session:
            events.apply(session, replace(event, key="a\0b"))

    publish(record(1, clock=clock))
    assert consume(broker, database, clock, {NOTED.type: write}).came_true
    (dead,) = list_dead(database)
    assert dead.reason == "message_data_unfit"


def test_run_puts_aside_an_event_with_a_number_that_no_database_takes(broker, database, clock, publish):
    def write(event: Event) -> None:
        with database.transaction() as session:
            events.apply(session, replace(event, version=2**64))

    publish(record(1, clock=clock))
    assert consume(broker, database, clock, {NOTED.type: write}).came_true
    (dead,) = list_dead(database)
    assert dead.reason == "message_data_unfit"


def test_run_counts_what_became_of_each_delivery(broker, database, clock, publish):
    publish(
        *(record(number, clock=clock) for number in (1, 2, 3)),
        record(1, key=ELSEWHERE, clock=clock, type=PASSED_OVER),
        record(2, key=ELSEWHERE, clock=clock, type="ca.vitrail.example.nobody-knows.v1"),
        broken(value=b"not json", key=None),
    )
    tally = ConsumerTally()
    consume(broker, database, clock, applying(database, refuse={2}), tally=tally)
    assert tally.outcomes == {
        (NOTED.type, Outcome.APPLIED): 1,
        (NOTED.type, Outcome.DEAD): 1,
        (NOTED.type, Outcome.WAITING): 1,
        (PASSED_OVER, Outcome.PASSED_OVER): 1,
        ("unknown", Outcome.DEAD): 1,
        ("unreadable", Outcome.DEAD): 1,
    }
    assert sum(tally.handling.buckets) == 6
    assert tally.rebalances >= 1


def test_run_counts_the_partitions_that_stand_still(broker, database, clock, publish):
    tally = ConsumerTally()
    standing: list[int] = []

    def stumble(event: Event) -> None:
        standing.append(tally.standing_partitions)
        if len(standing) < 3:
            raise OSError("away")

    publish(record(1, clock=clock))
    consume(broker, database, clock, {NOTED.type: stumble}, tally=tally)
    assert standing == [0, 1, 1]
    assert tally.outcomes == {(NOTED.type, Outcome.RETRIED): 2, (NOTED.type, Outcome.APPLIED): 1}
    assert tally.standing_partitions == 0


def bury_three(broker, database, clock, publish) -> int:
    """Refuse the first of three events; return its position among the dead."""
    publish(*(record(number, clock=clock) for number in (1, 2, 3)))
    consume(broker, database, clock, applying(database, refuse={1}))
    (dead,) = list_dead(database)
    return dead.position


def test_retry_handles_a_dead_event_and_those_behind_it_in_order(broker, database, clock, publish):
    position = bury_three(broker, database, clock, publish)
    assert revive(database, applying(database), position=position) == reviving.Revived(handled=3)
    assert events.list_applied(database) == [(ONE, 1), (ONE, 2), (ONE, 3)]
    assert count_by_state(database) == {"dead": 0, "waiting": 0}


def test_retry_lets_the_consumer_go_on_with_the_key(broker, database, clock, publish):
    position = bury_three(broker, database, clock, publish)
    revive(database, applying(database), position=position)
    publish(record(4, clock=clock))
    consume(broker, database, clock, applying(database))
    assert [version for _, version in events.list_applied(database)] == [1, 2, 3, 4]


def test_retry_stops_at_the_next_refusal_and_counts_it(broker, database, clock, publish):
    position = bury_three(broker, database, clock, publish)
    revived = revive(database, applying(database, refuse={2}), position=position)
    assert (revived.handled, revived.still_dead.reason) == (1, "not_found")
    again = revive(database, applying(database, refuse={2}), position=revived.still_dead.position)
    assert (again.handled, again.still_dead.attempts) == (0, 2)
    assert count_by_state(database) == {"dead": 1, "waiting": 1}


def test_drop_gives_an_event_up_and_handles_those_behind_it(broker, database, clock, publish):
    position = bury_three(broker, database, clock, publish)
    assert revive(database, applying(database), position=position, act=reviving.drop).handled == 2
    assert events.list_applied(database) == [(ONE, 2), (ONE, 3)]


def test_an_interrupted_retry_leaves_a_head_that_can_be_retried(broker, database, clock, publish):
    position = bury_three(broker, database, clock, publish)

    def fail_at_second(event: Event) -> None:
        if event.version == 2:
            raise OSError("away")
        applying(database)[NOTED.type](event)

    with pytest.raises(OSError, match="away"):
        revive(database, {NOTED.type: fail_at_second}, position=position)
    (head,) = list_dead(database)
    assert (head.state, head.delivery.offset) == ("waiting", 1)
    assert revive(database, applying(database), position=head.position).handled == 2


@pytest.mark.parametrize("act", [reviving.retry, reviving.drop])
def test_revive_refuses_an_event_that_waits_behind_another_or_is_not_there(broker, database, clock, publish, act):
    position = bury_three(broker, database, clock, publish)
    for wrong in (position + 1, position + 99):
        with pytest.raises(NoSuchDeadEvent):
            revive(database, applying(database), position=wrong, act=act)


@pytest.mark.parametrize("round", range(5))
def test_no_event_is_left_behind_when_a_retry_races_the_consumer(broker, database, clock, publish, round):
    position = bury_three(broker, database, clock, publish)
    publish(*(record(number, clock=clock) for number in range(4, 40)))
    with ThreadPoolExecutor(2) as threads:
        consumer = threads.submit(consume, broker, database, clock, applying(database))
        retry = threads.submit(revive, database, applying(database), position=position)
        retry.result()
        assert consumer.result().came_true
    assert count_by_state(database) == {"dead": 0, "waiting": 0}
    assert [version for _, version in events.list_applied(database)] == list(range(1, 40))


def test_queueing_behind_an_event_waits_for_whoever_is_removing_it(postgres_databases, broker, clock, publish):
    database = Database(postgres_databases.create(prepare), pool_size=6)
    position = bury_three(broker, database, clock, publish)
    revive(database, applying(database, refuse={3}), position=position)
    (last,) = list_dead(database)
    has_removed, may_commit = Flag(), Flag()

    def remove() -> None:
        with database.transaction() as session:
            dead_events.remove(session, last)
            has_removed.set()
            assert may_commit.wait(10)

    def queue() -> bool:
        with database.transaction() as session:
            return dead_events.wait_behind(session, consumer=GROUP, delivery=last.delivery, at=clock.now())

    with ThreadPoolExecutor(2) as threads:
        removing = threads.submit(remove)
        assert has_removed.wait(10)
        queueing = threads.submit(queue)
        with pytest.raises(StillWaiting):
            queueing.result(timeout=0.5)
        may_commit.set()
        removing.result()
        assert queueing.result() is None
    assert count_by_state(database) == {"dead": 0, "waiting": 0}
    database.close()


def test_burden_tells_what_is_dead_why_and_since_when(broker, database, clock, publish):
    buried_at = clock.now()
    bury_three(broker, database, clock, publish)
    clock.advance(timedelta(hours=2))
    publish(broken(key=None), broken(key=None))
    consume(broker, database, clock, applying(database))
    with database.read() as session:
        burden = dead_events.measure_burden(session, consumer=GROUP)
        assert dead_events.measure_burden(session) == burden
        nothing = dead_events.measure_burden(session, consumer="another")
    assert burden == Burden(
        dead_by_reason={"not_found": 1, "message_not_cloudevents": 2}, waiting=2, oldest_at=buried_at
    )
    assert nothing == Burden(dead_by_reason={}, waiting=0, oldest_at=None)


@pytest.mark.requirement("EVT-6")
def test_run_logs_no_part_of_a_message(broker, database, clock, publish, capsys):
    secret = "secret"
    publish(
        broken(value=secret.encode()),
        broken(key=None, value=f'{{"{secret}":"{secret}"}}'.encode(), headers=((secret, secret.encode()),)),
        record(1, key=f"student:{secret}", clock=clock),
        record(1, key="student:2", clock=clock, type=secret),
    )
    consume(broker, database, clock, applying(database, refuse={1}))
    assert len(list_dead(database)) == 4
    output = "".join(capsys.readouterr())
    assert "event_dead" in output
    assert secret not in output.replace(__file__, "")
