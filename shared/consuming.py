"""The consume loop: each event to its handler, in order, at least once; offsets after the handler's own commit.

A final refusal goes to `dead_events`, with what follows of its key, and the partition goes on. Anything else is tried
again on the spot while its partition, and no other, waits.
"""

import time
from collections import deque
from collections.abc import Callable, Collection
from datetime import timedelta
from threading import Event as Stop
from typing import Final

from sqlalchemy.exc import DBAPIError

from shared import dead_events, handling, inbox, logs, retrying, stopping
from shared.broker import AssignmentLost, Broker, BrokerUnavailable, Consumer, Delivery, Partition, Polled
from shared.clock import Clock
from shared.database import Database
from shared.handling import Dead, Handlers
from shared.messages import Event
from shared.metrics import ConsumerTally, Outcome
from shared.topics import UnknownTopic

log = logs.get(__name__)

MAX_RECORDS: Final = 500
# Claims must outlive every log's retention: a replay from its start may not apply anything again.
CLAIMS_KEPT: Final = timedelta(days=60)
SWEEP_EVERY: Final = timedelta(hours=1)
# What a metric calls a message that has no type that we know: a sender's own words are no label.
_UNREADABLE: Final = "unreadable"
_UNKNOWN: Final = "unknown"
# A member gives partitions back, and commits, between two slices of work: neither waits longer than this.
_SLICE_S = 1.0
# How long a stopping signal may go unnoticed by an idle member.
_LONGEST_POLL_S = 0.25


def run(
    *,
    broker: Broker,
    group: str,
    topics: Collection[str],
    handlers: Handlers,
    database: Database,
    clock: Clock,
    stop: Stop,
    flush: Callable[[], None] | None = None,
    max_records: int = MAX_RECORDS,
    sweep_every: timedelta = SWEEP_EVERY,
    tally: ConsumerTally | None = None,
) -> None:
    """Consume until `stop` is set, then commit what was handled and leave the group.

    `handlers` are called by event type. Types that the catalogue lists for these topics and nobody here handles are
    passed over; others are dead. `flush` is called after each slice of handled events and before their offsets are
    committed: handlers that only collect do their work there, in one go. When it raises, nothing is committed and the
    events come again. `tally` is counted up for metrics.
    """
    tally = tally or ConsumerTally()
    failures = 0
    while not stop.is_set():
        try:
            consumer = broker.consumer(group=group, topics=topics)
            try:
                reader = _Reader(
                    consumer=consumer,
                    group=group,
                    handlers=handlers,
                    known_types=broker.catalogue.event_types(topics),
                    database=database,
                    clock=clock,
                    flush=flush,
                    max_records=max_records,
                    sweep_every=sweep_every,
                    tally=tally,
                )
                while not stop.is_set():
                    reader.work_once(stop)
                    failures = 0
            finally:
                tally.standing_partitions = 0
                consumer.close()
        except (DBAPIError, BrokerUnavailable, UnknownTopic, OSError):
            # A topic that nobody has made yet is waited for, as a log that has not started.
            failures += 1
            tally.interruptions += 1
            log.warning("consumer_interrupted", group=group, failures=failures, exc_info=True)
            stop.wait(retrying.pause(failures))


def run_command(
    *,
    broker: Broker,
    group: str,
    topics: Collection[str],
    handlers: Handlers,
    database: Database,
    clock: Clock,
    flush: Callable[[], None] | None = None,
    tally: ConsumerTally | None = None,
) -> None:
    """Consume until SIGTERM or Ctrl-C: the body of `python -m services.<name> consume`."""
    stop = stopping.on_signals()
    log.info("consumer_started", group=group)
    run(
        broker=broker,
        group=group,
        topics=topics,
        handlers=handlers,
        database=database,
        clock=clock,
        stop=stop,
        flush=flush,
        tally=tally,
    )
    log.info("consumer_stopped", group=group)


