"""Whatever a school's system sends, the answer is ours: never a 500, and never an entry that parents cannot be shown."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from services.records.rules import kinds
from services.records.rules.kinds import KINDS
from services.records.schemas.kinds import SHAPES
from tests.support.entries import sent
from tests.support.records import Browser, Child, SchoolSystem

ODD = (
    *(None, True, -1, 2**70, 1.5, float("1e308"), [], [[]], [None], {}, {"a": 1}, {"fr": "x", "en": None}),
    *("", " ", "\u0000", "a\u0000b", "\ud800", "\u202e", "é" * 5000, "0001-01-01", "9999-12-31", "2026-02-30"),
    *("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "1990-01-01T00:00:00Z", "2027-13", "2026-2028"),
)


@pytest.fixture
def system(make_school_system: Callable[..., SchoolSystem], organisation_id: str) -> SchoolSystem:
    return make_school_system("records.read", "records.write")


def mutated(kind: str) -> list[bytes]:
    """Return lines of a kind with one field each that is odd."""
    fields = sorted(SHAPES[kind].line().fields)
    whole = sent(kind, source_id="odd")
    lines = [
        whole | {"source_id": f"odd-{name}-{number}", name: odd} for name in fields for number, odd in enumerate(ODD)
    ]
    return [json.dumps(each).encode() for each in lines]


@pytest.mark.requirement("ACC-14")
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_odd_lines_are_answered_and_what_is_taken_can_be_shown(
    system: SchoolSystem, browser: Browser, child: Child, kind: kinds.Kind
) -> None:
    lines = mutated(kind.name)
    answer = system.call("POST", f"/{kind.path}", data=b"\n".join(lines), content_type="application/x-ndjson")
    answered = [json.loads(each) for each in answer.data.splitlines()]
    assert len(answered) == len(lines)
    assert {each["result"] for each in answered} <= {"recorded", "corrected", "unchanged", "refused"}
    assert {each["problem"]["status"] for each in answered if each["result"] == "refused"} <= {400, 422}
    recorded = [each["source_id"] for each in answered if each["result"] != "refused"]
    assert recorded
    shown = system.get(f"/{kind.path}/{recorded[0]}")
    assert shown.status_code == 200
    tab = {kinds.FILE: "file", kinds.CONTACT: "contact"}.get(kind.name, kind.path)
    assert browser.get(f"/children/{child.id}/{tab}?page_size=100").status_code == 200


@pytest.mark.requirement("ACC-14")
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_odd_decisions_are_answered(system: SchoolSystem, odd: Any) -> None:
    system.put("/results/r1", sent(kinds.RESULT))
    asked = [
        ("/results/r1", sent(kinds.RESULT) | {"mark": odd}),
        ("/results/r1/publication", {"available_at": odd}),
        ("/results/r1/publication", odd),
        ("/releases/E1", {"is_published": odd}),
        ("/releases/E1", {"is_published": True, "available_at": odd}),
        ("/ministerial-sessions/2026-01", {"released_on": odd}),
    ]
    answers = [
        system.call("PUT", path, data=json.dumps(body).encode(), content_type="application/json")
        for path, body in asked
    ]
    assert {each.status_code for each in answers} <= {200, 400, 413, 422}


@pytest.mark.requirement("ACC-14")
@pytest.mark.parametrize("name", ["%00", "%F0%9F%98%80", "a" * 300, "..", "%2e%2e", " ", "a%0Ab", "É"], ids=repr)
def test_odd_names_are_answered(system: SchoolSystem, name: str) -> None:
    answers = [
        system.put(f"/results/{name}", sent(kinds.RESULT)),
        system.get(f"/results/{name}"),
        system.get(f"/results/{name}/revisions"),
        system.put(f"/results/{name}/publication", {}),
        system.delete(f"/results/{name}/publication"),
        system.get(f"/releases/{name}"),
        system.put(f"/releases/{name}", {"is_published": True}),
        system.get(f"/ministerial-sessions/{name}"),
    ]
    assert {each.status_code for each in answers} <= {200, 201, 204, 404, 405}
