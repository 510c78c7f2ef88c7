"""Notice a partition that stands still while its end moves on.

A client library that has lost track of a fetch, or of its position, says nothing: it goes on renewing its membership,
so that nobody else takes the partition over (kafka-python's issues 3106 and 3131 were of that kind). Whoever notices
leaves the group and joins anew.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from kafka import TopicPartition, errors

from shared import logs
from shared.broker import BrokerUnavailable, Partition

log = logs.get(__name__)

_LOOK_EVERY_S: Final = 5.0
# A fetch may wait for a broker that is away and comes back; nothing that works takes this long.
_STILL_S: Final = 15.0
_ANSWER_S: Final = 2.0


class Watchdog:
    """Watches the partitions of one consumer. Costs one small request in five seconds."""

    def __init__(self, consumer: Any, *, group: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._consumer = consumer
        self._group = group
        self._monotonic = monotonic
        self._look_at = monotonic() + _LOOK_EVERY_S
        # Where a partition stands, since when, although there is more to read.
        self._standing: dict[Partition, tuple[int | None, float]] = {}
        self._deaf_since: float | None = None

    def look(self, places: Iterable[Partition]) -> None:
        """Look, when it is time, whether these partitions move.

        Raises:
            BrokerUnavailable: one has stood still for too long, or nothing is answered any more: use a new consumer.
        """
        now = self._monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_EVERY_S
        wanted = {TopicPartition(*place): place for place in places}
        wanted = {partition: wanted[partition] for partition in wanted.keys() & self._consumer.assignment()}
        if not wanted:
            self._standing = {}
            return
        try:
            ends = self._consumer.end_offsets(list(wanted), timeout_ms=int(_ANSWER_S * 1000))
            positions = {partition: self._consumer.position(partition, timeout_ms=0) for partition in wanted}
        except errors.KafkaError:
            self._deaf_since = now if self._deaf_since is None else self._deaf_since
            if now - self._deaf_since >= _STILL_S:
                raise
            return
        self._deaf_since = None
        standing = {}
        for partition, place in wanted.items():
            if ends[partition] > (positions[partition] or 0):
                position, since = self._standing.get(place, (positions[partition], now))
                standing[place] = (position, since) if position == positions[partition] else (positions[partition], now)
        self._standing = standing
        if still := [place for place, (_, since) in standing.items() if now - since >= _STILL_S]:
            log.error("kafka_partitions_stand_still", group=self._group, partitions=len(still))
            raise BrokerUnavailable("partitions stand still while their ends move on")
