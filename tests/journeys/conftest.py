"""The running system, on one machine's own means and on production's: started once each.

Every test comes with parents of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from one_machine.kafka.node import Node
from tests.support import households as households_of, kafka
from tests.support.households import Household
from tests.support.postgres import Cluster
from tests.support.smtp import SmtpServer
from tests.support.system import PRODUCTION, Parent, System

_numbers = count(1)


SETUPS = ("sqlite-embedded", pytest.param(PRODUCTION, marks=pytest.mark.kafka))


@pytest.fixture(scope="session", params=SETUPS)
def system(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    settings = {"IDENTITY_RESEND_INTERVAL": "0"}
    node = None
    with ExitStack() as stack:
        if request.param == PRODUCTION:
            cluster: Cluster = request.getfixturevalue("postgres_cluster")
            settings["IDENTITY_DATABASE_URL"] = cluster.create_database()
            settings["ENROLLMENT_DATABASE_URL"] = cluster.create_database()
            settings["ATTENDANCE_DATABASE_URL"] = cluster.create_database()
            settings["RECORDS_DATABASE_URL"] = cluster.create_database()
            node = stack.enter_context(kafka.prepare(tmp_path_factory.mktemp("kafka")))
        mail = stack.enter_context(SmtpServer())
        home = tmp_path_factory.mktemp("system") / "home"
        yield stack.enter_context(System(home, mail=mail, kafka=node, settings=settings))


@pytest.fixture
def node(system: System) -> Iterator[Node]:
    """The event log of a system that has a Kafka; it runs again when the test is over."""
    assert system.kafka is not None
    yield system.kafka
    if not system.kafka.is_running():
        system.kafka.start()


@pytest.fixture(scope="session")
def households(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """Households whose children stand in two boards' registries, put there with the operator's own command."""
    known = [households_of.household(number) for number in range(1, 61)]
    households_of.take_in(system, known, folder=tmp_path_factory.mktemp("registries"))
    return iter(known)


@pytest.fixture
def household(households: Iterator[Household]) -> Household:
    return next(households)


@pytest.fixture
def make_parent(system: System) -> Iterator[Callable[..., Parent]]:
    with ExitStack() as stack:

        def make(email: str | None = None, **rest: str) -> Parent:
            return stack.enter_context(Parent(system, email or f"somebody{next(_numbers)}@example.org", **rest))

        yield make


@pytest.fixture
def parent(make_parent: Callable[..., Parent]) -> Parent:
    """Somebody whose address is on no file."""
    return make_parent()


@pytest.fixture
def guardian(make_parent: Callable[..., Parent], household: Household) -> Parent:
    """Somebody whose address is on the files of the household's children."""
    return make_parent(household.email)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"
