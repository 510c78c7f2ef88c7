"""Everybody against every operation that is about a child, or a school's: none is left out (CHD-13).

The operations are read from the document that the gateway joins of the services' own; `tests/support/matrix.py` says how a
service, or a new operation, comes in here.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.routes import IDENTITY, SERVICES
from shared import ids
from tests.support import matrix
from tests.support.clock import FakeClock
from tests.support.databases import KINDS, Databases, PostgresDatabases, SqliteDatabases
from tests.support.matrix import HOLDERS, LETTING_GO, PARENT, REFUSED, Operation, World
from tests.support.matrix_of_attendance import attendance_app, open_attendance
from tests.support.matrix_of_records import open_records, records_app

# A service that knows children joins here.
WORLDS = {
    "enrollment": (matrix.enrollment_app, matrix.open_enrollment),
    "attendance": (attendance_app, open_attendance),
    "records": (records_app, open_records),
}
OPERATIONS = matrix.operations(WORLDS)
OF_CHILDREN = [each for each in OPERATIONS if each.is_about_a_child]
OF_SCHOOLS = [each for each in OPERATIONS if each.is_a_schools]
REFUSALS = [
    (operation, person)
    for operation in OF_CHILDREN
    for person in REFUSED
    if (operation.method, operation.path) != LETTING_GO or person not in HOLDERS
]
OpenWorld = Callable[[Operation], World]


@pytest.fixture(scope="module")
def open_once(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sqlite_templates: Path
) -> Iterator[Callable[[str], OpenWorld]]:
    """Open the worlds of a kind of database once each: what is refused changes nothing in them.

    Not a fixture with parameters of its own: the tests come in any order, and each change of kind would open them anew.
    """
    make: dict[str, Callable[[], Databases]] = {
        "sqlite": lambda: SqliteDatabases(tmp_path_factory.mktemp("matrix"), sqlite_templates),
        "postgresql": lambda: PostgresDatabases(request.getfixturevalue("postgres_cluster")),
    }
    with ExitStack() as stack:
        databases: dict[str, Databases] = {}
        worlds: dict[tuple[str, str], World] = {}

        def of(kind: str) -> OpenWorld:
            if kind not in databases:
                databases[kind] = make[kind]()

            def world_of(operation: Operation) -> World:
                if (kind, operation.service) not in worlds:
                    _, open_world = WORLDS[operation.service]
                    world = stack.enter_context(open_world(databases[kind], FakeClock()))
                    worlds[kind, operation.service] = world
                return worlds[kind, operation.service]

            return world_of

        yield of


@pytest.fixture(params=KINDS)
def worlds(request: pytest.FixtureRequest, open_once: Callable[[str], OpenWorld]) -> OpenWorld:
    """The worlds on SQLite and on PostgreSQL."""
    return open_once(request.param)


@pytest.fixture
def sqlite_worlds(open_once: Callable[[str], OpenWorld]) -> OpenWorld:
    """The worlds on SQLite alone, for what has nothing to do with the database."""
    return open_once("sqlite")


@pytest.fixture
def fresh(sqlite_databases: SqliteDatabases, clock: FakeClock) -> Iterator[OpenWorld]:
    """A world of the test's own, for what is answered and may change it."""
    with ExitStack() as stack:

        def world_of(operation: Operation) -> World:
            _, open_world = WORLDS[operation.service]
            return stack.enter_context(open_world(sqlite_databases, clock))

        yield world_of


@pytest.mark.requirement("CHD-13")
def test_every_service_that_knows_children_is_in_the_matrix() -> None:
    # Identity knows no child.
    assert {*WORLDS, IDENTITY} == set(SERVICES)
    assert {each.service for each in OF_CHILDREN} == set(WORLDS)


@pytest.mark.requirement("CHD-13")
@pytest.mark.parametrize("operation", [*OF_CHILDREN, *OF_SCHOOLS], ids=str)
def test_every_operation_about_a_child_or_of_a_school_is_in_the_matrix(
    sqlite_worlds: OpenWorld, operation: Operation
) -> None:
    world = sqlite_worlds(operation)
    assert (operation.method, operation.path) in world.examples
    assert set(operation.names) <= set(world.values)


