"""The benchmarks' own means, proven in seconds; no speed is asserted."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from one_machine import places
from tests.benchmarks import __main__ as runner, bench_events
from tests.benchmarks.bench_instructions import compared, total
from tests.benchmarks.events.places import EMBEDDED, KAFKA, SQLITE, Place, grounds
from tests.benchmarks.support import bare, cases, figures, in_process, instruction_counter, password_floor
from tests.benchmarks.support.figures import Figure
from tests.benchmarks.support.load import LoadClient, Outcome, Request, WrongAnswers, json_request
from tests.benchmarks.support.load_client import percentile
from tests.benchmarks.support.portal import Databases, Portal, Size
from tests.benchmarks.support.servers import NotReady, Server
from tests.support.source import ROOT

FAST = Figure(name="a list", value=4.2, unit="bare answers", at_most=4.5, beside={"p50 ms": 1.5})
SLOW = Figure(name="sign-ins", value=70.0, unit="%", at_least=85)
PLAIN = Figure(name="rows", value=1234.5, unit="/s")


@pytest.fixture
def bare_url(tmp_path: Path) -> Iterator[str]:
    port = places.free_port()
    url = f"http://127.0.0.1:{port}"
    with Server(
        "tests.benchmarks.support.bare",
        "serve",
        own={"BARE_PORT": str(port)},
        log=tmp_path / "bare.log",
        ready_url=f"{url}{bare.PATH}",
    ):
        yield url


@pytest.fixture
def client() -> Iterator[LoadClient]:
    with LoadClient() as opened:
        yield opened


def test_load_client_sends_each_request_once_and_counts_the_answers(bare_url: str, client: LoadClient) -> None:
    requests = [Request("GET", bare.PATH, {})] * 30 + [json_request(bare.PATH, {"a": 1}, {})] * 20
    outcome = client.run(bare_url, [*requests, Request("GET", "/none", {})], connections=4, seconds=60, repeats=False)
    assert outcome.statuses == {200: 50, 404: 1}
    assert outcome.failures == 0
    assert outcome.rate == pytest.approx(51 / outcome.seconds)
    assert 0 < outcome.latencies_ms["p50"] <= outcome.latencies_ms["p99"]


def test_load_client_repeats_until_the_time_is_over(bare_url: str, client: LoadClient) -> None:
    outcome = client.run(bare_url, [Request("GET", bare.PATH, {})], connections=2, seconds=0.3)
    assert outcome.answers > 2
    assert outcome.require(200) is outcome
    assert 0.3 <= outcome.seconds < 30


def test_load_client_counts_what_nobody_answers(client: LoadClient) -> None:
    url = f"http://127.0.0.1:{places.free_port()}"
    outcome = client.run(url, [Request("GET", "/", {})] * 3, connections=1, seconds=60, repeats=False)
    assert (outcome.failures, outcome.statuses) == (3, {})
    with pytest.raises(WrongAnswers, match="3 broken"):
        outcome.require(200)


def test_outcome_refuses_other_answers_than_those_meant() -> None:
    outcome = Outcome(seconds=1.0, busy=0.1, statuses={200: 9, 429: 1}, failures=0)
    with pytest.raises(WrongAnswers, match="429"):
        outcome.require(200)
    with pytest.raises(WrongAnswers):
        Outcome(seconds=1.0, busy=0.1, statuses={}, failures=0).require(200)


@pytest.mark.parametrize(("share", "expected"), [(50, 2.0), (99, 4.0), (25, 1.0)])
def test_percentile_is_one_of_the_values(share: float, expected: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], share) == expected
    assert percentile([], share) == 0.0


def test_server_tells_its_processor_time_and_stops(bare_url: str, tmp_path: Path, client: LoadClient) -> None:
    port = places.free_port()
    url = f"http://127.0.0.1:{port}"
    server = Server(
        "tests.benchmarks.support.bare",
        "serve",
        own={"BARE_PORT": str(port)},
        log=tmp_path / "other.log",
        ready_url=f"{url}{bare.PATH}",
    )
    with server:
        before = server.processor_seconds()
        client.run(url, [Request("GET", bare.PATH, {})] * 200, connections=2, seconds=60, repeats=False)
        after = server.processor_seconds()
    assert before is not None
    assert after is not None
    assert after > before > 0
    assert client.run(url, [Request("GET", "/", {})], connections=1, seconds=1, repeats=False).failures == 1


def test_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(NotReady, match="BARE_PORT is missing"),
        Server(
            "tests.benchmarks.support.bare", "serve", own={}, log=tmp_path / "bare.log", ready_url="http://127.0.0.1:1"
        ),
    ):
        pass


@pytest.mark.parametrize(("figure", "is_met"), [(FAST, True), (SLOW, False), (PLAIN, None)])
def test_figure_tells_whether_its_target_is_met(figure: Figure, is_met: bool | None) -> None:
    assert figure.is_met is is_met


def test_figures_told_are_collected_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collection = tmp_path / "figures.jsonl"
    monkeypatch.setenv(figures.COLLECTED_IN, str(collection))
    figures.tell("first", [FAST])
    figures.tell("second", [SLOW, PLAIN])
    assert figures.read(collection.read_text("utf-8").splitlines()) == [FAST, SLOW, PLAIN]


@pytest.mark.parametrize(
    ("value", "text"), [(1234.5, "1,234"), (100.4, "100"), (36.14, "36.1"), (4.0, "4"), (3.456, "3.46"), (0.0, "0")]
)
def test_shown_has_no_false_precision(value: float, text: str) -> None:
    assert figures.shown(value) == text


def test_runner_knows_every_benchmark_and_runs_them_as_programs() -> None:
    assert {"requests", "instructions"} <= set(runner.benchmarks())
    assert all(hasattr(__import__(module, fromlist=["main"]), "main") for module in runner.benchmarks().values())


def test_runner_refuses_an_unknown_name() -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "nonsense"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 2
    assert "no such benchmark: nonsense" in asked.stderr


def test_runner_collects_what_a_program_tells_and_its_status(tmp_path: Path) -> None:
    status, told = runner.carry_out("tests.benchmarks.support.password_floor", ["none"])
    assert (status != 0, told) == (True, [])
    status, told = runner.carry_out("tests.benchmarks.support.password_floor", ["0.01"])
    assert (status, told) == (0, [])


def test_runner_keeps_the_figures_of_a_run(tmp_path: Path) -> None:
    at = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
    file = runner.keep({"requests": [FAST, SLOW]}, at=at, is_quick=True, folder=tmp_path / "bench")
    kept = json.loads(file.read_text("utf-8"))
    assert file.name == "2026-01-15T143000.json"
    assert kept["is_quick"] is True
    assert [(each["name"], each["is_met"]) for each in kept["benchmarks"]["requests"]] == [
        ("a list", True),
        ("sign-ins", False),
    ]


def test_in_process_call_answers_as_the_server_does() -> None:
    app = bare.create_app()
    status, body = in_process.call(app, in_process.prepared(Request("GET", bare.PATH, {})))
    assert (status, json.loads(body)["status"]) == ("200 OK", "live")
    with pytest.raises(WrongAnswers, match="404"):
        in_process.call_all(app, [Request("GET", "/none", {})], status=200)


def test_guarded_yardstick_answers_what_the_bare_one_does() -> None:
    found = cases.guarded()
    [request] = cases._guarded_requests()
    _, body = in_process.call(found, in_process.prepared(request))
    _, bare_body = in_process.call(bare.create_app(), in_process.prepared(Request("GET", bare.PATH, {})))
    assert json.loads(body) == json.loads(bare_body)
    status, _ = in_process.call(found, in_process.prepared(Request("GET", bare.PATH, {})))
    assert status.startswith("401 ")


def test_password_floor_counts_hashes() -> None:
    assert password_floor.rate(0.1, threads=1) > 0


def test_prepared_portal_answers_every_call_that_is_measured(tmp_path: Path) -> None:
    kept = Databases("SQLite", *(f"sqlite:///{tmp_path / name}.db" for name in ("identity", "enrollment")))
    portal = Portal(tmp_path / "portal", kept, size=Size(students=60, parents=3, others=5))
    portal.prepare()
    portal.save(tmp_path / "portal" / "portal.json")
    calls = cases.by_name(cases.cases(Portal.open(tmp_path / "portal" / "portal.json")))
    bodies = {name: in_process.call_all(case.app, case.requests(2), status=case.status) for name, case in calls.items()}
    assert len(json.loads(bodies[cases.CHILDREN])) == 2
    assert len(json.loads(bodies[cases.FAMILY])) == 20
    assert len(json.loads(bodies[cases.ORGANISATIONS])) == 20
    assert {child["status"] for child in json.loads(bodies[cases.FAMILY])} == {"active"}
    assert json.loads(bodies[cases.VERIFY])["ticket"]
    assert json.loads(bodies[cases.SESSION])["account"]["email"].startswith("parent-")


@pytest.mark.parametrize("part", ["writing", "relay", "draining", "consumer", "exporter", "rebuilding"])
def test_events_are_measured_on_one_machine(part: str) -> None:
    pace = replace(bench_events.BRIEF, events=50, waiting=50, rows=50, transactions=2)
    with grounds() as giver:
        told = bench_events.carry_out(part, Place(SQLITE, EMBEDDED), pace, giver)
    assert told
    assert all(figure.value > 0 for figure in told if figure.unit != "µs of processor")


def test_events_leave_kafka_out_and_say_so_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with grounds() as giver, figures.console.capture() as said:
        assert bench_events.carry_out("relay", Place(SQLITE, KAFKA), bench_events.BRIEF, giver) == []
    assert "skipped: relay, SQLite + Kafka: Apache Kafka" in said.get()


def test_instruction_totals_are_read_from_valgrinds_file(tmp_path: Path) -> None:
    (tmp_path / "counted.1").write_text("# callgrind format\nevents: Ir\nsummary: 90\ntotals: 120\n")
    assert total(tmp_path / "counted.1") == 120
    (tmp_path / "counted.2").write_text("events: Ir\n")
    with pytest.raises(NotReady, match=r"counted\.2"):
        total(tmp_path / "counted.2")


def test_instructions_are_compared_with_the_bare_answer() -> None:
    counted = {
        cases.BARE: 500_000.0,
        cases.GUARDED: 700_000.0,
        cases.SESSION: 1_500_000.0,
        cases.SIGN_IN: 103_000_000.0,
        instruction_counter.HASH: 100_000_000.0,
    }
    told = {figure.name: figure for figure in compared(counted, kind="SQLite")}
    assert told["read session, SQLite"].value == 3.0
    assert told["sign in without its one hash, SQLite"].value == 6.0
    assert told["log line, request id, metrics and passport check"].value == pytest.approx(0.4)
    assert all(figure.is_met for figure in told.values() if figure.is_met is not None)