class _Reader:
    """One membership's work: what was polled and not yet handled, partition by partition."""

    def __init__(
        self,
        *,
        consumer: Consumer,
        group: str,
        handlers: Handlers,
        known_types: Collection[str],
        database: Database,
        clock: Clock,
        flush: Callable[[], None] | None,
        max_records: int,
        sweep_every: timedelta,
        tally: ConsumerTally,
    ) -> None:
        self._tally = tally
        self._consumer = consumer
        self._group = group
        self._handlers = handlers
        self._known_types = known_types
        self._database = database
        self._clock = clock
        self._flush = flush
        self._max_records = max_records
        # Only partitions with something to do are here.
        self._queues: dict[Partition, deque[Delivery]] = {}
        self._attempts: dict[Partition, int] = {}
        self._due: dict[Partition, float] = {}
        # From which offset on a key is held up. Only this member adds to its partitions' holds, so that what it remembers
        # misses none; a hold that a command has lifted meanwhile is found out in the database.
        self._held: dict[tuple[str, bytes], int] = {}
        self._sweep_every_s = sweep_every.total_seconds()
        self._sweep_at = time.monotonic() + self._sweep_every_s

    def work_once(self, stop: Stop) -> None:
        """Poll, handle for at most a slice, commit."""
        polled = self._consumer.poll(
            max_records=self._max_records, timeout=self._patience(), skip=frozenset(self._queues)
        )
        self._take_note(polled)
        handled = self._handle_slice(stop)
        if handled and self._flush is not None:
            self._flush()
        try:
            self._consumer.commit(handled)
        except AssignmentLost as lost:
            # Another member reads them again; its inbox knows what we did.
            log.info("consumer_assignment_lost", group=self._group, partitions=len(lost.partitions))
            self._forget(lost.partitions)
        if not polled.deliveries:
            self._sweep_when_due()

    def _patience(self) -> float:
        if not self._queues:
            return _LONGEST_POLL_S
        now = time.monotonic()
        return min(max(min(self._due.get(place, now) for place in self._queues) - now, 0), _LONGEST_POLL_S)

    def _take_note(self, polled: Polled) -> None:
        self._forget(polled.lost)
        if polled.gained or polled.lost:
            self._tally.rebalances += 1
        if polled.gained:
            with self._database.read() as session:
                self._held = dead_events.list_held(session, consumer=self._group)
        for delivery in polled.deliveries:
            place = delivery.place
            if (queue := self._queues.get(place)) is None:
                queue = self._queues[place] = deque()
            queue.append(delivery)

    def _forget(self, places: Collection[Partition]) -> None:
        for place in places:
            self._queues.pop(place, None)
            self._attempts.pop(place, None)
            self._due.pop(place, None)

    def _handle_slice(self, stop: Stop) -> dict[Partition, int]:
        """Handle what is due and return, for each partition, the offset after the last one handled."""
        handled: dict[Partition, int] = {}
        now = time.monotonic()
        until = now + _SLICE_S
        for place, queue in list(self._queues.items()):
            if self._due.get(place, 0.0) > now:
                continue
            while queue and now < until and not stop.is_set():
                started = now
                kind, outcome = self._try(queue[0])
                now = time.monotonic()
                self._tally.count(kind, outcome, seconds=now - started)
                if outcome is Outcome.RETRIED:
                    break
                handled[place] = queue.popleft().offset + 1
            del self._queues[place]
            if queue:
                # Behind the others next time, so that one long queue does not keep them waiting.
                self._queues[place] = queue
        self._tally.standing_partitions = len(self._attempts)
        return handled

    def _try(self, delivery: Delivery) -> tuple[str, Outcome]:
        """Settle one message for good, or note when to try again; return what a metric calls it, and what became of it."""
        kind = _UNREADABLE
        try:
            try:
                event = handling.read(delivery)
            except Dead as dead:
                self._bury(delivery, dead)
                outcome = Outcome.DEAD
            else:
                kind = event.type if self._is_known(event.type) else _UNKNOWN
                outcome = self._settle(delivery, event)
        except Exception:
            # Whatever it is, skipping the event would be worse: it waits, and shows.
            log.warning(
                "event_to_be_retried",
                group=self._group,
                topic=delivery.topic,
                partition=delivery.partition,
                offset=delivery.offset,
                attempts=self._try_later(delivery.place),
                exc_info=True,
            )
            return kind, Outcome.RETRIED
        if self._attempts and self._attempts.pop(delivery.place, None) is not None:
            self._due.pop(delivery.place, None)
        return kind, outcome

    def _try_later(self, place: Partition) -> int:
        """Let a partition stand for a while, longer each time; return how often it has been tried."""
        attempts = self._attempts[place] = self._attempts.get(place, 0) + 1
        self._due[place] = time.monotonic() + retrying.pause(attempts)
        return attempts

    def _is_known(self, type: str) -> bool:
        return type in self._handlers or type in self._known_types

    def _settle(self, delivery: Delivery, event: Event) -> Outcome:
        is_of_interest = event.type in self._handlers or event.type not in self._known_types
        if is_of_interest and self._held and self._waits_behind(delivery, event):
            return Outcome.WAITING
        try:
            is_applied = handling.handle(event, handlers=self._handlers, known_types=self._known_types)
        except Dead as dead:
            self._bury(delivery, dead, event=event)
            return Outcome.DEAD
        return Outcome.APPLIED if is_applied else Outcome.PASSED_OVER

    def _waits_behind(self, delivery: Delivery, event: Event) -> bool:
        if delivery.key is None:
            return False
        hold = (delivery.topic, delivery.key)
        held_from = self._held.get(hold)
        # What comes before the hold was handled once, and is heard again (a replay): it waits for nobody.
        if held_from is None or delivery.offset < held_from:
            return False
        with self._database.transaction() as session:
            held_from = dead_events.wait_behind(
                session,
                consumer=self._group,
                delivery=delivery,
                at=self._clock.now(),
                event_id=event.id,
                type=event.type,
            )
        if held_from is None:
            del self._held[hold]
            return False
        self._held[hold] = held_from
        return held_from <= delivery.offset

    def _bury(self, delivery: Delivery, dead: Dead, *, event: Event | None = None) -> None:
        with self._database.transaction() as session:
            dead_events.bury(
                session,
                consumer=self._group,
                delivery=delivery,
                reason=dead.reason,
                place=dead.place,
                at=self._clock.now(),
                event_id=event.id if event else None,
                type=event.type if event else None,
            )
        if delivery.key is not None:
            hold = (delivery.topic, delivery.key)
            self._held[hold] = min(self._held.get(hold, delivery.offset), delivery.offset)
        log.error(
            "event_dead",
            group=self._group,
            topic=delivery.topic,
            partition=delivery.partition,
            offset=delivery.offset,
            # A type that nobody knows is a stranger's words.
            type=event.type if event and self._is_known(event.type) else None,
            reason=dead.reason,
            place=dead.place,
        )

    def _sweep_when_due(self) -> None:
        if time.monotonic() < self._sweep_at:
            return
        self._sweep_at = time.monotonic() + self._sweep_every_s
        with self._database.transaction() as session:
            swept = inbox.sweep(session, claimed_before=self._clock.now() - CLAIMS_KEPT)
        log.info("inbox_swept", claims=swept)
