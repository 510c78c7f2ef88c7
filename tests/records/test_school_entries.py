"""What school systems send, through `/school/v1`: every kind, one by one and by the line."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.records.context import Context
from services.records.operations import entries
from services.records.operations.entries import Written
from services.records.rules import kinds
from services.records.rules.entries import Sent
from services.records.rules.kinds import KINDS
from services.records.schemas import school as schemas
from services.records.schemas.kinds import SHAPES
from tests.support.callers import kinds_told
from tests.support.clock import FakeClock
from tests.support.entries import read, sent
from tests.support.passports import ORGANISATION_CODE
from tests.support.records import Browser, Child, Enrollment, SchoolSystem

on_one_kind = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
SYSTEM = {"organisation_code": ORGANISATION_CODE, "client_id": "school-system-of-the-tests"}
OTHER_CODE = "841000"


@pytest.fixture
def system(make_school_system: Callable[..., SchoolSystem], organisation_id: str) -> SchoolSystem:
    """The system of the organisation of the tests, which may read and write."""
    return make_school_system("records.read", "records.write")


@pytest.fixture
def foreign_system(told: Enrollment, make_school_system: Callable[..., SchoolSystem]) -> SchoolSystem:
    """The system of another organisation that takes part."""
    told.make_organisation(OTHER_CODE)
    return make_school_system("records.read", "records.write", organisation_code=OTHER_CODE)


def send(system: SchoolSystem, path: str, *lines: Any) -> list[dict[str, Any]]:
    body = b"".join((each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in lines)
    answer = system.call("POST", f"/{path}", data=body, content_type="application/x-ndjson")
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.data.splitlines()]


def record_kinds(ctx: Context) -> list[str]:
    return [each for each in kinds_told(ctx) if each.startswith("record-")]


# --- one by one


@each_kind
@on_one_kind
def test_an_entry_of_each_kind_is_sent_corrected_read_withdrawn_and_published(
    system: SchoolSystem, kind: kinds.Kind
) -> None:
    path = f"/{kind.path}/un"
    said = sent(kind.name)
    recorded, unchanged = system.put(path, said), system.put(path, said)
    assert (recorded.status_code, unchanged.status_code) == (201, 200)
    assert recorded.json == unchanged.json == system.get(path).json
    assert schemas.EntryOut(unknown="include").validate(recorded.json) == {}
    content = recorded.json["content"]
    own = SHAPES[kind.name].content(exclude=["school_year"] * ("school_year" in SHAPES[kind.name].content().fields))
    assert set(own.fields) | {"school_year"} == set(content)
    assert system.get(f"{path}/revisions").json == []
    # Whatever its kind, it has a school year of its own.
    corrected = system.put(path, said | {"school_year": "2019-2020"})
    assert (corrected.status_code, corrected.json["revision"], corrected.json["school_year"]) == (200, 2, "2019-2020")
    [earlier] = system.get(f"{path}/revisions").json
    assert (earlier["revision"], earlier["content"]) == (1, content)
    assert earlier["client_id"] == "school-system-of-the-tests"
    assert system.delete(f"{path}/publication").status_code == 204
    assert (system.get(path).json["state"], system.get(path).json["available_at"]) == ("withdrawn", None)
    published = system.put(f"{path}/publication", {})
    assert (published.status_code, published.json["state"]) == (200, "published")


@each_kind
@on_one_kind
def test_an_entry_of_another_organisation_is_not_there(
    system: SchoolSystem, foreign_system: SchoolSystem, kind: kinds.Kind
) -> None:
    path = f"/{kind.path}/un"
    before = system.put(path, sent(kind.name)).json
    for answer in (
        foreign_system.get(path),
        foreign_system.get(f"{path}/revisions"),
        foreign_system.put(f"{path}/publication", {}),
        foreign_system.delete(f"{path}/publication"),
    ):
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    # Its own, by the same word.
    assert foreign_system.put(path, sent(kind.name)).status_code == 201
    assert system.get(path).json == before


@on_one_kind
@pytest.mark.requirement("RE-04")
def test_a_ministerial_result_says_before_when_nobody_sees_it(system: SchoolSystem) -> None:
    shown = system.put("/ministerial-results/e1", sent(kinds.MINISTERIAL_RESULT, available_at="2026-01-01T00:00:00Z"))
    assert (shown.json["is_visible"], shown.json["release"]) == (False, None)
    assert shown.json["not_before"] == shown.json["available_at"] == "2026-01-22T05:00:00+00:00"
    told = system.put("/ministerial-sessions/2026-01", {"released_on": "2026-02-02"})
    assert (told.status_code, told.json) == (200, {"session": "2026-01", "released_on": "2026-02-02"})
    assert system.get("/ministerial-sessions/2026-01").json == told.json
    assert system.get("/ministerial-results/e1").json["not_before"] == "2026-02-02T05:00:00+00:00"
    assert system.get("/ministerial-sessions/juin").status_code == 404
    refused = system.put("/ministerial-sessions/2027-06", {"released_on": "2026-07-08"})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "#/released_on")


@on_one_kind
@pytest.mark.requirement("RE-05")
def test_a_release_is_decided_read_and_listed(
    system: SchoolSystem, foreign_system: SchoolSystem, child: Child, browser: Browser, clock: FakeClock
) -> None:
    whose = {"student_source_id": child.student_source_id}
    draft = system.put("/results/r1", sent(kinds.RESULT, release="E1", **whose)).json
    assert (draft["state"], draft["release"], draft["available_at"]) == ("draft", "E1", None)
    assert system.get("/releases/E1").status_code == 404
    published = system.put("/releases/E1", {"is_published": True})
    assert published.json == {"code": "E1", "is_published": True, "available_at": clock.now().isoformat()}
    assert system.get("/releases/E1").json == published.json
    assert system.get("/releases").json == [published.json]
    assert foreign_system.get("/releases").json == []
    assert foreign_system.put("/releases/E1", {"is_published": False}).status_code == 200
    assert len(browser.get(f"/children/{child.id}/results").json["items"]) == 1


@on_one_kind
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/results/r1/publication", {"available_at": "demain"}),
        ("PUT", "/results/r1/publication", {"available_at": "2026-01-20T12:00:00"}),
        ("PUT", "/results/r1/publication", {"is_draft": False}),
        ("PUT", "/releases/E1", {}),
        ("PUT", "/releases/E1", {"is_published": None}),
        ("PUT", "/ministerial-sessions/2026-01", {}),
        ("PUT", "/results/r1", {"mark": "82 %"}),
    ],
)
def test_what_is_no_decision_is_refused_and_changes_nothing(
    ctx: Context, system: SchoolSystem, method: str, path: str, body: dict[str, Any]
) -> None:
    before = system.put("/results/r1", sent(kinds.RESULT)).json
    answer = system.call(method, path, json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert system.get("/results/r1").json == before
    assert system.get("/releases").json == []


@on_one_kind
def test_an_organisation_that_takes_no_part_is_refused_before_anything_is_read(
    make_school_system: Callable[..., SchoolSystem],
) -> None:
    stranger = make_school_system("records.read", "records.write", organisation_code="999999")
    answers = [
        stranger.put("/results/r1", sent(kinds.RESULT)),
        stranger.get("/results/r1"),
        stranger.put("/releases/E1", {"is_published": True}),
        stranger.call("POST", "/results", data=b"{}\n", content_type="application/x-ndjson"),
    ]
    assert {(each.status_code, each.json["code"]) for each in answers} == {(409, "organisation_not_subscribed")}


@on_one_kind
@pytest.mark.requirement("S2S-4")
def test_a_system_that_may_only_read_writes_nothing(
    make_school_system: Callable[..., SchoolSystem], system: SchoolSystem
) -> None:
    system.put("/results/r1", sent(kinds.RESULT))
    reader = make_school_system("records.read")
    answers = [
        reader.put("/results/r1", sent(kinds.RESULT, mark="0")),
        reader.delete("/results/r1/publication"),
        reader.put("/results/r1/publication", {}),
        reader.put("/releases/E1", {"is_published": True}),
        reader.put("/ministerial-sessions/2026-01", {"released_on": None}),
        reader.call("POST", "/results", data=b"{}\n", content_type="application/x-ndjson"),
    ]
    assert {(each.status_code, each.json["code"]) for each in answers} == {(403, "scope_missing")}
    assert reader.get("/results/r1").json["content"]["mark"] == "82 %"


# --- many at once


@each_kind
@on_one_kind
def test_lines_of_each_kind_are_answered_one_by_one(system: SchoolSystem, kind: kinds.Kind) -> None:
    lines = [sent(kind.name, source_id=f"l{number}") for number in range(3)]
    answers = send(system, kind.path, *lines)
    assert [(each["line"], each["source_id"], each["result"]) for each in answers] == [
        (number + 1, f"l{number}", "recorded") for number in range(3)
    ]
    assert all(schemas.WrittenLineOut(unknown="raise").validate(each) == {} for each in answers)
    shown = system.get(f"/{kind.path}/l0").json
    assert {name: shown[name] for name in answers[0]["entry"]} == answers[0]["entry"]
    assert {each["result"] for each in send(system, kind.path, *lines)} == {"unchanged"}


@pytest.mark.requirement("GWY-3")
@pytest.mark.parametrize("source_id", ["2026/E1", "a\\b", "50%", "a;b", ".", ".."])
def test_a_line_that_no_path_could_name_is_refused(system: SchoolSystem, source_id: str) -> None:
    refused, recorded = send(
        system, "results", sent(kinds.RESULT, source_id=source_id), sent(kinds.RESULT, source_id="a..b")
    )
    assert (refused["result"], refused["problem"]["errors"][0]["pointer"]) == ("refused", "#/source_id")
    assert recorded["result"] == "recorded"


def test_write_entries_answers_each_line_whatever_the_others_are(
    ctx: Context, system: SchoolSystem, child: Child
) -> None:
    whose = {"student_source_id": child.student_source_id}
    answers = send(
        system,
        "results",
        sent(kinds.RESULT, source_id="r1", **whose),
        b"",
        sent(kinds.RESULT, source_id="r1", **whose),
        b"{nonsense",
        sent(kinds.RESULT, **whose),
        sent(kinds.RESULT, source_id="r2", **whose) | {"mark": None},
        b'"text"',
        b'{"source_id": "r4", "x": "' + b"y" * 300_000 + b'"}',
        sent(kinds.RESULT, source_id="r1", student_source_id="un-autre"),
        sent(kinds.RESULT, source_id="r5", **whose),
    )
    assert [(each["line"], each["source_id"], each["result"]) for each in answers] == [
        (1, "r1", "recorded"),
        (3, "r1", "unchanged"),
        (4, None, "refused"),
        (5, None, "refused"),
        (6, "r2", "refused"),
        (7, None, "refused"),
        (8, None, "refused"),
        (9, "r1", "refused"),
        (10, "r5", "recorded"),
    ]
    refused = [each["problem"]["code"] for each in answers if each["result"] == "refused"]
    assert refused == [
        *("malformed_request", "validation_failed", "validation_failed", "validation_failed"),
        *("malformed_request", "validation_failed"),
    ]
    assert record_kinds(ctx) == ["record-published"] * 2


def test_write_entries_takes_one_id_several_times_in_its_order(
    ctx: Context, system: SchoolSystem, child: Child
) -> None:
    whose = {"student_source_id": child.student_source_id, "source_id": "r1"}
    answers = send(
        system,
        "results",
        *(sent(kinds.RESULT, mark=mark, **whose) for mark in ("1", "2", "2", "1")),
    )
    assert [each["result"] for each in answers] == ["recorded", "corrected", "unchanged", "corrected"]
    assert [each["entry"]["revision"] for each in answers] == [1, 2, 2, 3]
    assert [each["content"]["mark"] for each in system.get("/results/r1/revisions").json] == ["1", "2"]
    assert record_kinds(ctx) == ["record-published", "record-corrected", "record-corrected"]


def test_write_entries_keeps_what_was_answered_when_it_is_cut_off(ctx: Context, child: Child) -> None:
    whose = {"student_source_id": child.student_source_id}
    coming = [_named(f"r{number}", **whose) for number in range(10)]
    written = entries.write_entries(ctx, **SYSTEM, kind=kinds.RESULT, coming=coming, batch_size=4)
    answered = [next(written) for _ in range(5)]
    written.close()  # type: ignore[attr-defined]
    again = list(entries.write_entries(ctx, **SYSTEM, kind=kinds.RESULT, coming=coming, batch_size=4))
    assert [each.result for each in answered if isinstance(each, Written)] == ["recorded"] * 5
    results = [each.result for each in again if isinstance(each, Written)]
    assert (results[:5], results.count("recorded"), len(results)) == (["unchanged"] * 5, 2, 10)
    assert record_kinds(ctx) == ["record-published"] * 10


class Broken(Exception):
    """The line went dead."""


def test_write_entries_keeps_the_batches_before_the_one_that_broke(ctx: Context, child: Child) -> None:
    def breaking() -> Iterator[Sent]:
        for number in range(7):
            yield _named(f"r{number}", student_source_id=child.student_source_id)
        raise Broken

    with pytest.raises(Broken):
        list(entries.write_entries(ctx, **SYSTEM, kind=kinds.RESULT, coming=breaking(), batch_size=3))
    assert record_kinds(ctx) == ["record-published"] * 6


@on_one_kind
def test_write_entries_reads_no_further_than_it_is_asked(ctx: Context, child: Child) -> None:
    taken = 0

    def lines() -> Iterator[Sent]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield _named(f"r{number}", student_source_id=child.student_source_id)

    written = entries.write_entries(ctx, **SYSTEM, kind=kinds.RESULT, coming=lines(), batch_size=10)
    next(written)
    assert taken == 10


@on_one_kind
def test_lines_are_taken_as_lines_alone(ctx: Context, system: SchoolSystem) -> None:
    answer = system.call("POST", "/results", data=b"{}", content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")
    assert send(system, "results") == []
    assert record_kinds(ctx) == []


def _named(source_id: str, **said: Any) -> Sent:
    return Sent(**{**vars(read(kinds.RESULT, **said)), "source_id": source_id})
