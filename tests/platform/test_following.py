"""One claim followed through gateway, service, event log and consumers: by its request id in the logs, by its trace."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from one_machine import demonstration
from one_machine.parts import SERVICES
from tests.support.events import StopWhen
from tests.support.smtp import SmtpServer
from tests.support.system import Parent, System
from tests.support.trace_collector import Span, TraceCollector

pytestmark = pytest.mark.slow

LINKED = "ca.vitrail.enrollment.child-linked.v1"
# Who hears that a child was linked, or what guardianship it made.
HEARERS = {"identity consume", "attendance consume", "records consume"}
SERVER, CONSUMER = 2, 5
# Identity answers the gateway, too: that is not yet what its consumer sends.
TRACED = {("gateway", SERVER), ("enrollment", SERVER), *((name.split()[0], CONSUMER) for name in HEARERS)}


@dataclass(frozen=True)
class Followed:
    """What a claim left behind."""

    request_id: str
    lines: list[dict[str, Any]]
    spans: list[Span]
    everything_sent: str
    child: demonstration.DemonstrationChild
    email: str


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    home = tmp_path_factory.mktemp("followed") / "home"
    with SmtpServer() as mail, TraceCollector() as collector:
        settings = {f"{part.upper()}_LOGS_AS_JSON": "1" for part in (*SERVICES, "gateway")}
        settings |= {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        with System(home, mail=mail, settings=settings) as system, Parent(system, demonstration.PARENT_EMAIL) as parent:
            parent.sign_up()
            [child, *_] = demonstration.family(home) or []
            answer = parent.claim(
                organisation_id=parent.organisation(child.organisation),
                last_name=child.last_name,
                first_name=child.first_name,
                birth_date=child.birth_date,
                identifier=child.file_number,
            )
            assert answer.status_code == 201, answer.text
            request_id = answer.headers["X-Request-Id"]

            def is_heard() -> bool:
                logged = {line["part"] for line in lines_of(home, request_id)}
                traced = {(span.service, span.kind) for span in spans_of(collector, request_id)}
                return logged >= HEARERS and traced >= TRACED

            assert StopWhen(is_heard).wait_until_set(), (
                lines_of(home, request_id),
                spans_of(collector, request_id),
            )
            yield Followed(
                request_id=request_id,
                lines=lines_of(home, request_id),
                spans=spans_of(collector, request_id),
                everything_sent=collector.text(),
                child=child,
                email=parent.email,
            )


def lines_of(home: Path, request_id: str) -> list[dict[str, Any]]:
    texts = [file.read_text("utf-8") for file in sorted((home / "logs").glob("*.log"))]
    lines = (line for text in texts for line in text.splitlines() if request_id in line and line.endswith("}"))
    return [line for line in map(json.loads, lines) if line.get("request_id") == request_id]


def spans_of(collector: TraceCollector, request_id: str) -> list[Span]:
    spans = collector.spans()
    traces = {span.trace_id for span in spans if span.attributes.get("vitrail.request_id") == request_id}
    return [span for span in spans if span.trace_id in traces]


def test_one_request_id_stands_in_the_logs_of_everybody_who_had_to_do_with_it(followed: Followed) -> None:
    requests = {line["part"]: line["route"] for line in followed.lines if line["event"] == "request"}
    handled = {line["part"] for line in followed.lines if line["event"] == "event_handled" and line["type"] == LINKED}
    assert requests["gateway"] == requests["enrollment serve"] == "/api/v1/claims"
    assert handled
    assert {line["part"] for line in followed.lines if line["event"] == "event_handled"} >= HEARERS


def test_one_trace_leads_from_the_gateway_through_the_service_to_the_consumers(followed: Followed) -> None:
    by_id = {span.span_id: span for span in followed.spans}
    [gateway] = [span for span in followed.spans if span.service == "gateway"]
    assert gateway.parent_id == ""
    assert gateway.attributes["http.route"] == "/api/v1/claims"
    assert gateway.attributes["http.response.status_code"] == 201
    [service] = [span for span in followed.spans if (span.service, span.kind) == ("enrollment", SERVER)]
    assert by_id[service.parent_id] == gateway
    consumers = [span for span in followed.spans if span.kind == CONSUMER]
    assert {span.service for span in consumers} >= {"identity", "attendance", "records"}
    assert {span.service for span in consumers if by_id[span.parent_id] == service} >= {"attendance"}
    assert LINKED in {span.name for span in consumers}


@pytest.mark.requirement("AUD-5", "COD-2")
def test_neither_logs_nor_traces_say_who_it_was(followed: Followed) -> None:
    said = json.dumps(followed.lines, ensure_ascii=False) + followed.everything_sent
    child = followed.child
    private = [followed.email, child.last_name, child.file_number, child.permanent_code, str(child.birth_date)]
    assert [each for each in private if each in said] == []