@pytest.mark.requirement("CHD-13")
@pytest.mark.parametrize(("operation", "person"), REFUSALS, ids=str)
def test_whoever_must_not_reach_the_child_learns_and_changes_nothing(
    worlds: OpenWorld, operation: Operation, person: str
) -> None:
    world = worlds(operation)
    before = world.rows()
    answer = world.call(operation, person)
    no_such_child = world.call(operation, person, child_id=ids.new())
    assert (answer.status_code, no_such_child.status_code) == (REFUSED[person], REFUSED[person])
    assert matrix.without_chance(answer) == matrix.without_chance(no_such_child)
    assert [secret for secret in world.secrets if secret in answer.text] == []
    assert world.rows() == before


@pytest.mark.requirement("CHD-13")
@pytest.mark.parametrize(("operation", "person"), [each for each in REFUSALS if each[1] != "nobody"], ids=str)
def test_each_refusal_is_logged_with_who_was_refused_and_never_with_the_child(
    sqlite_worlds: OpenWorld, operation: Operation, person: str
) -> None:
    world = sqlite_worlds(operation)
    asking = world.persons[person]
    with capture_logs() as said:
        world.call(operation, person)
    [refused] = [line for line in said if line["event"] == "access_refused"]
    assert (refused["account_id"], refused["client_id"]) == (asking.account_id, asking.client_id)
    assert refused["route"].count("<") == len(operation.names)
    assert world.values["child_id"] not in str(said)


# That the refusals above are not refusals of everybody.


@pytest.mark.requirement("CHD-13", "EN-22")
@pytest.mark.parametrize("operation", OF_CHILDREN, ids=str)
def test_the_parent_reaches_the_child(fresh: OpenWorld, operation: Operation) -> None:
    answer = fresh(operation).call(operation, PARENT)
    assert answer.status_code in {200, 201, 204}, answer.text


@pytest.mark.requirement("CHD-13", "CHD-16")
@pytest.mark.parametrize("person", HOLDERS)
def test_whoever_holds_a_closed_child_may_let_go_of_it(fresh: OpenWorld, person: str) -> None:
    [operation] = [each for each in OF_CHILDREN if (each.method, each.path) == LETTING_GO]
    world = fresh(operation)
    assert world.call(operation, person).status_code == 204
    assert world.call(operation, person).status_code == 404


@pytest.mark.requirement("CHD-13", "S2S-3")
@pytest.mark.parametrize("operation", [*OF_CHILDREN, *OF_SCHOOLS], ids=str)
def test_without_a_passport_nothing_is_answered(sqlite_worlds: OpenWorld, operation: Operation) -> None:
    world = sqlite_worlds(operation)
    path = operation.path.format(**{name: world.values[name] for name in operation.names})
    assert world.app.test_client().open(path, method=operation.method).status_code == 401


# The schools' own door.


@pytest.mark.requirement("CHD-13")
@pytest.mark.parametrize("operation", OF_SCHOOLS, ids=str)
def test_another_schools_system_reaches_and_changes_nothing(fresh: OpenWorld, operation: Operation) -> None:
    world = fresh(operation)
    before = world.rows()
    answer = world.call(operation, "another school's system")
    assert answer.status_code == world.examples[operation.method, operation.path].elsewhere
    assert world.rows() == before
    assert [secret for secret in world.secrets if secret in answer.text] == []


@pytest.mark.requirement("CHD-13")
@pytest.mark.parametrize("operation", OF_SCHOOLS, ids=str)
@pytest.mark.parametrize(
    ("person", "status"), [(PARENT, 403), ("the school's system without a scope", 403), ("nobody", 401)]
)
def test_a_schools_door_is_open_to_its_system_alone(
    sqlite_worlds: OpenWorld, operation: Operation, person: str, status: int
) -> None:
    world = sqlite_worlds(operation)
    before = world.rows()
    assert world.call(operation, person).status_code == status
    assert world.rows() == before


@pytest.mark.requirement("CHD-13")
@pytest.mark.parametrize("operation", OF_SCHOOLS, ids=str)
def test_the_schools_own_system_is_answered(fresh: OpenWorld, operation: Operation) -> None:
    answer = fresh(operation).call(operation, "the school's own system")
    assert answer.status_code in {200, 201, 202, 204}, answer.text
