import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask.views import MethodView
from sqlalchemy import select
from werkzeug.test import TestResponse

from shared import answered_requests, auth, fields, idempotency, web
from shared.database import Database, new_metadata
from shared.digests import Seal
from shared.passports import Passport, PassportOffice
from shared.problems import NotAllowed
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.passports import school_passport

KEYS = ("abcdefghijklmnopqrstuvwxyz0123456789",)
OFFICE = PassportOffice("sample", KEYS)
PARENT = Passport(account_id="a", roles=("parent",), address="192.0.2.1")


each_round = pytest.mark.parametrize("round_number", range(3))


class ThingIn(fields.In):
    name = fields.Line(longest=10, required=True)


def prepare(url: str) -> None:
    database = Database(url)
    metadata = new_metadata()
    answered_requests.copy_to(metadata)
    metadata.create_all(database.engine)
    database.close()


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    opened = Database(databases.create(prepare), pool_size=8)
    yield opened
    opened.close()


@pytest.fixture
def made() -> list[str]:
    return []


@pytest.fixture
def gate() -> threading.Event:
    opened = threading.Event()
    opened.set()
    return opened


@pytest.fixture
def meanwhile() -> list[Callable[[], None]]:
    """What happens while a request is carried out."""
    return []


@pytest.fixture
def post(
    database: Database,
    clock: FakeClock,
    made: list[str],
    gate: threading.Event,
    meanwhile: list[Callable[[], None]],
) -> Callable[..., TestResponse]:
    door = web.Blueprint("things", __name__, url_prefix="/api/v1/things")
    door.before_request(auth.public)

    @door.route("/others", endpoint="other-things")
    @door.route("")
    class Things(MethodView):
        @idempotency.once
        @door.arguments(ThingIn)
        @door.response(201, ThingIn)
        def post(self, body: dict) -> tuple[dict, int, dict]:
            gate.wait()
            for happen in meanwhile:
                happen()
            if body["name"] == "refused":
                raise NotAllowed
            made.append(body["name"])
            return {"name": f"{body['name']}{len(made)}"}, 201, {"Set-Cookie": "vitrail=token", "Location": "/1"}

    app = web.create_app(
        "sample",
        title="Sample",
        folder=Path(__file__).parent,
        passport_keys=KEYS,
        blueprints=[door],
        problems=[],
        is_ready=lambda: True,
    )
    app.extensions["idempotency"] = idempotency.Idempotency(database=database, clock=clock, seal=Seal(KEYS))

    def post_thing(
        name: str, key: str | None = "k1", *, whose: Passport = PARENT, path: str = "/api/v1/things"
    ) -> TestResponse:
        headers = {"passport": OFFICE.sign(whose)}
        if key is not None:
            headers["Idempotency-Key"] = key
        return app.test_client().post(path, json={"name": name}, headers=headers)

    return post_thing


def test_once_answers_a_repeated_request_alike_and_carries_it_out_once(
    post: Callable[..., TestResponse], made: list[str]
) -> None:
    first, second = post("x"), post("x")
    assert (first.status_code, first.json) == (second.status_code, second.json) == (201, {"name": "x1"})
    assert second.headers["Set-Cookie"] == "vitrail=token"
    assert second.headers["Location"] == "/1"
    assert made == ["x"]


def test_once_lets_requests_without_a_key_through(post: Callable[..., TestResponse], made: list[str]) -> None:
    post("x", None)
    post("x", None)
    assert made == ["x", "x"]


def test_once_keeps_the_keys_of_two_people_apart(post: Callable[..., TestResponse], made: list[str]) -> None:
    post("x")
    post("x", whose=replace(PARENT, account_id="b"))
    assert made == ["x", "x"]


def test_once_refuses_a_key_used_for_another_request(post: Callable[..., TestResponse]) -> None:
    post("x")
    refused = post("y")
    assert (refused.status_code, refused.json["code"]) == (422, "idempotency_key_reused")


def test_once_frees_the_key_after_a_refusal(post: Callable[..., TestResponse], made: list[str]) -> None:
    assert post("refused").status_code == 403
    assert post("x").status_code == 201


def test_once_forgets_after_a_day(post: Callable[..., TestResponse], made: list[str], clock: FakeClock) -> None:
    post("x")
    clock.advance(timedelta(hours=24, seconds=1))
    assert post("x").json == {"name": "x2"}


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_once_refuses_an_empty_or_overlong_key(post: Callable[..., TestResponse], key: str) -> None:
    assert post("x", key).status_code == 422


