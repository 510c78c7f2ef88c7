"""The relay: publish what the outbox holds, in the order of its positions, by one leader at a time (`events.md`).

At least once: a relay killed between the acknowledgement and the mark sends again. A send that fails is tried again
for ever, and shows; it never skips.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event as Stop
from typing import Final

from sqlalchemy.exc import DBAPIError

from shared import leading, logs, messages, outbox, retrying, stopping
from shared.broker import Broker, BrokerUnavailable, Producer, RecordRefused
from shared.clock import Clock
from shared.database import Database
from shared.leading import Seat, SeatBusy, SeatLost
from shared.metrics import RelayTally
from shared.outbox import Unpublished
from shared.topics import UnknownTopic

log = logs.get(__name__)

BATCH_SIZE: Final = 1000
# How long published rows are kept: long enough to look into what was said, short enough for personal data (EVT-5).
KEPT: Final = timedelta(days=7)
SWEEP_EVERY: Final = timedelta(minutes=1)
# A relay in waiting looks this often whether the seat is free: a killed leader is replaced within it.
_SEAT_LOOK_S = 0.5
# Waking may be missed (a pooler between us and PostgreSQL): then this is the delay.
_LONGEST_WAIT_S = 0.5
# Marking each event would take the service's write lock as often as its writers do, and wait for it before sending the
# next one. A relay killed meanwhile has this much more to send again.
_MARK_AFTER_S = 0.05
_MARK_PATIENCE = timedelta(milliseconds=4)
# So many batches may wait to be marked while the writers hold the database; then the relay waits for its turn.
_MOST_UNMARKED_BATCHES = 4
# Rows swept at once, and the time until the next when there are more: a relay that is never idle sweeps too, in pauses
# that its events hardly notice, and faster than it can publish.
_SWEEP_ROWS = 1000
_SWEEP_AGAIN_S = 0.1
# What a leader was publishing when it lost its seat, or did not hear of in time, has arrived by then or never will: longer
# than a publish may take.
LATE: Final = timedelta(seconds=15)


def run(
    *,
    database: Database,
    broker: Broker,
    clock: Clock,
    stop: Stop,
    batch_size: int = BATCH_SIZE,
    kept: timedelta = KEPT,
    sweep_every: timedelta = SWEEP_EVERY,
    late: timedelta = LATE,
    tally: RelayTally | None = None,
) -> None:
    """Relay until `stop` is set: wait for the seat, lead, and begin again when the seat is lost.

    What is being sent when `stop` is set is still sent and marked. `tally` is counted up for metrics.
    """
    tally = tally or RelayTally()
    failures = 0
    while not stop.is_set():
        try:
            seat = leading.find_seat(database)
            failures = 0
            if seat is None:
                stop.wait(_SEAT_LOOK_S)
                continue
            log.info("relay_leads")
            tally.is_leader = True
            try:
                leader = _Leader(
                    seat=seat,
                    broker=broker,
                    clock=clock,
                    batch_size=batch_size,
                    kept=kept,
                    sweep_every=sweep_every,
                    late=late,
                    tally=tally,
                )
                leader.lead(stop)
            finally:
                tally.is_leader = False
                seat.close()
        except (DBAPIError, SeatLost, OSError):
            failures += 1
            log.warning("relay_seat_lost", failures=failures, exc_info=True)
            stop.wait(retrying.pause(failures))


def run_command(*, database: Database, broker: Broker, clock: Clock, tally: RelayTally | None = None) -> None:
    """Relay until SIGTERM or Ctrl-C: the body of `python -m services.<name> relay`."""
    stop = stopping.on_signals()
    log.info("relay_started")
    run(database=database, broker=broker, clock=clock, stop=stop, tally=tally)
    log.info("relay_stopped")


class _Leader:
    def __init__(
        self,
        *,
        seat: Seat,
        broker: Broker,
        clock: Clock,
        batch_size: int,
        kept: timedelta,
        sweep_every: timedelta,
        late: timedelta,
        tally: RelayTally,
    ) -> None:
        self._seat = seat
        self._tally = tally
        self._broker = broker
        self._clock = clock
        self._batch_size = batch_size
        self._kept = kept
        self._producer: Producer | None = None
        self._failures = 0
        # How many are published at once: fewer after a failure, for all of them must be acknowledged within one deadline.
        self._limit = batch_size
        # Acknowledged by the log and not marked yet.
        self._sent: list[int] = []
        self._mark_at = 0.0
        self._sweep_every_s = sweep_every.total_seconds()
        self._sweep_at = time.monotonic() + self._sweep_every_s
        # Topics and keys of states of which an old word may still arrive, and when it must have.
        self._doubtful: set[tuple[str, str]] = set()
        self._late_s = late.total_seconds()
        self._repeat_at = 0.0

    def lead(self, stop: Stop) -> None:
        try:
            with self._seat.read() as session:
                # The leader before may be publishing them still.
                left = outbox.list_unpublished(session, limit=(_MOST_UNMARKED_BATCHES + 1) * self._batch_size)
            self._doubt(left)
            with ThreadPoolExecutor(1, thread_name_prefix="relay-marks") as self._beside:
                while not stop.is_set():
                    has_sent = self._send_batch(stop)
                    self._sweep_when_due()
                    self._repeat_when_due()
                    if not has_sent:
                        if self._is_mark_due():
                            self._mark_some()
                        until_mark = max(self._mark_at - time.monotonic(), 0) if self._sent else _LONGEST_WAIT_S
                        self._seat.wait(timeout=min(until_mark, _LONGEST_WAIT_S))
                if self._sent:
                    self._mark()
        finally:
            self._drop_producer()

    def _send_batch(self, stop: Stop) -> bool:
        """Publish the oldest events that wait; return False when there are none."""
        # Read only when all that was read before is acknowledged: a leader that has lost its seat sends no other batch.
        with self._seat.read() as session:
            waiting = outbox.list_unpublished(session, limit=self._limit, but_not=self._sent)
        if not waiting:
            return False
        self._seat.was_useful()
        # What was acknowledged before is marked meanwhile: the database works while the log does.
        marking = self._beside.submit(self._mark_some) if self._is_mark_due() else None
        try:
            self._producer = self._producer or self._broker.producer()
            self._producer.publish([each.record for each in waiting])
            is_acknowledged = True
        except (BrokerUnavailable, UnknownTopic, RecordRefused):
            is_acknowledged = False
            # What of it was appended is not known: the same producer must not go on (`events.md`).
            self._drop_producer()
            self._doubt(waiting)
            self._failures += 1
            self._limit = max(len(waiting) // 2, 1)
            self._tally.failed_publishes += 1
            log.warning("relay_publish_failed", failures=self._failures, exc_info=True)
        finally:
            if marking is not None:
                marking.result()
        if not is_acknowledged:
            stop.wait(retrying.pause(self._failures))
            return True
        self._failures = 0
        self._limit = min(self._limit * 2, self._batch_size)
        self._tally.count(messages.type_of(each.record) for each in waiting)
        if not self._sent:
            self._mark_at = time.monotonic() + _MARK_AFTER_S
        self._sent += [each.position for each in waiting]
        return True

    def _is_mark_due(self) -> bool:
        return bool(self._sent) and time.monotonic() >= self._mark_at

    def _mark_some(self) -> None:
        is_pressing = len(self._sent) >= _MOST_UNMARKED_BATCHES * self._batch_size
        self._mark(patience=leading.PATIENCE if is_pressing else _MARK_PATIENCE)

    def _mark(self, *, patience: timedelta = leading.PATIENCE) -> None:
        try:
            with self._seat.transaction(patience=patience) as session:
                outbox.mark_published(session, self._sent, at=self._clock.now())
        except SeatBusy:
            # The writers come first: what they write is to be sent, not to wait for this.
            self._mark_at = time.monotonic() + _MARK_AFTER_S
        else:
            self._sent = []

    def _sweep_when_due(self) -> None:
        if time.monotonic() < self._sweep_at:
            return
        try:
            with self._seat.transaction(patience=_MARK_PATIENCE) as session:
                before = self._clock.now() - self._kept
                swept = outbox.sweep(session, published_before=before, limit=_SWEEP_ROWS)
        except SeatBusy:
            swept = _SWEEP_ROWS
        if swept >= _SWEEP_ROWS:
            self._sweep_at = time.monotonic() + _SWEEP_AGAIN_S
            return
        self._sweep_at = time.monotonic() + self._sweep_every_s
        try:
            expired = self._broker.sweep()
        except BrokerUnavailable:
            log.warning("relay_sweep_failed", exc_info=True)
            return
        if swept or expired:
            log.info("relay_swept", outbox_rows=swept, log_records=expired)

    def _doubt(self, told: Sequence[Unpublished]) -> None:
        """Remember the states of which these may arrive once more, after newer ones.

        Projections ignore an old version, but a compacted topic would keep it, and forget the newer one.
        """
        topics = self._broker.catalogue.topics
        compacted = {name for name, topic in topics.items() if topic.is_compacted}
        places = {(each.record.topic, (each.record.key or b"").decode()) for each in told} if compacted else set()
        if doubtful := {place for place in places if place[0] in compacted}:
            self._doubtful |= doubtful
            self._repeat_at = time.monotonic() + self._late_s

    def _repeat_when_due(self) -> None:
        """Tell the newest states again once no older word of them can arrive any more."""
        if not self._doubtful or time.monotonic() < self._repeat_at:
            return
        if self._sent:
            # What is not marked would not be found, and may be the newest word that an older one has come after.
            self._mark(patience=_MARK_PATIENCE)
        if self._sent:
            return
        with self._seat.read() as session:
            newest = outbox.list_newest(session, places=self._doubtful)
        try:
            self._producer = self._producer or self._broker.producer()
            self._producer.publish([each.record for each in newest])
        except (BrokerUnavailable, UnknownTopic, RecordRefused):
            self._drop_producer()
            self._repeat_at = time.monotonic() + self._late_s
            log.warning("relay_repeat_failed", exc_info=True)
            return
        log.info("relay_states_repeated", states=len(newest))
        self._doubtful = set()

    def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.close()
