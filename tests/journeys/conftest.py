"""The running system, on SQLite and on PostgreSQL: started once each, every test comes with parents of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from one_machine import demonstration
from registry_generator import PlacedStudent, generate
from tests.support.databases import KINDS
from tests.support.postgres import Cluster
from tests.support.smtp import SmtpServer
from tests.support.system import Parent, System

_numbers = count(1)


@pytest.fixture(scope="session", params=KINDS)
def system(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    settings = {"IDENTITY_RESEND_INTERVAL": "0"}
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgres_cluster")
        settings["IDENTITY_DATABASE_URL"] = cluster.create_database()
        settings["ENROLLMENT_DATABASE_URL"] = cluster.create_database()
    with (
        SmtpServer() as mail,
        System(tmp_path_factory.mktemp("system") / "home", mail=mail, settings=settings) as running,
    ):
        yield running


@pytest.fixture
def make_parent(system: System) -> Iterator[Callable[..., Parent]]:
    with ExitStack() as stack:

        def make(email: str | None = None, **rest: str) -> Parent:
            return stack.enter_context(Parent(system, email or f"parent{next(_numbers)}@example.org", **rest))

        yield make


@pytest.fixture
def parent(make_parent: Callable[..., Parent]) -> Parent:
    return make_parent()


@pytest.fixture(scope="session")
def enroll(system: System, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., None]:
    """Put students into an organisation's registry with the operator's own command, as the school's export would."""

    def enroll_students(code: str, *students: PlacedStudent) -> None:
        folder = tmp_path_factory.mktemp(f"registry-{code}")
        directory = [demonstration.BOARDS, demonstration.SCHOOLS]
        generate(
            folder,
            organisation=code,
            students=len(students) + 5,
            seed=next(_numbers),
            directory=directory,
            placed=students,
            replace=True,
        )
        system.command("enrollment", "import-registry", str(folder), "--organisation", code, "--allow-removals")

    return enroll_students


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"
