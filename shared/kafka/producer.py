"""Publish: the idempotent producer, every acknowledgement awaited, one deadline for a batch."""

import time
from collections.abc import Mapping, Sequence
from typing import Final

from kafka import errors

from shared import logs
from shared.broker import BrokerUnavailable, RecordRefused, require_acceptable
from shared.clock import Clock
from shared.kafka.administration import Administration
from shared.kafka.clients import Clients
from shared.kafka.faults import telling_unavailable
from shared.messages import Record
from shared.partitioning import partition_of
from shared.topics import Catalogue, Topic

log = logs.get(__name__)

PUBLISH_DEADLINE_S: Final = 10.0
# How long a thrown away producer may still hold its thread.
_CLOSE_TIMEOUT_S: Final = 1.0


class KafkaLogProducer:
    """One writer's connection to a cluster; see `shared.broker.Producer`."""

    def __init__(self, clients: Clients, *, administration: Administration, catalogue: Catalogue, clock: Clock) -> None:
        self._administration = administration
        self._catalogue = catalogue
        self._clock = clock
        self._known: set[str] = set()
        self._is_broken = False
        self._producer = clients.producer(
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            batch_size=65536,
            # Time to fill a batch while we hand records over; at the end of ours nothing waits for it.
            linger_ms=5,
            max_block_ms=int(PUBLISH_DEADLINE_S * 1000),
            delivery_timeout_ms=int(PUBLISH_DEADLINE_S * 1000),
            request_timeout_ms=4000,
        )

    def publish(self, records: Sequence[Record]) -> None:
        """Append all records and wait until all are acknowledged; see `shared.broker.Producer`."""
        if self._is_broken:
            raise BrokerUnavailable("this producer has failed before: what it knows of its records is not certain")
        deadline = time.monotonic() + PUBLISH_DEADLINE_S
        topics = {name: self._catalogue.get_topic(name) for name in {record.topic for record in records}}
        if unknown := topics.keys() - self._known:
            self._administration.require(sorted(unknown))
            self._known |= unknown
        for record in records:
            require_acceptable(record, topics[record.topic])
        try:
            with telling_unavailable():
                self._send(records, topics, deadline)
        except (RecordRefused, BrokerUnavailable):
            self._is_broken = True
            raise

    def close(self) -> None:
        """Throw the connection away; what was not acknowledged may or may not be appended."""
        try:
            self._producer.close(timeout=_CLOSE_TIMEOUT_S)
        except errors.KafkaError as fault:
            log.info("kafka_producer_dropped", fault=type(fault).__name__)

    def _send(self, records: Sequence[Record], topics: Mapping[str, Topic], deadline: float) -> None:
        now = int(self._clock.now().timestamp() * 1000)
        sent = [
            self._producer.send(
                record.topic,
                key=record.key,
                value=record.value,
                headers=list(record.headers),
                # By our own function, so that a key has one place on either log; what has no key goes anywhere.
                partition=None if record.key is None else partition_of(record.key, topics[record.topic].partitions),
                timestamp_ms=now,
            )
            for record in records
        ]
        # What is buffered goes at once, and the deadline is that of the whole batch, not of each of its requests.
        self._producer.flush(timeout=max(deadline - time.monotonic(), 0))
        for each in sent:
            each.get(timeout=max(deadline - time.monotonic(), 0))
