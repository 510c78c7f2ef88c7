"""What the consume loop costs an event, over a bare poll and commit of the same records."""

import time
from collections.abc import Callable
from threading import Event as Stop

from shared import consuming, inbox
from shared.broker import Broker
from shared.messages import Event
from tests.benchmarks.events import relay
from tests.benchmarks.events.places import CLOCK, Ground
from tests.benchmarks.support.figures import Figure
from tests.support import events
from tests.support.events import NOTED, TOPIC

GROUP = "example.facts"


class _Count:
    """Handles by counting, and stops the loop when all have been counted."""

    def __init__(self, stop: Stop, *, until: int) -> None:
        self._stop, self._left = stop, until

    def __call__(self, _event: Event) -> None:
        self._left -= 1
        if self._left == 0:
            self._stop.set()


def bench(ground: Ground, *, count: int) -> list[Figure]:
    """Measure processor time; the database's server, if there is one, is not counted."""
    database, log = ground.open_database(), ground.open_log()
    listener = ground.open_listener()
    producer = log.producer()
    records = relay.fill(database, count)
    for start in range(0, count, 1000):
        producer.publish(records[start : start + 1000])
    producer.close()
    bare = _processor_time(lambda: _read_all(log, count)) / count

    def handled(handler: Callable[[Event], None], *, group: str, stop: Stop, counter: _Count) -> float:
        def on_event(event: Event) -> None:
            handler(event)
            counter(event)

        return (
            _processor_time(
                lambda: consuming.run(
                    broker=log,
                    group=group,
                    topics=[TOPIC],
                    handlers={NOTED.type: on_event},
                    database=listener,
                    clock=CLOCK,
                    stop=stop,
                )
            )
            / count
        )

    def apply(event: Event) -> None:
        with listener.transaction() as session:
            if inbox.first_time(session, event.id, consumer=GROUP):
                events.apply(session, event)

    costs = []
    for group, handler in (("nothing", lambda _: None), ("applies", apply)):
        stop = Stop()
        costs.append(handled(handler, group=f"bench.{group}", stop=stop, counter=_Count(stop, until=count)))
    log.close()
    database.close()
    listener.close()
    nothing, applies = costs
    return [
        Figure(
            name=f"consume loop over bare poll, {ground.place}",
            value=(nothing - bare) * 1e6,
            unit="µs of processor",
            beside={
                "bare poll and commit µs": bare * 1e6,
                "with a handler that claims and inserts µs": applies * 1e6,
                "events/s then": 1 / applies,
            },
        )
    ]


def _read_all(log: Broker, count: int) -> None:
    consumer = log.consumer(group="bench.bare", topics=[TOPIC])
    received = 0
    while received < count:
        deliveries = consumer.poll(max_records=consuming.MAX_RECORDS, timeout=5).deliveries
        received += len(deliveries)
        consumer.commit({each.place: each.offset + 1 for each in deliveries})
    consumer.close()


def _processor_time(action: Callable[[], object]) -> float:
    started = time.process_time()
    action()
    return time.process_time() - started
