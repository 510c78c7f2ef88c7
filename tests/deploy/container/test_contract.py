"""Each kind of pod, started as its manifest says: what it may do, what it answers, what it needs, and how it ends."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.deploy.container.conftest import MakeContainer
from tests.support.container import STOPS_WITHIN_S, USER, Container, Pod, pods

pytestmark = [pytest.mark.slow, pytest.mark.kafka]

PODS = pods()
GOING_ON = [pod for pod in PODS if pod.goes_on]
SERVERS = [pod for pod in GOING_ON if pod.is_server]
# Each is told where those before it are.
ORDER = ["gateway", "portal"]
SERVICES = [pod for pod in SERVERS if pod.part not in ORDER]
ASKED = [pod for pod in SERVERS if pod.part != "gateway"]
PAGES = {"portal": "/"}
BRIEF = [pod for pod in PODS if not pod.goes_on]
REQUESTS = 1000
# What a platform gives each process beside its own /tmp: devices, shared memory, and what the kernel tells.
GIVEN = re.compile(r"/tmp|/dev(/.*)?|/proc(/.*)?")


@dataclass
class Seen:
    """What was seen of a pod that went on until it was stopped."""

    probes: dict[str, int]
    status: dict[str, str]
    writable: set[str]
    metrics: str
    memory: int = 0
    exit_status: int | None = None
    stopped_within_s: float = 0.0
    output: str = ""


@dataclass
class Deployment:
    """What was seen of all pods of one deployment, by their names."""

    ended: dict[str, tuple[int, str]] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)
    answers: dict[str, set[int]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def deployment(make_container: MakeContainer) -> Deployment:
    """A whole deployment, from the schema to the end of its last pod."""
    found = Deployment()
    run_together(found, [pod for pod in BRIEF if pod.component == "job-migrate"], make_container)
    topics = Pod("enrollment", "operator", ("services.enrollment", "events", "topics", "--make"), 2**28, 2**26)
    run_together(found, [topics], make_container)
    with ExitStack() as stack:
        ordered = sorted(GOING_ON, key=lambda pod: pod.part in ORDER and ORDER.index(pod.part) + 1)
        running = [stack.enter_context(make_container(pod)) for pod in ordered]
        for container in running:
            container.wait_until_ready()
        for container in running:
            found.seen[container.pod.name] = look_at(container)
        run_together(found, [pod for pod in BRIEF if pod.component == "cronjob-sweep"], make_container)
        gateway = next(each for each in running if each.pod.part == "gateway")
        for pod in ASKED:
            found.answers[pod.part] = set(ask(gateway, PAGES.get(pod.part, f"/problems/{pod.part}/")))
        for container in running:
            found.seen[container.pod.name].memory = container.memory()
        stop(found, running)
    return found


def run_together(found: Deployment, chosen: list[Pod], make_container: MakeContainer) -> None:
    containers = [make_container(pod) for pod in chosen]
    for container in containers:
        container.start()
    for container in containers:
        found.ended[container.pod.name] = (container.wait(), container.output())


def look_at(container: Container) -> Seen:
    return Seen(
        probes={path: container.probe(path) for path in ("/livez", "/readyz")},
        status=container.status(),
        writable=container.writable_places(),
        metrics=httpx.get(f"http://127.0.0.1:{container.metrics_port}/metrics", timeout=30).text,
    )


def ask(gateway: Container, path: str) -> Iterator[int]:
    with httpx.Client(base_url=f"http://127.0.0.1:{gateway.port}", timeout=30) as client:
        for _ in range(REQUESTS):
            yield client.get(path).status_code


def stop(found: Deployment, running: list[Container]) -> None:
    began = time.monotonic()

    def wait(container: Container) -> None:
        seen = found.seen[container.pod.name]
        seen.exit_status = container.wait()
        seen.stopped_within_s = time.monotonic() - began
        seen.output = container.output()

    waiting = [threading.Thread(target=wait, args=[container]) for container in running]
    for thread in waiting:
        thread.start()
    for container in running:
        container.terminate()
    for thread in waiting:
        thread.join()


def test_there_are_pods_of_every_kind() -> None:
    assert {pod.part for pod in SERVERS} >= {"gateway", "portal", "identity", "enrollment", "attendance", "records"}
    assert {pod.component for pod in PODS} >= {"deployment", "worker-relay", "job-migrate", "cronjob-sweep"}


def named(pod: Pod) -> str:
    return pod.name


@pytest.mark.parametrize("pod", BRIEF, ids=named)
def test_a_job_does_its_work_and_ends(deployment: Deployment, pod: Pod) -> None:
    assert deployment.ended[pod.name][0] == 0, deployment.ended[pod.name][1]


@pytest.mark.parametrize("pod", GOING_ON, ids=named)
def test_a_pod_answers_its_probes_and_its_scrapes(deployment: Deployment, pod: Pod) -> None:
    seen = deployment.seen[pod.name]
    assert seen.probes == {"/livez": 200, "/readyz": 200}
    assert f'service="{pod.part}"' in seen.metrics or "process_cpu_seconds_total" in seen.metrics


@pytest.mark.requirement("DEP-4", "KEY-4")
@pytest.mark.parametrize("pod", GOING_ON, ids=named)
def test_a_pod_runs_as_nobody_special_and_writes_to_tmp_alone(deployment: Deployment, pod: Pod) -> None:
    seen = deployment.seen[pod.name]
    assert set(seen.status["Uid"].split()) == set(seen.status["Gid"].split()) == {str(USER)}
    assert seen.status["Groups"] == ""
    assert {seen.status[each] for each in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert seen.status["NoNewPrivs"] == "1"
    assert seen.status["NSpid"].split()[-1] == "1"
    assert [place for place in seen.writable if not GIVEN.fullmatch(place)] == []
    assert "Read-only file system" not in seen.output


@pytest.mark.parametrize("pod", GOING_ON, ids=named)
def test_a_pod_stops_in_order_when_it_is_told_to(deployment: Deployment, pod: Pod) -> None:
    seen = deployment.seen[pod.name]
    assert seen.exit_status == 0, seen.output
    assert seen.stopped_within_s < STOPS_WITHIN_S


@pytest.mark.requirement("AUD-4")
@pytest.mark.parametrize("pod", GOING_ON, ids=named)
def test_a_pod_writes_its_log_as_json_alone(deployment: Deployment, pod: Pod) -> None:
    lines = deployment.seen[pod.name].output.splitlines()
    assert lines
    assert [line for line in lines if not line.startswith('{"') or not line.endswith("}")] == []
    assert [line for line in lines if json.loads(line)["level"] in {"error", "critical"}] == []


@pytest.mark.parametrize("pod", GOING_ON, ids=named)
def test_a_pod_keeps_well_below_its_memory(deployment: Deployment, pod: Pod) -> None:
    assert 0 < deployment.seen[pod.name].memory * 1.3 < pod.memory_limit


@pytest.mark.parametrize("pod", ASKED, ids=named)
def test_a_server_answers_a_thousand_requests_through_the_gateway(deployment: Deployment, pod: Pod) -> None:
    assert deployment.answers[pod.part] == {200}


@pytest.mark.requirement("AUD-4")
def test_one_id_leads_from_the_gateway_through_the_portal_to_a_service(deployment: Deployment) -> None:
    pages = {line["request_id"] for line in told(deployment, "portal") if line["event"] == "page"}
    assert len(pages) == REQUESTS
    for part in ("gateway", "identity"):
        assert pages - {line.get("request_id") for line in told(deployment, part)} == set()


def told(deployment: Deployment, part: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in deployment.seen[f"{part}-deployment"].output.splitlines()]
