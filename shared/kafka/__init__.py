"""The event log on an Apache Kafka cluster, by kafka-python."""

import time
from collections.abc import Collection, Mapping
from datetime import datetime
from importlib.util import find_spec
from typing import Final

from kafka.admin import OffsetSpec

from shared import logs
from shared.broker import BrokerState, Lag, Partition
from shared.clock import Clock
from shared.kafka import address, client_logs, header_names, probing
from shared.kafka.administration import Administration
from shared.kafka.clients import Clients
from shared.kafka.consumer import KafkaLogConsumer
from shared.kafka.producer import KafkaLogProducer
from shared.kafka.reader import KafkaLogReader
from shared.topics import Catalogue

__all__ = ["KafkaLog"]

log = logs.get(__name__)

# The library does without them: with a checksum in Python that costs 15 ms for 64 KiB, and unable to read what is packed.
for _name in ("crc32c", "lz4"):
    if find_spec(_name) is None:
        raise ModuleNotFoundError("the extra of kafka-python is not installed whole", name=_name)

# How long the records are waited for whose age is to be told.
_AGE_PATIENCE_S: Final = 3.0


class KafkaLog:
    """The door to a cluster; see `shared.broker.Broker`."""

    def __init__(self, url: str, *, catalogue: Catalogue, clock: Clock) -> None:
        self.catalogue = catalogue
        self._clock = clock
        self._address = address.parse(url)
        client_logs.forward()
        header_names.forgive()
        self._clients = Clients(self._address)
        self._administration = Administration(self._clients, catalogue=catalogue, replication=self._address.replication)

    def producer(self) -> KafkaLogProducer:
        """Return a new writer's connection."""
        return KafkaLogProducer(
            self._clients, administration=self._administration, catalogue=self.catalogue, clock=self._clock
        )

    def consumer(self, *, group: str, topics: Collection[str]) -> KafkaLogConsumer:
        """Return a new member of `group`, which joins when it is polled."""
        self._administration.require(topics)
        return KafkaLogConsumer(self._clients, group=group, topics=topics)

    def reader(self, *, topics: Collection[str], since: datetime | None = None) -> KafkaLogReader:
        """Return a reader of what was appended at `since` or later; see `shared.broker.Broker`."""
        places = self._places(topics)
        # The ends first: what comes meanwhile is not counted, and is read all the same.
        ends = self._administration.offsets(places, OffsetSpec.LATEST)
        return self._reader(self._offsets_since(places, since), ends=ends)

    def lag(self, *, group: str, topics: Collection[str]) -> Mapping[Partition, Lag]:
        """Return what the group has still to commit; see `shared.broker.Broker`."""
        places = self._places(topics)
        # What was committed first: the other way round, what is committed meanwhile would count for less than nothing.
        committed = self._administration.committed(group, places)
        first = self._administration.offsets(places, OffsetSpec.EARLIEST)
        ends = self._administration.offsets(places, OffsetSpec.LATEST)
        starts = {place: max(committed.get(place, 0), first[place]) for place in places}
        behind = {place: start for place, start in starts.items() if start < ends[place]}
        ages = self._appended_at(behind)
        return {place: Lag(records=max(ends[place] - starts[place], 0), oldest_at=ages.get(place)) for place in places}

    def rewind(self, *, group: str, topics: Collection[str], to: datetime) -> None:
        """Make the group read again what was appended at `to` or later; see `shared.broker.Broker`."""
        places = self._places(topics)
        self._administration.move(group, self._offsets_since(places, to))

    def missing_topics(self, names: Collection[str] | None = None) -> list[str]:
        """Return which of the topics nobody has made yet; see `shared.broker.Broker`."""
        return self._administration.missing_topics(self.catalogue.topics if names is None else names)

    def make_topics(self, names: Collection[str] | None = None) -> list[str]:
        """Make what is missing of the topics; see `shared.broker.Broker`."""
        return self._administration.make_topics(self.catalogue.topics if names is None else names)

    def delete_topics(self, names: Collection[str]) -> list[str]:
        """Delete topics with all that was said on them; see `shared.broker.Broker`."""
        return self._administration.delete_topics(names)

    def sweep(self) -> int:
        """Kafka keeps the retention of its topics itself."""
        return 0

    def state(self) -> BrokerState:
        """Look whether the cluster can be used now; see `shared.broker.Broker`."""
        return probing.probe(self._address)

    def close(self) -> None:
        """Close what was kept open for questions; producers, consumers and readers close themselves."""
        self._administration.close()

    def _places(self, topics: Collection[str]) -> list[Partition]:
        self._administration.require(topics)
        return [
            Partition(name, number) for name in topics for number in range(self.catalogue.get_topic(name).partitions)
        ]

    def _reader(self, starts: Mapping[Partition, int], *, ends: Mapping[Partition, int]) -> KafkaLogReader:
        return KafkaLogReader(self._clients, administration=self._administration, starts=starts, ends=ends)

    def _offsets_since(self, places: Collection[Partition], since: datetime | None) -> dict[Partition, int]:
        if since is None:
            return self._administration.offsets(places, OffsetSpec.EARLIEST)
        ends = self._administration.offsets(places, OffsetSpec.LATEST)
        found = self._administration.offsets(places, max(int(since.timestamp() * 1000), 0))
        return {place: ends[place] if offset < 0 else offset for place, offset in found.items()}

    def _appended_at(self, offsets: Mapping[Partition, int]) -> dict[Partition, datetime]:
        """Return when the first record from an offset on was appended; what does not come in time is left out."""
        ages: dict[Partition, datetime] = {}
        if not offsets:
            return ages
        reader = self._reader(offsets, ends=offsets)
        try:
            deadline = time.monotonic() + _AGE_PATIENCE_S
            while ages.keys() != offsets.keys() and time.monotonic() < deadline:
                for each in reader.read(max_records=500, timeout=0.5):
                    ages.setdefault(each.place, each.appended_at)
        finally:
            reader.close()
        return ages
