"""What telling an event, and claiming a cause, add to a transaction."""

import time

from shared import inbox, outbox
from tests.benchmarks.events.places import CLOCK, Ground
from tests.benchmarks.support.figures import Figure
from tests.support import events
from tests.support.events import NOTED


def bench(ground: Ground, *, count: int) -> list[Figure]:
    """Measure transactions in turns: with one insert alone, telling an event, claiming a cause."""
    database = ground.open_database()

    def write(number: int, *, tells: bool = False, claims: bool = False) -> float:
        started = time.perf_counter()
        with database.transaction() as session:
            session.execute(events.applied.insert().values(event_id=str(number), key="k", version=number))
            if claims:
                inbox.first_time(session, str(number))
            if tells:
                event = NOTED.about(key=f"student:{number}", data={"number": number})
                outbox.add(session, event, at=CLOCK.now())
        return (time.perf_counter() - started) * 1000

    rounds = [(write(number), write(number, tells=True), write(number, claims=True)) for number in range(count)]
    plain, told, claimed = (sum(each) / count for each in zip(*rounds, strict=True))
    database.close()
    kind = ground.place.database
    return [
        Figure(name=f"a transaction with one insert, {kind}", value=plain, unit="ms"),
        Figure(name=f"the same telling an event, {kind}", value=told, unit="ms", beside={"times": told / plain}),
        Figure(name=f"the same claiming a cause, {kind}", value=claimed, unit="ms", beside={"times": claimed / plain}),
    ]
