import io
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import marshmallow as ma
import orjson
import pytest
from flask.views import MethodView
from werkzeug.test import TestResponse

from shared import auth, web
from shared.fields import In, WholeNumber
from shared.passports import Passport, PassportOffice
from shared.problems import NotFound, Problem
from shared.web import lines, uploads

KEYS = ("abcdefghijklmnopqrstuvwxyz0123456789",)
OFFICE = PassportOffice("sample", KEYS)


class ParcelIn(In):
    label = ma.fields.String(required=True)
    grams = WholeNumber(least=0, most=1000, required=True)


@dataclass(frozen=True, kw_only=True)
class Parcel:
    label: str
    grams: int


def weighed(parcels: Iterator[Parcel | Problem]) -> Iterator[int | Problem]:
    for each in parcels:
        yield each if isinstance(each, Problem) else each.grams


@pytest.fixture
def done() -> list[str]:
    """Labels of the parcels that the view has worked off."""
    return []


@pytest.fixture
def send(done: list[str]) -> Callable[..., TestResponse]:
    """Send lines to a view that answers each with what it weighs."""
    door = web.Blueprint("parcels", __name__, url_prefix="/api/v1/parcels")
    door.before_request(auth.public)

    def receive(parcels: Iterator[Parcel | Problem]) -> Iterator[int | Problem]:
        for each in parcels:
            if isinstance(each, Parcel):
                done.append(each.label)
            yield each if isinstance(each, Problem) else each.grams

    def refuse(_parcels: Iterator[Parcel | Problem]) -> Iterator[int | Problem]:
        raise NotFound

    def answer(do: Callable[..., Any]) -> Any:
        return lines.answered(
            do,
            schema=ParcelIn(),
            make=lambda said: Parcel(**said),
            answer=lambda grams: {"result": "weighed", "grams": grams},
            named_by="label",
            longest_line=64,
        )

    @door.route("")
    class Parcels(MethodView):
        @uploads.received(name="parcels.ndjson", largest_body=100_000, media_types=(lines.MEDIA_TYPE,))
        def post(self) -> Any:
            return answer(receive)

        @uploads.received(name="parcels.ndjson", largest_body=100_000, media_types=(lines.MEDIA_TYPE,))
        def put(self) -> Any:
            return answer(refuse)

    app = web.create_app(
        "sample",
        title="Sample",
        folder=Path(__file__).parent,
        passport_keys=KEYS,
        blueprints=[door],
        problems=[],
        is_ready=lambda: True,
    )

    def call(body: bytes, *, method: str = "POST", language: str = "en", **rest: Any) -> TestResponse:
        headers = {
            "Passport": OFFICE.sign(Passport(address="192.0.2.1")),
            "Content-Type": lines.MEDIA_TYPE,
            "Accept-Language": language,
        }
        return app.test_client().open("/api/v1/parcels", method=method, data=body, headers=headers, **rest)

    return call


def told(answer: TestResponse) -> list[dict[str, Any]]:
    assert answer.status_code == 200
    assert answer.mimetype == lines.MEDIA_TYPE
    return [orjson.loads(line) for line in answer.data.splitlines()]


def peak_of(count: int) -> int:
    read = lines.Lines(
        io.BytesIO(b"no line\n" * count),
        schema=ParcelIn(),
        make=lambda said: Parcel(**said),
        named_by="label",
        language="fr",
    )
    tracemalloc.start()
    try:
        deque(read.answers(weighed(read.read()), answer=dict, document=lambda _problem: {}), maxlen=0)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_lines_are_answered_one_by_one_under_their_numbers_and_names(send: Callable[..., TestResponse]) -> None:
    body = b'{"label": "one", "grams": 1}\n\n   \n{"label": "two", "grams": 2}'
    assert told(send(body)) == [
        {"line": 1, "label": "one", "result": "weighed", "grams": 1},
        {"line": 4, "label": "two", "result": "weighed", "grams": 2},
    ]


def test_lines_that_are_refused_stop_none_of_the_others(send: Callable[..., TestResponse]) -> None:
    body = b"\n".join(
        [
            b"{no JSON",
            b"[]",
            b'{"label": 7, "grams": 1}',
            b'{"label": "heavy", "grams": 1001, "a/b~c": 1}',
            b'{"label": "%s", "grams": 1}' % (b"x" * 200),
            b'{"label": "good", "grams": 3}',
        ]
    )
    answers = told(send(body))
    assert [(each["line"], each["label"], each["result"]) for each in answers] == [
        (1, None, "refused"),
        (2, None, "refused"),
        (3, None, "refused"),
        (4, "heavy", "refused"),
        (5, None, "refused"),
        (6, "good", "weighed"),
    ]
    problems = [each["problem"] for each in answers[:5]]
    assert [each["status"] for each in problems] == [400, 422, 422, 422, 400]
    assert sorted(error["pointer"] for error in problems[3]["errors"]) == ["#/a~1b~0c", "#/grams"]
    assert problems[1]["errors"][0]["pointer"] == "#"


def test_lines_are_refused_in_the_language_of_the_request(send: Callable[..., TestResponse]) -> None:
    (answer,) = told(send(b'{"label": "one"}', language="fr"))
    assert answer["problem"]["errors"] == [{"pointer": "#/grams", "detail": "Ce champ est obligatoire."}]


def test_lines_as_long_as_the_longest_are_read_whole(send: Callable[..., TestResponse]) -> None:
    line = b'{"label": "one", "grams": 1}'
    fits, over = line.ljust(63) + b"\n", line.ljust(64) + b"\n"
    assert [each["result"] for each in told(send(fits + over + fits))] == ["weighed", "refused", "weighed"]


def test_lines_are_refused_as_a_whole_by_what_the_work_raises_at_once(send: Callable[..., TestResponse]) -> None:
    answer = send(b'{"label": "one", "grams": 1}\n', method="PUT")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_lines_are_worked_off_as_their_answers_are_read(send: Callable[..., TestResponse], done: list[str]) -> None:
    body = b"".join(b'{"label": "p%d", "grams": 1}\n' % number for number in range(50))
    answer = send(body, buffered=False)
    coming = iter(answer.response)
    assert [orjson.loads(next(coming))["label"] for _ in range(3)] == ["p0", "p1", "p2"]
    assert done == ["p0", "p1", "p2"]
    answer.close()
    assert done == ["p0", "p1", "p2"]


def test_lines_are_answered_in_memory_that_does_not_grow_with_them() -> None:
    assert peak_of(20_000) < 2 * peak_of(1000)
