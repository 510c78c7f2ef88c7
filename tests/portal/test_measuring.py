import urllib.request
from urllib.error import HTTPError

import pytest
from prometheus_client import generate_latest

from portal import measuring, serving
from portal.measuring import Measures
from tests.portal.conftest import Browser, FakeApi


def read(browser: Browser) -> str:
    return generate_latest(browser.client.application.extensions["portal"].measures.registry).decode()


def test_a_page_is_counted_by_its_route(browser: Browser) -> None:
    browser.get("/")
    browser.get("/nulle-part/parent@example.org")

    text = read(browser)
    assert 'vitrail_http_requests_total{method="GET",route="/",service="portal",status="200"} 1.0' in text
    assert 'vitrail_http_requests_total{method="GET",route="",service="portal",status="404"} 1.0' in text
    assert 'vitrail_http_request_seconds_count{method="GET",route="/",service="portal"} 1.0' in text
    assert "parent@" not in text


def test_probes_are_not_counted(browser: Browser) -> None:
    assert [browser.get(path).status_code for path in ("/livez", "/readyz")] == [200, 200]

    assert "vitrail_http_requests_total{" not in read(browser)


def test_a_call_of_the_api_is_counted_by_its_end(browser: Browser, api: FakeApi) -> None:
    api.refuse("POST", "/api/v1/session", 401, "credentials_rejected")
    browser.sign_in()
    api.fail("POST", "/api/v1/session")
    browser.sign_in()

    text = read(browser)
    assert 'vitrail_portal_calls_total{outcome="refused",service="portal"} 1.0' in text
    assert 'vitrail_portal_calls_total{outcome="unreachable",service="portal"} 1.0' in text
    assert 'vitrail_portal_calls_total{outcome="answered",service="portal"}' in text


def test_a_method_of_a_stranger_s_making_is_no_label() -> None:
    measures = Measures()
    measures.count_page(method="HOLA", route="", status=405, seconds=0.1)

    assert 'method="other"' in generate_latest(measures.registry).decode()


def ask(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refusal:
        return refusal.code, ""


def test_metrics_are_served_at_a_port_of_their_own() -> None:
    listening = serving.listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    measures = Measures()
    measures.count_call("answered")
    measuring.serve(measures.registry, listening)

    status, text = ask(port, "/metrics")
    assert (status, 'vitrail_portal_calls_total{outcome="answered",service="portal"} 1.0' in text) == (200, True)
    assert "process_resident_memory_bytes" in text
    assert "_created" not in text
    assert [ask(port, path)[0] for path in ("/livez", "/readyz", "/enfants")] == [200, 200, 404]


def test_a_port_that_is_taken_is_told() -> None:
    listening = serving.listen("127.0.0.1", 0)
    port = listening.getsockname()[1]

    with pytest.raises(serving.PortTaken, match=str(port)):
        serving.listen("127.0.0.1", port)
    listening.close()
