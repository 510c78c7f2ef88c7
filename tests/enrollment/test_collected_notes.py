"""What the journal notes of others' events is collected, and written in one go: whatever breaks off, each is noted once."""

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event as Flag
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from services.enrollment import consumers
from services.enrollment.context import Context
from services.enrollment.models import JournalEntry
from services.records.events import RECORD_PUBLISHED
from shared import consuming, dead_events, ids, messages
from shared.broker import Broker, open_broker
from shared.clock import SystemClock
from shared.messages import Record
from tests.support import noting_member
from tests.support.enrollment import MOMENT, Registry
from tests.support.events import StopWhen

# The two set-ups: one machine, and production.
pytestmark = pytest.mark.parametrize(
    ("databases", "broker_url"),
    [
        pytest.param("sqlite", "embedded_url", id="sqlite-embedded"),
        pytest.param("postgresql", "kafka_url", id="postgresql-kafka", marks=pytest.mark.kafka),
    ],
    indirect=True,
)
COUNT = 60
Flush = Callable[[], None]


@pytest.fixture
def embedded_url(tmp_path: Path) -> str:
    return f"embedded://{tmp_path / 'log.db'}"


@pytest.fixture
def broker_url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def topic() -> str:
    return f"vitrail.records-{uuid4().hex[:12]}.v1"


@pytest.fixture
def broker(broker_url: str, topic: str) -> Iterator[Broker]:
    opened = open_broker(broker_url, catalogue=noting_member.catalogue_of(topic), clock=SystemClock())
    opened.make_topics()
    yield opened
    opened.delete_topics([topic])
    opened.close()


@pytest.fixture
def students(registry: Registry) -> list[str]:
    return [registry.make_student(guardian=None).id for _ in range(3)]


def told(topic: str, *, child_id: str) -> Record:
    event = RECORD_PUBLISHED.about(key=f"record:{ids.new()}", data=RECORD_PUBLISHED.sample)
    # A stranger's event is as he likes: nobody has checked it.
    data = {**(event.data or {}), "child_id": child_id}
    return messages.encode(replace(event, topic=topic, data=data, occurred_at=MOMENT, version=1))


def publish(broker: Broker, *records: Record) -> None:
    producer = broker.producer()
    producer.publish(records)
    producer.close()


def tell_of(broker: Broker, topic: str, students: list[str]) -> Counter[str]:
    """Tell of records of these students, and return how many notes each is to have."""
    whose = [students[number % len(students)] for number in range(COUNT)]
    publish(broker, *(told(topic, child_id=each) for each in whose))
    return Counter(whose)


def hear(ctx: Context, broker: Broker, topic: str, *, flushed: Callable[[Flush], None] | None = None) -> None:
    """Consume until everything is read; `flushed` stands between the loop and what writes the notes."""
    handlers = consumers.handlers(ctx)

    def flush() -> None:
        (flushed or (lambda act: act()))(handlers.flush)

    stop = StopWhen(lambda: sum(each.records for each in broker.lag(group=topic, topics=[topic]).values()) == 0)
    consuming.run(
        broker=broker,
        group=topic,
        topics=[topic],
        handlers=handlers,
        database=ctx.db,
        clock=SystemClock(),
        stop=stop,
        flush=flush,
        max_records=20,
    )
    assert stop.came_true


def noted(ctx: Context) -> Counter[str]:
    with ctx.db.read() as session:
        return Counter(session.scalars(select(JournalEntry.student_id)))


class Failing:
    """Refuses to write what was collected, or says that it could not though it did, the first time."""

    def __init__(self, *, is_written: bool, times: int = 1) -> None:
        self.left = times
        self._is_written = is_written

    def __call__(self, flush: Flush) -> None:
        if self.left == 0:
            flush()
            return
        self.left -= 1
        if self._is_written:
            flush()
        raise OperationalError("INSERT", None, ConnectionError())


@pytest.mark.requirement("PRV-1", "EVT-4")
@pytest.mark.parametrize("is_written", [False, True], ids=["before", "after"])
def test_notes_whose_writing_fails_are_written_once_when_their_events_come_again(
    ctx: Context, broker: Broker, topic: str, students: list[str], is_written: bool
) -> None:
    wanted = tell_of(broker, topic, students)
    failing = Failing(is_written=is_written)
    hear(ctx, broker, topic, flushed=failing)
    assert failing.left == 0
    assert noted(ctx) == wanted


@pytest.mark.requirement("PRV-1", "EVT-4")
def test_an_event_that_no_database_takes_is_put_aside_and_the_others_are_noted(
    ctx: Context, broker: Broker, topic: str, students: list[str]
) -> None:
    wanted = tell_of(broker, topic, students)
    publish(broker, told(topic, child_id="\u0000" * 200))
    wanted += tell_of(broker, topic, students)
    hear(ctx, broker, topic)
    assert noted(ctx) == wanted
    with ctx.db.read() as session:
        assert [each.reason for each in dead_events.list_dead(session)] == ["message_data_unexpected"]


@pytest.mark.requirement("PRV-1", "EVT-4")
def test_each_event_is_noted_once_when_members_join_in_the_middle(
    ctx: Context, broker: Broker, topic: str, students: list[str]
) -> None:
    wanted = tell_of(broker, topic, students)
    has_begun = Flag()

    def begin(flush: Flush) -> None:
        flush()
        has_begun.set()

    def join() -> None:
        assert has_begun.wait(60)
        hear(ctx, broker, topic)

    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(hear, ctx, broker, topic, flushed=begin)
        others = [threads.submit(join) for _ in range(2)]
        assert has_begun.wait(60)
        wanted += tell_of(broker, topic, students)
        for each in (first, *others):
            each.result()
    # Whoever left while the last ones came has left them to the next.
    hear(ctx, broker, topic)
    assert noted(ctx) == wanted


@pytest.mark.requirement("PRV-1", "EVT-4")
@pytest.mark.parametrize("dies", ["before", "after"])
def test_each_event_is_noted_once_when_a_process_is_killed_between_hearing_and_writing(
    ctx: Context, broker_url: str, broker: Broker, topic: str, students: list[str], dies: str
) -> None:
    wanted = tell_of(broker, topic, students)
    url = ctx.db.url.render_as_string(hide_password=False)
    ended = noting_member.run_until_dead(url, broker_url, topic=topic, group=topic, dies=dies)
    assert ended == -signal.SIGKILL
    assert (noted(ctx).total() > 0) == (dies == "after")
    hear(ctx, broker, topic)
    assert noted(ctx) == wanted
