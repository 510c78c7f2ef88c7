import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import env, tracing
from shared.tracing import Kind
from tests.support.events import StopWhen
from tests.support.example_service import serving
from tests.support.trace_collector import TraceCollector

ROOT = Path(__file__).resolve().parents[2]
GIVEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture(autouse=True)
def _no_traces_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # A collector that is away is tried again and again until then.
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    yield
    tracing.close()


@pytest.fixture
def collector() -> Iterator[TraceCollector]:
    with TraceCollector() as running:
        yield running
        tracing.close()


def test_without_a_collector_a_trace_is_handed_on_and_nothing_is_sent() -> None:
    tracing.configure("example", endpoint="")
    work = tracing.begin("GET", kind=Kind.SERVER, parent=GIVEN)
    assert (work.span, tracing.trace_context.get()) == (None, GIVEN)
    tracing.end(work, attributes={"http.route": "/"})
    assert tracing.trace_context.get() is None


@pytest.mark.parametrize("part", ["gateway.app", "shared.web", "shared.consuming", "shared.command_line"])
def test_without_a_collector_nothing_of_it_is_loaded(part: str) -> None:
    look = (
        f"import sys, {part}; print([name for name in sys.modules if name.startswith(('opentelemetry', 'requests'))])"
    )
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_is_too_long_to_be_a_trace_is_dropped() -> None:
    work = tracing.begin("GET", kind=Kind.SERVER, parent="0" * 65)
    assert tracing.trace_context.get() is None
    tracing.end(work)


def test_a_span_belongs_to_the_trace_that_was_given_and_names_itself_to_others(collector: TraceCollector) -> None:
    tracing.configure("example", endpoint=f"{collector.url}/")
    outer = tracing.begin("POST", kind=Kind.SERVER, parent=GIVEN)
    inner = tracing.begin("happened", kind=Kind.CONSUMER, parent=tracing.trace_context.get())
    tracing.end(inner)
    told = tracing.trace_context.get()
    tracing.end(outer, attributes={"http.route": "/x", "http.response.status_code": 500}, has_failed=True)
    tracing.close()
    spans = {span.name: span for span in collector.spans()}
    assert {span.service for span in spans.values()} == {"example"}
    assert spans["POST"].trace_id == spans["happened"].trace_id == GIVEN.split("-")[1]
    assert spans["POST"].parent_id == GIVEN.split("-")[2]
    assert spans["happened"].parent_id == spans["POST"].span_id
    assert told == f"00-{spans['POST'].trace_id}-{spans['POST'].span_id}-01"
    assert spans["POST"].attributes == {"http.route": "/x", "http.response.status_code": 500}


@pytest.mark.parametrize("nonsense", [None, "", "nonsense", f"ff{GIVEN[2:]}", GIVEN.replace("4bf92f", "000000")[:30]])
def test_a_span_without_a_readable_parent_begins_a_trace(collector: TraceCollector, nonsense: str | None) -> None:
    tracing.configure("example", endpoint=collector.url)
    work = tracing.begin("GET", kind=Kind.SERVER, parent=nonsense)
    tracing.end(work)
    tracing.close()
    [span] = collector.spans()
    assert span.parent_id == ""


def test_a_collector_that_is_away_costs_nobody_anything() -> None:
    tracing.configure("example", endpoint="http://127.0.0.1:9")
    work = tracing.begin("GET", kind=Kind.SERVER, parent=None)
    tracing.end(work)
    assert tracing.trace_context.get() is None


def test_a_server_sends_the_traces_of_its_workers_even_as_it_stops(collector: TraceCollector) -> None:
    told = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "600000"}
    with serving(environment=told) as server:
        seen = server.ask("GET", "/api/v1/things/secret-thing", Traceparent=GIVEN).json()["trace"]
        # Held back for ten minutes, or until the end.
        assert collector.spans() == []
        server.terminate()
        assert server.wait() == 0
    assert StopWhen(lambda: bool(collector.spans())).wait_until_set()
    [span] = [each for each in collector.spans() if each.trace_id == GIVEN.split("-")[1]]
    assert (span.service, span.parent_id, span.span_id) == ("example", GIVEN.split("-")[2], seen.split("-")[2])
    assert span.attributes["http.route"] == "/api/v1/things/<thing_id>"
    assert "secret-thing" not in collector.text()


def test_the_example_of_the_environment_tells_of_traces() -> None:
    held = (ROOT / "deploy" / "env" / "telemetry.env.example").read_text("utf-8")
    assert held == env.example(tracing.Settings, prefix=tracing.PREFIX)
