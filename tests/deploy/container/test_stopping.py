"""SIGTERM under load, as a rollout brings it: a server and a gateway stop while others take over, and no request is lost."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from gateway.upstreams import IDLE_CONNECTION_S
from tests.deploy.container.conftest import MakeContainer
from tests.support.container import STOPS_WITHIN_S, Container, Pod, pods
from tests.support.events import StopWhen
from tests.support.switchboard import Switchboard

pytestmark = [pytest.mark.slow, pytest.mark.kafka]

REQUESTS = 10_000
CLIENTS = 4
# One may be asked again after a broken connection, the other never: whether it was done could not be known.
Asked = tuple[str, str, dict[str, Any]]
READ: Asked = ("GET", "/api/v1/password-policy", {})
WRITE: Asked = ("POST", "/api/v1/accounts", {"json": {}})
# A page costs several calls of the API. The form is nobody's own, and refused without any.
PAGES = 2000
PAGE: Asked = ("GET", "/", {})
SENT: Asked = ("POST", "/", {"data": {"email": "parent@example.org"}, "headers": {"Sec-Fetch-Site": "same-origin"}})


def pod(part: str, component: str) -> Pod:
    [found] = [each for each in pods() if (each.part, each.component) == (part, component)]
    return found


class Load:
    """Clients that keep their connections and ask without a pause; what they were answered is counted."""

    def __init__(self, port: int, *, asked: Sequence[Asked] = (READ, WRITE), requests: int = REQUESTS) -> None:
        self._port = port
        self._asked = asked
        self._requests = requests
        self.answers: Counter[tuple[str, int | str]] = Counter()
        self._threads = [threading.Thread(target=self._ask) for _ in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()

    def has_had(self, share: float) -> Callable[[], bool]:
        """Return a question whether so much of all requests has been answered."""
        return lambda: sum(self.answers.copy().values()) >= share * self._requests

    def _ask(self) -> None:
        # No client library repeats anything here: what breaks is counted as lost.
        with httpx.Client(base_url=f"http://127.0.0.1:{self._port}", timeout=60) as client:
            for number in range(self._requests // CLIENTS):
                method, path, body = self._asked[number % len(self._asked)]
                try:
                    answer: int | str = client.request(method, path, **body).status_code
                except httpx.TransportError as fault:
                    answer = type(fault).__name__
                self.answers[method, answer] += 1


def replace(old: Container, new: Container, service: Switchboard) -> int:
    """Lead new connections to `new` and stop `old`, as a rollout does; return how that one ended."""
    service.lead_to(new.port)
    old.terminate()
    return old.wait(within_s=STOPS_WITHIN_S)


def test_a_rollout_of_a_service_and_of_the_gateway_loses_no_request(make_container: MakeContainer) -> None:
    assert make_container(pod("identity", "job-migrate")).run() == 0
    with ExitStack() as stack:
        services = [stack.enter_context(make_container(pod("identity", "deployment"))) for _ in range(2)]
        identity = stack.enter_context(Switchboard(services[0].port))
        gateways = [make_container(pod("gateway", "deployment")) for _ in range(2)]
        for gateway in gateways:
            gateway.tell(GATEWAY_IDENTITY_URL=f"http://127.0.0.1:{identity.port}")
            stack.enter_context(gateway)
        for container in (*services, *gateways):
            container.wait_until_ready()
        front = stack.enter_context(Switchboard(gateways[0].port))
        load = Load(front.port)
        load.start()
        assert StopWhen(load.has_had(0.15), patience=300).wait_until_set()
        of_service = replace(services[0], services[1], identity)
        still_asked = not load.has_had(0.95)()
        of_gateway = replace(gateways[0], gateways[1], front)
        load.wait()
    assert load.answers == {("GET", 200): REQUESTS // 2, ("POST", 422): REQUESTS // 2}
    assert (of_service, of_gateway) == (0, 0)
    assert still_asked


def test_a_rollout_of_the_portal_loses_no_page(make_container: MakeContainer) -> None:
    assert make_container(pod("identity", "job-migrate")).run() == 0
    with ExitStack() as stack:
        identity = stack.enter_context(make_container(pod("identity", "deployment")))
        gateway = make_container(pod("gateway", "deployment"))
        portals = [make_container(pod("portal", "deployment")) for _ in range(2)]
        front = stack.enter_context(Switchboard(portals[0].port))
        gateway.tell(GATEWAY_PORTAL_URL=f"http://127.0.0.1:{front.port}")
        for container in (gateway, *portals):
            stack.enter_context(container)
        for container in (identity, gateway, *portals):
            container.wait_until_ready()
        load = Load(gateway.port, asked=(PAGE, SENT), requests=PAGES)
        load.start()
        assert StopWhen(load.has_had(0.2), patience=300).wait_until_set()
        ended = replace(portals[0], portals[1], front)
        still_asked = not load.has_had(0.95)()
        load.wait()
    assert load.answers == {("GET", 200): PAGES // 2, ("POST", 403): PAGES // 2}
    assert ended == 0
    assert still_asked


@pytest.mark.parametrize("part", ["portal", "identity", "enrollment", "attendance", "records"])
def test_a_server_goes_on_for_longer_than_the_gateway_keeps_its_connections(part: str) -> None:
    words = pod(part, "deployment").arguments
    assert int(words[words.index("--drain") + 1]) > IDLE_CONNECTION_S
