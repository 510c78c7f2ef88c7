"""What a service's exporter passes on to one subscriber in a second: fields chosen, ids under pseudonyms."""

import time
from dataclasses import replace

from shared import exporting, messages, subscriptions
from shared.broker import open_broker
from shared.metrics import ConsumerTally
from shared.topics import Topic
from tests.benchmarks.events.places import CLOCK, Ground
from tests.benchmarks.support.figures import Figure
from tests.support import exports
from tests.support.events import CATALOGUE, TOPIC, StopWhen
from tests.support.exports import Exports

SUBSCRIBER = "bench"


def bench(ground: Ground, *, count: int) -> list[Figure]:
    """Export so many events, none of which is of a child that was met before."""
    spoken: Topic = replace(exports.CATALOGUE.topics[TOPIC], partitions=CATALOGUE.topics[TOPIC].partitions)
    catalogue = replace(
        exports.CATALOGUE, topics={**exports.CATALOGUE.topics, TOPIC: spoken}, replication=CATALOGUE.replication
    )
    broker, database = open_broker(ground.broker_url, catalogue=catalogue, clock=CLOCK), ground.open_database()
    broker.make_topics()
    service = Exports(broker=broker, database=database, clock=CLOCK)
    service.subscribe(SUBSCRIBER)
    service.publish(*(messages.encode(service.event(f"child-{number}")) for number in range(count)))
    started, processor = time.monotonic(), time.process_time()
    # By its own count: asking the log how much is left costs more than exporting it.
    tally = ConsumerTally()
    stop = StopWhen(lambda: sum(tally.outcomes.values()) >= count, patience=300)
    exporting.run(
        service=exports.SERVICE,
        exporter=service.exporter(),
        broker=broker,
        database=database,
        clock=CLOCK,
        stop=stop,
        tally=tally,
    )
    elapsed, processor = time.monotonic() - started, time.process_time() - processor
    assert len(service.received(SUBSCRIBER)) == count
    broker.delete_topics([service.topic(SUBSCRIBER), subscriptions.TOPIC])
    database.close()
    broker.close()
    return [
        Figure(
            name=f"exported to one subscriber, {ground.place}",
            value=count / elapsed,
            unit="events/s",
            beside={"µs of processor an event": processor / count * 1e6},
        )
    ]
