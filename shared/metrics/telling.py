"""What all collectors share: their two steps, and how ages and histograms are told."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from shared.clock import Clock
from shared.metrics.tallies import Histogram


class Collector(Protocol):
    """A part of what is told."""

    def refresh(self) -> None:
        """Ask what cannot be asked while a scrape waits; faults are taken note of and not raised."""
        ...

    def collect(self) -> Iterator[Metric]:
        """Yield metrics, asking nobody."""
        ...


def add_histogram(family: HistogramMetricFamily, labels: Sequence[str], counted: Histogram) -> None:
    """Add a histogram to a metric, each bucket with those below it, as Prometheus has them."""
    buckets, total = [], 0
    for bound, count in zip((*map(str, counted.bounds), "+Inf"), counted.buckets, strict=True):
        total += count
        buckets.append((bound, float(total)))
    family.add_metric(labels, buckets=buckets, sum_value=counted.seconds)


def age(moment: datetime | None, clock: Clock) -> float:
    """Return the seconds since `moment`; 0 when there is none, or it is ahead of our clock."""
    return max((clock.now() - moment).total_seconds(), 0.0) if moment is not None else 0.0
