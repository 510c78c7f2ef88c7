"""What containers need of the outside: databases, an event log, a mail server, and keys."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from deploy.checks.code import parts as checked
from one_machine import parts, places
from one_machine.config import Settings
from tests.support import container
from tests.support.container import MANIFESTS, Container, NoContainer, Pod
from tests.support.postgres import Cluster
from tests.support.smtp import SmtpServer

MakeContainer = Callable[[Pod], Container]


@pytest.fixture(scope="session")
def _containers() -> None:
    try:
        container.require()
    except NoContainer as missing:
        # On one's own machine the rest of the tests is still worth running; in CI a silent skip would be a hole.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))


@pytest.fixture(scope="module")
def make_container(
    _containers: None, postgres_cluster: Cluster, kafka_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MakeContainer]:
    """Make pods of one deployment; the servers know each other's ports, and all end with the module."""
    folder = tmp_path_factory.mktemp("containers")
    made: dict[str, Container] = {}
    with ExitStack() as stack:
        # The server's own folder is closed to others, but its socket must be found by the pods' user.
        stack.callback(postgres_cluster.folder.chmod, postgres_cluster.folder.stat().st_mode)
        postgres_cluster.folder.chmod(0o711)
        mail = stack.enter_context(SmtpServer())
        settings = Settings(home=str(folder / "home"), port=places.free_port(), broker_url=kafka_url, smtp_url=mail.url)
        plan = parts.draw(settings, {})
        databases = {name: postgres_cluster.create_database() for name in parts.SERVICES}
        # Gateway and portal call each other: where the portal will be is said before it is there.
        portal_port = places.free_port()

        def make(pod: Pod) -> Container:
            given = dict(plan.environments[pod.part])
            given |= {f"{pod.part.upper()}_DATABASE_URL": databases.get(pod.part, "")}
            secrets = {name: given[name] for name in _secret_variables(pod.part) if given.get(name)}
            told = _settings_of_manifest(pod.part) | {"PUBLIC_URL": plan.public_url}
            told |= {name: "file:///tmp/documents" for name in given if name.endswith("_DOCUMENTS_URL")}
            told |= {
                name: f"http://127.0.0.1:{made[part].port}" for name, part in _servers_asked(pod.part) if part in made
            }
            told |= {"GATEWAY_PORTAL_URL": f"http://127.0.0.1:{portal_port}"} if pod.part == checked.GATEWAY else {}
            found = Container(pod, settings=told, secrets=secrets, folder=folder, bound=[postgres_cluster.folder])
            if pod.part == parts.PORTAL and parts.PORTAL not in made:
                found.listen_at(portal_port)
            if pod.is_server:
                made[pod.part] = found
            stack.push(found)
            return found

        yield make


def _secret_variables(part: str) -> list[str]:
    return [each.name for each in checked.settings(part) if each.is_secret]


def _settings_of_manifest(part: str) -> dict[str, str]:
    lines = (MANIFESTS / part / "settings.env").read_text("utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line.strip() and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def _servers_asked(part: str) -> list[tuple[str, str]]:
    if part == parts.PORTAL:
        return [("PORTAL_API_URL", checked.GATEWAY)]
    return [(f"{part.upper()}_{name.upper()}_URL", name) for name in parts.SERVICES]