def test_once_keeps_the_answer_sealed(post: Callable[..., TestResponse], database: Database) -> None:
    post("x")
    with database.read() as session:
        row = session.execute(select(answered_requests.answered)).one()
    assert "token" not in repr(tuple(row))


def test_once_lets_one_of_many_racing_requests_through(
    post: Callable[..., TestResponse], made: list[str], gate: threading.Event
) -> None:
    for round_number in range(3):
        gate.clear()
        with ThreadPoolExecutor(6) as pool:
            racing = [pool.submit(post, "x", f"race{round_number}") for _ in range(6)]
            gate.set()
            statuses = [each.result().status_code for each in racing]
        assert set(statuses) <= {201, 409}
        assert len(made) == round_number + 1


def statuses_of_racing(post: Callable[..., TestResponse], names: Sequence[str], key: str) -> Counter[int]:
    with ThreadPoolExecutor(len(names)) as pool:
        return Counter(answer.status_code for answer in pool.map(lambda name: post(name, key), names))


@each_round
def test_once_lets_one_of_many_racing_bodies_through_under_one_key(
    post: Callable[..., TestResponse], made: list[str], round_number: int
) -> None:
    assert statuses_of_racing(post, [f"x{number}" for number in range(6)], "race") == {201: 1, 422: 5}
    assert len(made) == 1


@each_round
def test_once_frees_the_key_of_racing_requests_that_are_all_refused(
    post: Callable[..., TestResponse], made: list[str], round_number: int
) -> None:
    for number in range(5):
        assert set(statuses_of_racing(post, ["refused"] * 6, f"race{number}")) <= {403, 409}
        assert post("x", f"race{number}").status_code == 201
    assert len(made) == 5


@each_round
def test_a_request_that_died_is_taken_over_by_one_of_many(
    post: Callable[..., TestResponse],
    database: Database,
    clock: FakeClock,
    made: list[str],
    round_number: int,
) -> None:
    post("x")
    with database.transaction() as session:
        session.execute(answered_requests.answered.update().values(status=None, sealed=None))
    clock.advance(idempotency.ABANDONED_AFTER + timedelta(seconds=1))
    assert set(statuses_of_racing(post, ["x"] * 6, "k1")) <= {201, 409}
    assert made == ["x", "x"]
    assert post("x").json == {"name": "x2"}


def test_once_keeps_the_keys_of_two_schools_systems_behind_one_address_apart(
    post: Callable[..., TestResponse], made: list[str]
) -> None:
    one, other = (school_passport(client_id=client_id) for client_id in ("one", "other"))
    assert [post("x", whose=whose).json for whose in (one, other, one)] == [
        {"name": name} for name in ("x1", "x2", "x1")
    ]
    assert made == ["x", "x"]


def test_once_keeps_the_keys_of_two_paths_apart(post: Callable[..., TestResponse], made: list[str]) -> None:
    assert [post("x").json, post("x", path="/api/v1/things/others").json] == [{"name": "x1"}, {"name": "x2"}]


def test_once_keeps_the_answer_of_whoever_uses_a_forgotten_key_again(
    post: Callable[..., TestResponse], clock: FakeClock
) -> None:
    post("x")
    clock.advance(answered_requests.KEPT_FOR + timedelta(seconds=1))
    assert [post("y").json, post("y").json] == [{"name": "y2"}, {"name": "y2"}]
    assert post("x").json["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(("name", "status"), [("x", 201), ("refused", 403)])
def test_a_request_that_was_given_up_for_dead_leaves_the_key_to_the_one_that_took_it_over(
    post: Callable[..., TestResponse],
    database: Database,
    clock: FakeClock,
    meanwhile: list[Callable[[], None]],
    name: str,
    status: int,
) -> None:
    def take_over() -> None:
        with database.transaction() as session:
            session.execute(answered_requests.answered.update().values(began_at=clock.now() + timedelta(minutes=2)))

    meanwhile.append(take_over)
    assert post(name).status_code == status
    assert post(name).json["code"] == "request_in_progress"


def test_a_request_that_died_frees_its_key(
    post: Callable[..., TestResponse], database: Database, clock: FakeClock, made: list[str]
) -> None:
    post("x")
    with database.transaction() as session:
        session.execute(answered_requests.answered.update().values(status=None, sealed=None))
    assert post("x").json["code"] == "request_in_progress"
    clock.advance(idempotency.ABANDONED_AFTER + timedelta(seconds=1))
    assert post("x").status_code == 201
