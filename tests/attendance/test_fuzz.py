"""Whatever comes in, the answer is ours: never a 500 (ACC-14)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.support.attendance import Browser, Child, SchoolSystem, announce

EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
STRANGE = ["", " ", "\u0000", "\ud800", "é" * 5000, "0001-01-01", "9999-12-31", "2026-02-30", "24:00", "00:00", "23:59"]
ODD = st.sampled_from([None, True, -1, 2**70, 1.5, *STRANGE, [], [[]], {}, {"a": 1}])
NOTICE = ("date", "day", "month", "year", "end_date", "end_day", "type", "time", "reason", "explanation")
RECORD = ("student_source_id", "school_source_id", "date", "kind", "time", "periods")
DECISIONS = (
    *("cut_off_school_days", "cut_off_at", "same_day_until", "periods", "break_starts_at", "break_ends_at"),
    *("first_day", "last_day", "days_off", "reasons"),
)
QUESTIONS = ["", "0", "-1", "99999999999", "0001-01-01", "9999-12-31", "1900-01-01", "2199-12-31", "2026-2027", "x"]


@pytest.fixture
def system(make_school_system: Callable[..., SchoolSystem], organisation_id: str) -> SchoolSystem:
    return make_school_system("attendance.read", "attendance.write")


def dumped(body: Any) -> bytes:
    return json.dumps(body).encode()


@pytest.mark.requirement("ACC-14")
@EXAMPLES
@given(odd=st.dictionaries(st.sampled_from(NOTICE), ODD, max_size=4))
def test_odd_notices_are_answered(browser: Browser, child: Child, odd: dict[str, Any]) -> None:
    path = f"/children/{child.id}/absence-notices"
    body = dumped(announce(date="2026-01-19") | odd)
    answer = browser.call("POST", path, data=body, content_type="application/json")
    assert answer.status_code in {201, 400, 409, 413, 422}


@pytest.mark.requirement("ACC-14")
@EXAMPLES
@given(odd=st.dictionaries(st.sampled_from(RECORD), ODD, max_size=3))
def test_odd_records_are_answered(system: SchoolSystem, odd: dict[str, Any]) -> None:
    record = {"student_source_id": "eleve-1", "date": "2026-01-14", "kind": "absent"} | odd
    answer = system.call("PUT", "/absences/a1", data=dumped(record), content_type="application/json")
    body = dumped(record | {"source_id": "a2"}) + b"\n"
    lines = system.call("POST", "/absences", data=body, content_type="application/x-ndjson")
    assert answer.status_code in {200, 201, 400, 413, 422}
    assert lines.status_code == 200
    assert json.loads(lines.data)["result"] in {"recorded", "corrected", "unchanged", "refused"}


@pytest.mark.requirement("ACC-14")
@EXAMPLES
@given(
    path=st.sampled_from(["/attendance-rules", "/bell-times", "/bell-times/s1", "/school-years", "/absence-reasons"]),
    odd=st.dictionaries(st.sampled_from(DECISIONS), ODD, max_size=6),
)
def test_odd_decisions_are_answered(system: SchoolSystem, path: str, odd: dict[str, Any]) -> None:
    answer = system.call("PUT", path, data=dumped(odd), content_type="application/json")
    assert answer.status_code in {200, 400, 413, 422}


@pytest.mark.requirement("ACC-14")
@EXAMPLES
@given(
    page=st.sampled_from(["absences", "absence-notices"]),
    query=st.dictionaries(
        st.sampled_from(["from", "to", "school_year", "status", "page", "page_size"]),
        st.sampled_from(QUESTIONS),
        max_size=3,
    ),
)
def test_odd_questions_are_answered(browser: Browser, child: Child, page: str, query: dict[str, str]) -> None:
    answer = browser.get(f"/children/{child.id}/{page}", query_string=query)
    assert answer.status_code in {200, 422}


@pytest.mark.requirement("ACC-14")
@EXAMPLES
@given(body=st.binary(max_size=200))
def test_bytes_that_are_no_lines_are_answered(system: SchoolSystem, body: bytes) -> None:
    answer = system.call("POST", "/absences", data=body, content_type="application/x-ndjson")
    assert answer.status_code == 200
    said = [json.loads(line) for line in answer.data.splitlines()]
    assert {each["result"] for each in said} <= {"refused"}


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"])
def test_days_at_the_ends_of_time_are_no_days_of_a_school(
    browser: Browser, system: SchoolSystem, child: Child, day: str
) -> None:
    answers = [
        browser.post(f"/children/{child.id}/absence-notices", announce(date=day)),
        browser.get(f"/children/{child.id}/absences?to={day}"),
        system.put("/school-years", {"first_day": day, "last_day": day}),
    ]
    assert [each.status_code for each in answers] == [422, 422, 422]
    assert answers[0].json["errors"][0]["detail"] == "Cette date est hors de portée."
