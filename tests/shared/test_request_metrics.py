"""What servers count of their answers, in one process and in several."""

import multiprocessing
import subprocess
import threading
from http.client import HTTPConnection
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared.metrics import RequestTally, sharing
from shared.metrics.answering import RequestsCollector
from shared.metrics.serving import served
from tests.support.events import StopWhen
from tests.support.example_service import serving

ROUTE = "/api/v1/things/<thing_id>"


def told(tally: RequestTally) -> dict[str, float]:
    return {
        sample.name + "".join(f" {name}={text}" for name, text in sorted(sample.labels.items())): sample.value
        for metric in RequestsCollector(tally.copy).collect()
        for sample in metric.samples
    }


def scraped(port: int) -> dict[str, float]:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    return {
        sample.name + "".join(f" {name}={text}" for name, text in sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_tally_tells_answers_refusals_and_times() -> None:
    tally = RequestTally()
    tally.count(method="GET", route=ROUTE, status=200, code=None, seconds=0.003)
    tally.count(method="GET", route=ROUTE, status=404, code="not_found", seconds=0.3)
    tally.count(method="BREW", route=None, status=405, code="method_not_allowed", seconds=99)
    with tally.span("work"):
        pass
    values = told(tally)
    assert values[f"vitrail_http_requests_total method=GET route={ROUTE} status=200"] == 1
    assert values[f"vitrail_http_requests_total method=GET route={ROUTE} status=404"] == 1
    assert values["vitrail_http_requests_total method=other route= status=405"] == 1
    assert values[f"vitrail_http_refusals_total code=not_found route={ROUTE}"] == 1
    seconds = "vitrail_http_request_seconds_{} method=GET route=" + ROUTE
    assert values[f"vitrail_http_request_seconds_bucket le=0.005 method=GET route={ROUTE}"] == 1
    assert values[f"vitrail_http_request_seconds_bucket le=+Inf method=GET route={ROUTE}"] == 2
    assert values[seconds.format("count")] == 2
    assert values[seconds.format("sum")] == pytest.approx(0.303)
    assert values["vitrail_span_seconds_count span=work"] == 1


def test_threads_that_count_at_once_lose_nothing() -> None:
    tally = RequestTally()
    ready = threading.Barrier(8)

    def count() -> None:
        ready.wait()
        for _ in range(2000):
            tally.count(method="GET", route=ROUTE, status=200, code="x", seconds=0.001)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    values = told(tally)
    assert values[f"vitrail_http_requests_total method=GET route={ROUTE} status=200"] == 16_000
    assert values[f"vitrail_http_refusals_total code=x route={ROUTE}"] == 16_000
    assert values[f"vitrail_http_request_seconds_count method=GET route={ROUTE}"] == 16_000


def test_total_adds_what_several_processes_left(tmp_path: Path) -> None:
    for _ in range(2):
        tally = RequestTally()
        sharing.leave(tally, tmp_path, every_s=0.01)
        tally.count(method="GET", route=ROUTE, status=200, code="x", seconds=0.02)
        with tally.span("work"):
            pass
    both = StopWhen(lambda: _spans(tmp_path) == 2)
    assert both.wait_until_set()
    values = told(sharing.total(tmp_path))
    assert values[f"vitrail_http_requests_total method=GET route={ROUTE} status=200"] == 2
    assert values[f"vitrail_http_refusals_total code=x route={ROUTE}"] == 2
    assert values[f"vitrail_http_request_seconds_bucket le=0.025 method=GET route={ROUTE}"] == 2


def _count_and_end(folder: Path) -> None:
    tally = RequestTally()
    sharing.leave(tally, folder, every_s=3600)
    tally.count(method="GET", route=ROUTE, status=200, code=None, seconds=0.02)


def test_a_process_that_ends_leaves_what_it_counted_last(tmp_path: Path) -> None:
    process = multiprocessing.get_context("fork").Process(target=_count_and_end, args=[tmp_path])
    process.start()
    process.join()
    assert told(sharing.total(tmp_path))[f"vitrail_http_requests_total method=GET route={ROUTE} status=200"] == 1


def _spans(folder: Path) -> float:
    return told(sharing.total(folder)).get("vitrail_span_seconds_count span=work", 0)


@pytest.mark.requirement("GWY-7")
def test_a_server_of_several_processes_tells_the_sum_on_a_port_of_its_own() -> None:
    with serving(workers=2) as server:
        answering: list[int] = []

        def have_all_answered() -> bool:
            answering.append(server.ask("GET", "/api/v1/things/a").json()["process"])
            return len(set(answering)) == 2

        assert StopWhen(have_all_answered).wait_until_set()
        for _ in range(40):
            server.ask("DELETE", "/api/v1/things/a")
        server.ask("GET", "/livez")
        refused = f"vitrail_http_refusals_total code=not_found route={ROUTE} service=example"
        answered = f"vitrail_http_requests_total method=GET route={ROUTE} service=example status=200"
        wanted = {refused: 40, answered: len(answering)}
        assert StopWhen(lambda: scraped(server.metrics_port).items() >= wanted.items()).wait_until_set()
        values = scraped(server.metrics_port)
        public = server.ask("GET", "/metrics")
    assert values[f"vitrail_http_request_seconds_count method=DELETE route={ROUTE} service=example"] == 40
    # Probes are no requests of anybody's.
    assert not [name for name in values if "livez" in name]
    assert public.status == 404


def test_a_worker_that_is_killed_takes_no_counter_back() -> None:
    with serving(workers=1) as server:
        for _ in range(5):
            killed = server.ask("GET", "/api/v1/things/a").json()["process"]
        counted = f"vitrail_http_requests_total method=GET route={ROUTE} service=example status=200"
        assert StopWhen(lambda: scraped(server.metrics_port).get(counted) == 5).wait_until_set()
        subprocess.run(["kill", "-KILL", str(killed)], check=True)
        assert StopWhen(lambda: server.process() not in {killed, None}, patience=60).wait_until_set()
        assert StopWhen(lambda: scraped(server.metrics_port)[counted] > 5).wait_until_set()


@pytest.mark.parametrize(
    ("is_ready", "status"), [(lambda: True, 200), (lambda: False, 503), (lambda: 1 // 0 == 0, 503)]
)
def test_probes_tell_the_process_apart_from_what_it_needs(is_ready, status, capsys) -> None:
    with served([], service="example", host="127.0.0.1", port=0, is_ready=is_ready) as port:
        answers = [_status(port, path) for path in ("/livez", "/readyz", "/metrics", "/", "/etc/passwd")]
    assert answers == [200, status, 200, 404, 404]
    capsys.readouterr()


def _status(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except HTTPError as refused:
        return refused.code
    finally:
        connection.close()
