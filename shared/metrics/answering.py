"""What a scrape is told of the requests that a server or the gateway has answered."""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from shared.metrics.tallies import RequestTally
from shared.metrics.telling import add_histogram


class RequestsCollector:
    """Answers by route and status, refusals by code, how long each route takes, and the spans that are watched."""

    def __init__(self, tally: Callable[[], RequestTally]) -> None:
        """`tally` returns what there is to tell now, which nobody else counts up any more (`RequestTally.copy`)."""
        self._tally = tally

    def refresh(self) -> None:
        """Nothing needs to be asked beforehand."""

    def collect(self) -> Iterator[Metric]:
        """Yield what has been counted."""
        tally = self._tally()
        requests = CounterMetricFamily(
            "vitrail_http_requests", "Answers by route and status.", labels=["method", "route", "status"]
        )
        for (method, route, status), count in tally.requests.items():
            requests.add_metric([method, route, str(status)], count)
        yield requests
        refusals = CounterMetricFamily("vitrail_http_refusals", "Refusals by route and code.", labels=["route", "code"])
        for (route, code), count in tally.refusals.items():
            refusals.add_metric([route, code], count)
        yield refusals
        durations = HistogramMetricFamily(
            "vitrail_http_request_seconds", "How long an answer took.", labels=["method", "route"]
        )
        for (method, route), duration in tally.durations.items():
            add_histogram(durations, [method, route], duration)
        yield durations
        spans = HistogramMetricFamily(
            "vitrail_span_seconds", "How long a piece of work took that is watched by itself.", labels=["span"]
        )
        for name, span in tally.spans.items():
            add_histogram(spans, [name], span)
        yield spans
