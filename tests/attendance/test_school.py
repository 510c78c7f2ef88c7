"""What school systems do, through `/school/v1`."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy

from services.attendance import queries
from services.attendance.context import Context
from services.attendance.operations import deciding, recording
from services.attendance.operations.recording import Record
from services.attendance.rules.reasons import Reason
from services.attendance.schemas import school as schemas
from shared.messages import Event
from shared.problems import Problem
from tests.support.attendance import (
    ACCOUNT,
    OTHER_ACCOUNT,
    TODAY,
    Browser,
    Child,
    Enrollment,
    SchoolSystem,
    announce,
    record,
)
from tests.support.callers import events_told, kinds_told
from tests.support.clock import FakeClock
from tests.support.passports import ORGANISATION_CODE

on_one_kind = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
OTHER_CODE = "841000"


@pytest.fixture
def system(make_school_system: Callable[..., SchoolSystem], organisation_id: str) -> SchoolSystem:
    """The system of the organisation of the tests, which may read and write."""
    return make_school_system("attendance.read", "attendance.write")


@pytest.fixture
def foreign_system(told: Enrollment, make_school_system: Callable[..., SchoolSystem]) -> SchoolSystem:
    """The system of another organisation that takes part."""
    told.make_organisation(OTHER_CODE)
    return make_school_system("attendance.read", "attendance.write", organisation_code=OTHER_CODE)


def said(child: Child, **overrides: Any) -> dict[str, Any]:
    return {"student_source_id": child.student_source_id, "date": "2026-01-15", "kind": "absent", **overrides}


def send(system: SchoolSystem, *lines: Any) -> list[dict[str, Any]]:
    body = b"".join((each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in lines)
    answer = system.call("POST", "/absences", data=body, content_type="application/x-ndjson")
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.data.splitlines()]


def feed(system: SchoolSystem, path: str = "/absence-notices", **query: Any) -> dict[str, Any]:
    return system.get(path, query_string=query).json


# --- recording


def test_record_absence_records_once_and_corrects(ctx: Context, system: SchoolSystem, child: Child) -> None:
    first = system.put("/absences/a1", said(child))
    again = system.put("/absences/a1", said(child))
    corrected = system.put("/absences/a1", said(child, kind="late", time="09:10"))
    assert [each.status_code for each in (first, again, corrected)] == [201, 200, 200]
    assert schemas.RecordOut().validate(corrected.json) == {}
    assert (first.json["status"], again.json, corrected.json["time"]) == ("to_motivate", first.json, "09:10")
    assert corrected.json["id"] == first.json["id"]
    assert system.get("/absences/a1").json == corrected.json
    assert kinds_told(ctx) == ["absence-recorded", "absence-corrected"]
    (told,) = events_told(ctx, "absence-corrected")
    assert (told["missed_since"], told["missed_until"]) == ("2026-01-15T13:00:00+00:00", "2026-01-15T14:10:00+00:00")


@on_one_kind
@pytest.mark.parametrize(
    ("overrides", "code", "pointer"),
    [
        ({"kind": "late"}, "time_required", None),
        ({"time": "09:10"}, "validation_failed", "#/time"),
        ({"date": "2026-01-16"}, "validation_failed", "#/date"),
        ({"periods": ["AM", "P9"]}, "validation_failed", "#/periods/1"),
        ({"kind": "ill"}, "validation_failed", "#/kind"),
        ({"student_source_id": "a\u0000b"}, "validation_failed", "#/student_source_id"),
        ({"student_source_id": ""}, "validation_failed", "#/student_source_id"),
        ({"name": "Zoé"}, "validation_failed", "#/name"),
    ],
)
def test_record_absence_says_where_the_mistake_is(
    system: SchoolSystem, child: Child, overrides: dict[str, Any], code: str, pointer: str | None
) -> None:
    answer = system.put("/absences/a1", said(child, **overrides))
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert [each["pointer"] for each in answer.json.get("errors", [])] == [pointer] * (pointer is not None)
    assert system.get("/absences/a1").status_code == 404


@on_one_kind
@pytest.mark.parametrize("source_id", ["a" * 256, "a\u0007b", "%00"])
def test_an_id_that_can_be_nobodys_is_not_found(system: SchoolSystem, child: Child, source_id: str) -> None:
    assert system.put(f"/absences/{source_id}", said(child)).status_code == 404
    assert system.get(f"/absences/{source_id}").status_code == 404
    assert system.delete(f"/bell-times/{source_id}").status_code == 404


def test_record_absence_gives_no_record_to_another_student(
    told: Enrollment, system: SchoolSystem, child: Child
) -> None:
    sibling = told.make_child(child.organisation_id)
    system.put("/absences/a1", said(child))
    answer = system.put("/absences/a1", said(sibling))
    assert [each["pointer"] for each in answer.json["errors"]] == ["#/student_source_id"]
    assert system.get("/absences/a1").json["student_source_id"] == child.student_source_id


def test_a_correction_to_present_takes_the_absence_back(
    ctx: Context, system: SchoolSystem, browser: Browser, child: Child
) -> None:
    system.put("/absences/a1", said(child))
    assert system.put("/absences/a1", said(child, kind="present")).json["status"] is None
    assert browser.get(f"/children/{child.id}/absences").json == []
    assert system.put("/absences/a1", said(child)).json["status"] == "to_motivate"


def test_a_correction_of_the_day_settles_both_days(system: SchoolSystem, browser: Browser, child: Child) -> None:
    browser.post(f"/children/{child.id}/absence-notices", announce(date="2026-01-15"))
    system.put("/absences/a1", said(child, kind="present"))
    assert len(feed(system, "/absence-contradictions")["items"]) == 2
    moved = system.put("/absences/a1", said(child, kind="present", date="2026-01-14"))
    assert moved.json["date"] == "2026-01-14"
    assert feed(system, "/absence-contradictions")["items"] == []


def test_a_correction_gives_its_guardians_time_to_answer(
    system: SchoolSystem, browser: Browser, child: Child, clock: FakeClock
) -> None:
    absence_id = system.put("/absences/a1", said(child, kind="late", time="09:10")).json["id"]
    clock.move_to(datetime(2026, 1, 16, 15, 40, tzinfo=UTC))
    corrected = system.put("/absences/a1", said(child)).json
    assert corrected["motivate_until"] == "2026-01-19T15:40:00+00:00"
    path = f"/children/{child.id}/absences/{absence_id}/motivation"
    assert browser.post(path, {"reason": "MALADIE"}).json["status"] == "motivated"


# --- many at once


@pytest.mark.requirement("GWY-3")
@pytest.mark.parametrize("source_id", ["2026/E1", "a\\b", "50%", "a;b", ".", ".."])
def test_record_absences_refuses_a_line_that_no_path_could_name(
    system: SchoolSystem, child: Child, source_id: str
) -> None:
    refused, recorded = send(system, {"source_id": source_id, **said(child)}, {"source_id": "a..b", **said(child)})
    assert (refused["result"], refused["problem"]["errors"][0]["pointer"]) == ("refused", "#/source_id")
    assert recorded["result"] == "recorded"


def test_record_absences_answers_each_line(ctx: Context, system: SchoolSystem, child: Child) -> None:
    answers = send(
        system,
        {"source_id": "a1", **said(child)},
        b"",
        {"source_id": "a1", **said(child)},
        b"{nonsense",
        {"source_id": "a2", **said(child, kind="late")},
        {"source_id": "a3", **said(child, kind="ill")},
        b'"text"',
        b'{"source_id": "a4", "x": "' + b"y" * 20_000 + b'"}',
        {"source_id": "a5", **said(child, kind="late", time="09:10", date="2026-01-14")},
    )
    assert [(each["line"], each["source_id"], each["result"]) for each in answers] == [
        (1, "a1", "recorded"),
        (3, "a1", "unchanged"),
        (4, None, "refused"),
        (5, "a2", "refused"),
        (6, "a3", "refused"),
        (7, None, "refused"),
        (8, None, "refused"),
        (9, "a5", "recorded"),
    ]
    refused = [each["problem"]["code"] for each in answers if each["result"] == "refused"]
    assert refused == [
        "malformed_request",
        "time_required",
        "validation_failed",
        "validation_failed",
        "malformed_request",
    ]
    assert all(schemas.RecordedLineOut(unknown="raise").validate(each) == {} for each in answers)
    assert kinds_told(ctx) == ["absence-recorded", "absence-recorded"]


def test_record_absences_again_changes_nothing(
    ctx: Context, told: Enrollment, system: SchoolSystem, organisation_id: str
) -> None:
    lines = [{"source_id": f"a{number}", **said(told.make_child(organisation_id))} for number in range(250)]
    assert {each["result"] for each in send(system, *lines)} == {"recorded"}
    assert {each["result"] for each in send(system, *lines)} == {"unchanged"}
    assert kinds_told(ctx) == ["absence-recorded"] * 250


def test_record_absences_takes_one_id_several_times_in_its_order(
    ctx: Context, told: Enrollment, system: SchoolSystem, child: Child
) -> None:
    other = told.make_child(child.organisation_id)
    answers = send(
        system,
        {"source_id": "a1", **said(child, kind="late")},
        {"source_id": "a1", **said(child)},
        {"source_id": "a1", **said(other)},
        {"source_id": "a1", **said(child)},
        {"source_id": "a1", **said(child, kind="late", time="09:10")},
        {"source_id": "a2", **said(child, date="2026-01-14")},
        {"source_id": "a1", **said(child, kind="present")},
    )
    assert [each["result"] for each in answers] == [
        "refused",
        "recorded",
        "refused",
        "unchanged",
        "corrected",
        "recorded",
        "corrected",
    ]
    assert [each.get("absence", {}).get("kind") for each in answers] == [
        *(None, "absent", None, "absent", "late"),
        *("absent", "present"),
    ]
    assert system.get("/absences/a1").json == answers[-1]["absence"]
    assert system.get("/absences/a2").json["status"] == "to_motivate"
    assert kinds_told(ctx) == [
        *("absence-recorded", "absence-corrected"),
        *("absence-recorded", "absence-corrected"),
    ]


def test_record_absences_reconciles_each_line_with_the_lines_before_it(
    ctx: Context, system: SchoolSystem, browser: Browser, child: Child
) -> None:
    browser.post(f"/children/{child.id}/absence-notices", announce(date="2026-01-15"))
    answers = send(
        system,
        {"source_id": "a1", **said(child, kind="present")},
        {"source_id": "a1", **said(child)},
        {"source_id": "a1", **said(child, date="2026-01-14")},
    )
    assert [each["absence"]["status"] for each in answers] == [None, "motivated", "to_motivate"]
    assert kinds_told(ctx)[1:] == [
        *("absence-recorded", "absence-contradicted", "absence-contradicted"),
        *("absence-corrected", "absence-motivated", "absence-corrected", "absence-reopened"),
    ]
    assert system.get("/absence-contradictions").json["items"] == []


def test_record_absences_tells_nothing_of_a_line_before_it_is_recorded(
    ctx: Context, system: SchoolSystem, browser: Browser, child: Child
) -> None:
    browser.post(f"/children/{child.id}/absence-notices", announce(date="2026-01-15"))
    answers = send(
        system,
        {"source_id": "a1", **said(child, kind="present")},
        {"source_id": "a3", **said(child, periods=["AM"])},
        {"source_id": "a2", **said(child, periods=["PM"])},
    )
    assert [each["absence"]["status"] for each in answers] == [None, "motivated", "motivated"]
    assert kinds_told(ctx)[1:] == [
        *("absence-recorded", "absence-contradicted", "absence-contradicted"),
        *("absence-recorded", "absence-motivated", "absence-recorded", "absence-motivated"),
    ]
    recorded = [each["absence_id"] for each in events_told(ctx, "absence-recorded")]
    assert [each["absence_id"] for each in events_told(ctx, "absence-motivated")] == recorded[1:]
    assert system.get("/absence-contradictions").json["items"] == []


def test_contradictions_that_are_found_at_once_have_each_a_place_in_the_feed(
    told: Enrollment, system: SchoolSystem, browser: Browser, child: Child
) -> None:
    other = told.make_child(child.organisation_id)
    told.link(other)
    for each in (child, other):
        assert browser.post(f"/children/{each.id}/absence-notices", announce(date="2026-01-15")).status_code == 201
    system.put("/absences/a1", said(child, kind="present"))
    both = feed(system, "/absence-contradictions")
    assert [each["period"] for each in both["items"]] == ["AM", "PM"]
    system.put("/absences/a2", said(other, kind="present"))
    others = feed(system, "/absence-contradictions", since=both["next"])["items"]
    assert [each["student_source_id"] for each in others] == [other.student_source_id] * 2


def test_record_absence_leaves_a_correction_the_time_that_its_absence_had(system: SchoolSystem, child: Child) -> None:
    rules = {"cut_off_at": "10:40", "same_day_until": None}
    system.put("/attendance-rules", {**rules, "cut_off_school_days": 5})
    given = system.put("/absences/a1", said(child)).json["motivate_until"]
    system.put("/attendance-rules", {**rules, "cut_off_school_days": 1})
    corrected = system.put("/absences/a1", said(child, periods=["AM"]))
    assert (corrected.status_code, corrected.json["motivate_until"]) == (200, given)
    system.put("/attendance-rules", {**rules, "cut_off_school_days": 9})
    assert system.put("/absences/a1", said(child, periods=["PM"])).json["motivate_until"] > given


def test_record_absence_takes_back_what_it_no_longer_contradicts(
    ctx: Context, system: SchoolSystem, browser: Browser, child: Child
) -> None:
    browser.post(f"/children/{child.id}/absence-notices", announce(date="2026-01-15"))
    system.put("/absences/a1", said(child, kind="present"))
    standing = system.get("/absence-contradictions").json["items"]
    assert {each["kind"] for each in standing} == {"present"}
    system.put("/absences/a2", said(child, date="2026-01-14"))
    # The same in other words.
    assert system.put("/absences/a1", said(child, kind="present", periods=["AM", "PM"])).status_code == 200
    assert system.get("/absence-contradictions").json["items"] == standing
    assert system.put("/absences/a1", said(child)).json["status"] == "motivated"
    assert system.get("/absence-contradictions").json["items"] == []
    assert kinds_told(ctx).count("absence-contradicted") == len(standing)


def test_record_absences_keeps_what_was_answered_when_it_is_cut_off(
    ctx: Context, told: Enrollment, organisation_id: str
) -> None:
    children = [told.make_child(organisation_id) for _ in range(10)]
    records = [
        Record(source_id=f"a{number}", student_source_id=each.student_source_id, on=TODAY, kind="absent")
        for number, each in enumerate(children)
    ]
    coming = recording.record_absences(ctx, organisation_code=ORGANISATION_CODE, records=records, batch_size=4)
    answered = [next(coming) for _ in range(5)]
    coming.close()  # type: ignore[attr-defined]
    again = list(recording.record_absences(ctx, organisation_code=ORGANISATION_CODE, records=records, batch_size=4))
    assert [each.result for each in answered if not isinstance(each, Problem)] == ["recorded"] * 5
    results = [each.result for each in again if not isinstance(each, Problem)]
    assert (results[:5], results.count("recorded"), len(results)) == (["unchanged"] * 5, 2, 10)
    assert kinds_told(ctx) == ["absence-recorded"] * 10


def test_record_absences_reads_no_further_than_it_is_asked(ctx: Context, told: Enrollment, child: Child) -> None:
    taken = 0

    def lines() -> Iterator[Record]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield Record(source_id=f"a{number}", student_source_id=child.student_source_id, on=TODAY, kind="absent")

    coming = recording.record_absences(ctx, organisation_code=ORGANISATION_CODE, records=lines(), batch_size=10)
    next(coming)
    assert taken == 10


@on_one_kind
def test_record_absences_takes_lines_of_json_alone(system: SchoolSystem) -> None:
    answer = system.call("POST", "/absences", data=b"{}", content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")
    assert send(system) == []


# --- feeds


@pytest.mark.requirement("AT-09")
def test_list_notices_gives_what_is_new_since_a_cursor(system: SchoolSystem, browser: Browser, child: Child) -> None:
    path = f"/children/{child.id}/absence-notices"
    first = browser.post(path, announce(explanation="Grippe")).json
    second = browser.post(path, announce(date="2026-01-19", type="late_arrival", time="12:30")).json
    page = feed(system, limit=1)
    assert schemas.NoticeFeedOut().validate(page) == {}
    assert [(each["id"], each["explanation"]) for each in page["items"]] == [(first["id"], "Grippe")]
    assert page["items"][0]["student_source_id"] == child.student_source_id
    rest = feed(system, since=page["next"])
    assert [(each["id"], each["half_day"]) for each in rest["items"]] == [(second["id"], "morning")]
    browser.delete(f"{path}/{first['id']}")
    (withdrawn,) = feed(system, since=rest["next"])["items"]
    assert (withdrawn["id"], withdrawn["withdrawn_at"]) == (first["id"], "2026-01-15T14:30:00+00:00")
    assert feed(system, since=rest["next"] + 100) == {"items": [], "next": rest["next"] + 100}


def test_acknowledge_notice_is_told_once(
    ctx: Context, told: Enrollment, system: SchoolSystem, browser: Browser, child: Child
) -> None:
    path = f"/children/{child.id}/absence-notices"
    notice_id = browser.post(path, announce()).json["id"]
    # Whoever announced it may be nothing to the child any more.
    told.unlink(child)
    for _ in range(2):
        assert system.post(f"/absence-notices/{notice_id}/acknowledgement", None).status_code == 204
    assert kinds_told(ctx) == ["notice-submitted", "notice-acknowledged"]
    told.link(child)
    assert browser.get(path).json[0]["acknowledged_at"] == "2026-01-15T14:30:00+00:00"
    assert system.post("/absence-notices/nothing/acknowledgement", None).status_code == 404


@pytest.mark.requirement("AT-10")
def test_decide_motivation_refuses_and_gives_time_for_another(
    ctx: Context, system: SchoolSystem, browser: Browser, child: Child, clock: FakeClock
) -> None:
    absence_id = record(ctx, child)["id"]
    path = f"/children/{child.id}/absences/{absence_id}/motivation"
    browser.post(path, {"reason": "VOYAGE", "explanation": "Floride"})
    (motivation,) = feed(system, "/motivations")["items"]
    assert schemas.FedMotivationOut().validate(motivation) == {}
    assert (motivation["explanation"], motivation["decision"]) == ("Floride", "pending")
    clock.move_to(datetime(2026, 1, 16, 16, 0, tzinfo=UTC))
    decide = f"/motivations/{motivation['id']}/decision"
    refused = system.post(decide, {"decision": "refused"})
    assert (refused.status_code, refused.json["status"]) == (200, "to_motivate")
    assert refused.json["motivate_until"] == "2026-01-19T15:40:00+00:00"
    assert system.post(decide, {"decision": "refused"}).json == refused.json
    (absence,) = browser.get(f"/children/{child.id}/absences").json
    assert (absence["status"], absence["motivation"]["decision"]) == ("to_motivate", "refused")
    assert kinds_told(ctx) == [
        "absence-recorded",
        "motivation-submitted",
        "absence-motivated",
        "motivation-refused",
        "refusal-shared",
        "absence-reopened",
    ]
    assert [each["account_id"] for each in events_told(ctx, "refusal-shared")] == [ACCOUNT]
    assert browser.post(path, {"reason": "MALADIE"}).json["motivation"]["reason"] == "MALADIE"
    # The first one cannot come back beside the second.
    assert system.post(decide, {"decision": "accepted"}).json["code"] == "already_motivated"


@pytest.mark.requirement("AT-11")
@pytest.mark.parametrize(
    "let_go", [Enrollment.unlink, partial(Enrollment.link, rights=("view_file",))], ids=["ended", "restricted"]
)
def test_a_refusal_is_not_told_to_whoever_may_act_no_more(
    ctx: Context,
    system: SchoolSystem,
    browser: Browser,
    told: Enrollment,
    child: Child,
    let_go: Callable[[Enrollment, Child], Event],
) -> None:
    absence_id = record(ctx, child)["id"]
    told.link(child, account_id=OTHER_ACCOUNT)
    browser.post(f"/children/{child.id}/absences/{absence_id}/motivation", {"reason": "VOYAGE"})
    (motivation,) = feed(system, "/motivations")["items"]
    let_go(told, child)
    assert system.post(f"/motivations/{motivation['id']}/decision", {"decision": "refused"}).status_code == 200
    assert kinds_told(ctx).count("motivation-refused") == 1
    assert events_told(ctx, "refusal-shared") == []


def test_decide_motivation_accepts_and_may_think_again(
    ctx: Context, system: SchoolSystem, browser: Browser, child: Child
) -> None:
    absence_id = record(ctx, child)["id"]
    browser.post(f"/children/{child.id}/absences/{absence_id}/motivation", {"reason": "MALADIE"})
    page = feed(system, "/motivations")
    decide = f"/motivations/{page['items'][0]['id']}/decision"
    assert system.post(decide, {"decision": "accepted"}).json["status"] == "motivated"
    assert [each["decision"] for each in feed(system, "/motivations", since=page["next"])["items"]] == ["accepted"]
    assert system.post(decide, {"decision": "refused"}).json["status"] == "to_motivate"
    assert system.post(decide, {"decision": "accepted"}).json["status"] == "motivated"
    assert system.post(decide, {"decision": "pending"}).status_code == 422
    assert system.post("/motivations/nothing/decision", {"decision": "accepted"}).status_code == 404


# --- reconciliation, as the school and the guardian see it


def test_a_recorded_absence_that_was_announced_is_motivated_by_its_notice(
    system: SchoolSystem, browser: Browser, child: Child
) -> None:
    browser.post(f"/children/{child.id}/absence-notices", announce(date="2026-01-15"))
    assert system.put("/absences/a1", said(child, periods=["PM"])).json["motivated_by"] == "notice"
    assert feed(system, "/absence-contradictions")["items"] == []


@pytest.mark.parametrize(
    ("notice", "recorded", "contradictions"),
    [
        ({}, {"kind": "present"}, [("AM", "present"), ("PM", "present")]),
        (
            {"type": "late_arrival", "time": "10:00"},
            {"kind": "late", "time": "10:45"},
            [("AM", "later_than_announced")],
        ),
        (
            {"type": "early_departure", "time": "14:30"},
            {"kind": "left_early", "time": "13:30"},
            [("PM", "earlier_than_announced")],
        ),
    ],
)
def test_a_contradiction_is_flagged_to_the_school(
    ctx: Context,
    system: SchoolSystem,
    browser: Browser,
    child: Child,
    notice: dict[str, Any],
    recorded: dict[str, Any],
    contradictions: list[tuple[str, str]],
) -> None:
    announced = browser.post(f"/children/{child.id}/absence-notices", announce(date="2026-01-15", **notice)).json
    system.put("/absences/a1", said(child, **recorded))
    page = feed(system, "/absence-contradictions")
    assert schemas.ContradictionFeedOut().validate(page) == {}
    assert [(each["period"], each["kind"]) for each in page["items"]] == contradictions
    assert {each["notice_id"] for each in page["items"]} == {announced["id"]}
    told = events_told(ctx, "absence-contradicted")
    assert [each["contradiction"] for each in told] == [kind for _, kind in contradictions]
    system.put("/absences/a1", said(child, **recorded))
    assert len(events_told(ctx, "absence-contradicted")) == len(contradictions)


def test_a_withdrawn_notice_motivates_and_contradicts_no_more(
    system: SchoolSystem, browser: Browser, child: Child
) -> None:
    path = f"/children/{child.id}/absence-notices"
    notice = browser.post(path, announce(date="2026-01-15", type="early_departure", time="14:00")).json
    motivated = system.put("/absences/a1", said(child, kind="left_early", time="14:00"))
    assert motivated.json["status"] == "motivated"
    assert browser.delete(f"{path}/{notice['id']}").status_code == 204
    assert system.get("/absences/a1").json["status"] == "to_motivate"


# --- what a school decides


def test_replace_rules_decides_cut_offs(system: SchoolSystem, browser: Browser, child: Child, clock: FakeClock) -> None:
    assert system.get("/attendance-rules").json == {
        "cut_off_school_days": 1,
        "cut_off_at": "10:40",
        "same_day_until": None,
    }
    decided = {"cut_off_school_days": 0, "cut_off_at": "16:00", "same_day_until": "09:00"}
    answer = system.put("/attendance-rules", decided)
    assert (answer.status_code, answer.json) == (200, decided)
    assert system.put("/absences/a1", said(child)).json["motivate_until"] == "2026-01-15T21:00:00+00:00"
    notice = browser.post(f"/children/{child.id}/absence-notices", announce(date="2026-01-15"))
    assert (notice.json["code"], notice.json["until"]) == ("notice_too_late", "2026-01-15T14:00:00+00:00")


PERIODS = [
    {"code": "P1", "starts_at": "08:40", "ends_at": "09:55"},
    {"code": "P2", "starts_at": "10:10", "ends_at": "11:25"},
    {"code": "P3", "starts_at": "12:40", "ends_at": "13:55"},
]
BELLS = {"periods": PERIODS, "break_starts_at": "11:25", "break_ends_at": "12:40"}


@pytest.mark.requirement("AT-06")
def test_bell_times_of_the_childs_own_school_decide_its_half_days(
    told: Enrollment, system: SchoolSystem, browser: Browser, child: Child
) -> None:
    elsewhere = told.make_child(child.organisation_id, school_source_id="ecole-2")
    told.link(elsewhere)
    assert system.put("/bell-times/ecole-1", BELLS).json == {"school_source_id": "ecole-1", **BELLS}
    late = announce(type="late_arrival", time="11:12")
    assert browser.post(f"/children/{child.id}/absence-notices", late).json["half_day"] == "morning"
    assert browser.post(f"/children/{elsewhere.id}/absence-notices", late).json["half_day"] is None
    everywhere = {**BELLS, "periods": [*PERIODS[:2], {"code": "P9", "starts_at": "12:40", "ends_at": "15:00"}]}
    system.put("/bell-times", everywhere)
    assert system.put("/absences/a1", said(child, periods=["P3"])).status_code == 201
    assert system.put("/absences/a2", said(elsewhere, periods=["P9"])).status_code == 201
    assert system.put("/absences/a3", said(elsewhere, periods=["P3"])).status_code == 422
    assert [each["school_source_id"] for each in system.get("/bell-times").json] == [None, "ecole-1"]
    assert system.delete("/bell-times/ecole-1").status_code == 204
    assert system.delete("/bell-times/ecole-1").status_code == 404


@on_one_kind
@pytest.mark.parametrize(
    ("overrides", "pointer"),
    [
        ({"periods": []}, "#/periods"),
        ({"periods": PERIODS[::-1]}, "#/periods"),
        ({"periods": PERIODS[:1] * 2}, "#/periods"),
        ({"break_ends_at": "15:00"}, "#/break_starts_at"),
        ({"break_starts_at": "midi"}, "#/break_starts_at"),
    ],
)
def test_bell_times_that_make_no_sense_are_refused(
    system: SchoolSystem, overrides: dict[str, Any], pointer: str
) -> None:
    answer = system.put("/bell-times", {**BELLS, **overrides})
    assert (answer.status_code, [each["pointer"] for each in answer.json["errors"]]) == (422, [pointer])


def test_school_years_decide_which_days_are_school_days(system: SchoolSystem, browser: Browser, child: Child) -> None:
    year = {"first_day": "2025-08-27", "last_day": "2026-06-23", "days_off": ["2026-01-16"]}
    assert system.put("/school-years", year).json == {"name": "2025-2026", **year}
    assert system.get("/school-years").json == [{"name": "2025-2026", **year}]
    refused = browser.post(f"/children/{child.id}/absence-notices", announce())
    assert refused.json["code"] == "no_school_day"
    # Thursday, and Friday is a day off.
    assert system.put("/absences/a1", said(child)).json["motivate_until"] == "2026-01-19T15:40:00+00:00"


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("/attendance-rules", "PUT", {"cut_off_school_days": 2, "cut_off_at": "09:00", "same_day_until": "08:00"}),
        ("/bell-times", "PUT", BELLS),
        ("/bell-times", "DELETE /ecole-9", None),
        ("/school-years", "PUT", {"first_day": "2025-08-27", "last_day": "2026-06-23", "days_off": []}),
        (
            "/absence-reasons",
            "PUT",
            {"reasons": [{"code": "GRIPPE", "label_fr": "Grippe", "label_en": "Flu", "needs_explanation": True}]},
        ),
    ],
)
def test_what_a_school_decides_counts_at_once_for_whoever_knew_it_otherwise(
    make_context: Callable[..., Context], system: SchoolSystem, path: str, method: str, body: dict[str, Any] | None
) -> None:
    system.put("/bell-times/ecole-9", BELLS)
    elsewhere = SchoolSystem(make_context(threads=1), passport=system.passport)
    before = elsewhere.get(path).json
    verb, _, below = method.partition(" ")
    assert system.call(verb, path + below, json=body).status_code in (200, 204)
    after = elsewhere.get(path).json
    assert after == system.get(path).json
    assert after != before


def test_what_a_school_decides_while_it_is_read_is_known_to_whoever_asks_next(
    make_context: Callable[..., Context], system: SchoolSystem
) -> None:
    rules = {"cut_off_school_days": 7, "cut_off_at": "10:40", "same_day_until": None}
    reader = make_context(threads=1)
    elsewhere = SchoolSystem(reader, passport=system.passport)
    pending = ["school_rules"]

    def decide(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        # Once, behind the back of whoever has read the old ones.
        if pending and f"FROM {pending[-1]}" in statement:
            pending.pop()
            system.put("/attendance-rules", rules)

    sqlalchemy.event.listen(reader.db.engine, "after_cursor_execute", decide)
    before = elsewhere.get("/attendance-rules").json
    assert pending == []
    after = elsewhere.get("/attendance-rules").json
    assert (before["cut_off_school_days"] == 7, after) == (False, rules)


def offer_and_fail(ctx: Context, organisation_id: str) -> None:
    with ctx.db.transaction() as session:
        deciding.write_reasons(session, organisation_id, [Reason(code="GRIPPE", french="Grippe", english="Flu")])
        offered = queries.get_decisions(session, organisation_id=organisation_id).reasons
        assert [each.code for each in offered] == ["GRIPPE"]
        raise InterruptedError


def test_what_a_school_decided_and_was_not_written_is_not_remembered(
    ctx: Context, system: SchoolSystem, organisation_id: str
) -> None:
    with pytest.raises(InterruptedError):
        offer_and_fail(ctx, organisation_id)
    for _ in range(ctx.settings.threads):
        assert [each["code"] for each in system.get("/absence-reasons").json][-1] == "AUTRE"


@on_one_kind
@pytest.mark.parametrize(
    "year",
    [
        {"first_day": "2025-08-27", "last_day": "2026-07-01"},
        {"first_day": "2026-06-23", "last_day": "2025-08-27"},
    ],
)
def test_a_school_year_is_one(system: SchoolSystem, year: dict[str, str]) -> None:
    answer = system.put("/school-years", year)
    assert [each["pointer"] for each in answer.json["errors"]] == ["#/last_day"]


@pytest.mark.requirement("AT-07", "AT-08")
def test_replace_reasons_decides_what_guardians_choose_from(
    system: SchoolSystem, browser: Browser, child: Child
) -> None:
    assert [each["code"] for each in system.get("/absence-reasons").json][-1] == "AUTRE"
    browser.post(f"/children/{child.id}/absence-notices", announce())
    offered = [
        {"code": "GRIPPE", "label_fr": "Grippe", "label_en": "Flu", "needs_explanation": True},
        {"code": "AUTRE", "label_fr": "Autre", "label_en": "Other", "needs_explanation": False},
    ]
    assert system.put("/absence-reasons", {"reasons": offered}).json == offered
    path = f"/children/{child.id}/absence-notices"
    assert browser.post(path, announce(date="2026-01-19")).json["code"] == "validation_failed"
    assert browser.post(path, announce(date="2026-01-19", reason="GRIPPE")).json["code"] == "explanation_required"
    assert browser.post(path, announce(date="2026-01-19", reason="AUTRE")).status_code == 201
    # What was announced by a reason that is offered no more still has its name.
    assert [each["reason_label"] for each in browser.get(path).json] == ["Autre", "Maladie"]
    twice = system.put("/absence-reasons", {"reasons": offered[:1] * 2})
    assert [each["pointer"] for each in twice.json["errors"]] == ["#/reasons"]


# --- who may


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/absences/a1"),
        ("PUT", "/absences/a1"),
        ("POST", "/absences"),
        ("GET", "/absence-notices"),
        ("POST", "/absence-notices/n1/acknowledgement"),
        ("GET", "/motivations"),
        ("POST", "/motivations/m1/decision"),
        ("GET", "/absence-contradictions"),
        ("GET", "/attendance-rules"),
        ("PUT", "/attendance-rules"),
        ("GET", "/bell-times"),
        ("PUT", "/bell-times"),
        ("PUT", "/bell-times/s1"),
        ("DELETE", "/bell-times/s1"),
        ("GET", "/school-years"),
        ("PUT", "/school-years"),
        ("GET", "/absence-reasons"),
        ("PUT", "/absence-reasons"),
    ],
)
@on_one_kind
def test_every_call_of_a_school_needs_its_scope(
    make_school_system: Callable[..., SchoolSystem], browser: Browser, method: str, path: str
) -> None:
    wanted, other = ("attendance.read", "attendance.write")[:: 1 if method == "GET" else -1]
    answer = make_school_system(other, "claims.read").call(method, path, json={})
    assert (answer.status_code, answer.json["scope"]) == (403, wanted)
    browser.prefix = "/school/v1"
    assert browser.call(method, path, json={}).json["code"] == "not_allowed"


@pytest.mark.requirement("CHD-13")
def test_another_organisations_system_finds_nothing(
    ctx: Context, foreign_system: SchoolSystem, system: SchoolSystem, browser: Browser, child: Child
) -> None:
    notice_id = browser.post(f"/children/{child.id}/absence-notices", announce()).json["id"]
    absence = record(ctx, child, source_id="a1")
    browser.post(f"/children/{child.id}/absences/{absence['id']}/motivation", {"reason": "MALADIE"})
    motivation_id = feed(system, "/motivations")["items"][0]["id"]
    assert foreign_system.get("/absences/a1").status_code == 404
    assert foreign_system.post(f"/absence-notices/{notice_id}/acknowledgement", None).status_code == 404
    decision = foreign_system.post(f"/motivations/{motivation_id}/decision", {"decision": "refused"})
    assert decision.status_code == 404
    for path in ("/absence-notices", "/motivations", "/absence-contradictions"):
        assert feed(foreign_system, path) == {"items": [], "next": 0}
    # The same ids are other students and other records there.
    assert foreign_system.put("/absences/a1", said(child)).status_code == 201
    assert len(browser.get(f"/children/{child.id}/absences").json) == 1


def test_a_system_whose_organisation_takes_no_part_is_told_so(
    told: Enrollment, make_school_system: Callable[..., SchoolSystem], system: SchoolSystem, child: Child
) -> None:
    unknown = make_school_system("attendance.read", "attendance.write", organisation_code="990000")
    answers = [
        unknown.get("/absence-notices"),
        unknown.put("/absences/a1", said(child)),
        unknown.call("POST", "/absences", data=b"{}\n", content_type="application/x-ndjson"),
        unknown.get("/bell-times"),
    ]
    assert {(each.status_code, each.json["code"]) for each in answers} == {(409, "organisation_not_subscribed")}


def test_time_passes_between_days_of_two_cut_offs(ctx: Context, child: Child, clock: FakeClock) -> None:
    before = record(ctx, child, source_id="a1", on=date(2026, 1, 14))
    clock.advance(timedelta(days=1))
    later = record(ctx, child, source_id="a2", on=TODAY)
    assert (before["motivate_until"], later["motivate_until"]) == (
        datetime(2026, 1, 16, 15, 40, tzinfo=UTC),
        datetime(2026, 1, 19, 15, 40, tzinfo=UTC),
    )
