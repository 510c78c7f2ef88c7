"""What guardians announce, through the paths of api.md."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.attendance import schemas
from services.attendance.context import Context
from services.attendance.models import Notice
from tests.support.attendance import OTHER_ACCOUNT, Browser, Child, Enrollment, announce, record
from tests.support.callers import events_told, kinds_told
from tests.support.clock import FakeClock

# For what is decided before a database is asked.
on_one_kind = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


def submit(browser: Browser, child: Child, **overrides: Any) -> Any:
    return browser.post(f"/children/{child.id}/absence-notices", announce(**overrides))


def listed(browser: Browser, child: Child, query: str = "") -> list[dict[str, Any]]:
    return browser.get(f"/children/{child.id}/absence-notices{query}").json


@pytest.mark.requirement("AT-03", "AT-04", "AT-05", "AT-09")
def test_submit_notices_tells_the_school_and_the_others(ctx: Context, browser: Browser, child: Child) -> None:
    answer = submit(browser, child, explanation=" Grippe ")
    assert answer.status_code == 201
    notice = answer.json
    assert schemas.NoticeOut().validate(notice) == {}
    assert (notice["date"], notice["end_date"], notice["type"]) == ("2026-01-16", "2026-01-16", "full_day")
    assert (notice["reason_label"], notice["explanation"], notice["by"]) == ("Maladie", "Grippe", "you")
    assert listed(browser, child) == [notice]
    (told,) = events_told(ctx, "notice-submitted")
    assert (told["notice_id"], told["child_id"], told["notice_type"]) == (notice["id"], child.id, "full_day")
    assert (told["begins_at"], told["ends_at"]) == ("2026-01-16T13:00:00+00:00", "2026-01-16T20:30:00+00:00")
    assert "Grippe" not in str(told)


@pytest.mark.requirement("AT-06")
@pytest.mark.parametrize(
    ("type_", "time", "half"),
    [
        ("late_arrival", "12:30", "morning"),
        ("late_arrival", "12h30", "morning"),
        ("early_departure", "12:30", "afternoon"),
        ("late_arrival", "09:30", None),
        ("early_departure", "14:45", None),
    ],
)
def test_submit_notices_says_which_half_day_is_meant(
    browser: Browser, child: Child, type_: str, time: str, half: str | None
) -> None:
    notice = submit(browser, child, type=type_, time=time).json
    assert (notice["half_day"], notice["time"]) == (half, time.replace("h", ":"))


@pytest.mark.requirement("XC-06")
def test_submit_notices_takes_days_in_parts(browser: Browser, child: Child) -> None:
    parts = {"day": 19, "month": 1, "year": 2026, "end_day": 21, "end_month": 1, "end_year": 2026}
    notice = browser.post(
        f"/children/{child.id}/absence-notices", {"type": "full_day", "reason": "VOYAGE", **parts}
    ).json
    assert (notice["date"], notice["end_date"]) == ("2026-01-19", "2026-01-21")


@pytest.mark.requirement("XC-06")
@on_one_kind
@pytest.mark.parametrize(
    ("days", "pointer"),
    [
        ({"date": None}, "#/date"),
        ({"date": None, "day": 19, "month": 1}, "#/date"),
        ({"day": 19, "month": 1, "year": 2026}, "#/date"),
        ({"date": None, "day": 31, "month": 2, "year": 2026}, "#/day"),
        ({"date": "20260116"}, "#/date"),
        ({"end_day": 17}, "#/end_date"),
        ({"end_date": "2026-01-15"}, "#/end_date"),
        ({"end_date": "2026-04-30"}, "#/end_date"),
        ({"date": "2027-06-16"}, "#/date"),
        ({"time": "12:30"}, "#/time"),
        ({"type": "late_arrival", "time": "midi"}, "#/time"),
        ({"type": "late_arrival", "time": "07:59"}, "#/time"),
        ({"type": "early_departure", "time": "15:30"}, "#/time"),
        ({"type": "holiday"}, "#/type"),
        ({"reason": "FLEMME"}, "#/reason"),
        ({"explanation": "\u202egrippe"}, "#/explanation"),
        ({"account_id": OTHER_ACCOUNT}, "#/account_id"),
    ],
)
def test_submit_notices_says_where_the_mistake_is(
    browser: Browser, child: Child, days: dict[str, Any], pointer: str
) -> None:
    answer = submit(browser, child, **days)
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]


@pytest.mark.requirement("AT-08")
@pytest.mark.parametrize("explanation", [None, "", "  \u00a0 \n "])
def test_submit_notices_refuses_other_without_an_explanation(
    ctx: Context, browser: Browser, child: Child, explanation: str | None
) -> None:
    answer = submit(browser, child, reason="AUTRE", explanation=explanation)
    assert (answer.status_code, answer.json["code"]) == (422, "explanation_required")
    assert (listed(browser, child), kinds_told(ctx)) == ([], [])
    assert submit(browser, child, reason="AUTRE", explanation="Visite d’une école").status_code == 201


@pytest.mark.requirement("AT-06")
@on_one_kind
@pytest.mark.parametrize("type_", ["late_arrival", "early_departure"])
def test_submit_notices_refuses_an_arrival_or_departure_without_its_time(
    browser: Browser, child: Child, type_: str
) -> None:
    answer = submit(browser, child, type=type_)
    assert (answer.status_code, answer.json["code"]) == (422, "time_required")


@on_one_kind
def test_submit_notices_refuses_days_without_school(browser: Browser, child: Child) -> None:
    answer = submit(browser, child, date="2026-01-17", end_date="2026-01-18")
    assert (answer.status_code, answer.json["code"]) == (422, "no_school_day")


@pytest.mark.parametrize(
    ("overrides", "status"),
    [
        # It is half past nine on the fifteenth.
        ({"date": "2026-01-14"}, 409),
        ({"date": "2026-01-15"}, 201),
        ({"date": "2026-01-15", "type": "late_arrival", "time": "09:30"}, 409),
        ({"date": "2026-01-15", "type": "late_arrival", "time": "09:31"}, 201),
        ({"date": "2026-01-15", "type": "early_departure", "time": "12:30"}, 201),
    ],
)
def test_submit_notices_refuses_what_is_over(
    browser: Browser, child: Child, overrides: dict[str, Any], status: int
) -> None:
    assert submit(browser, child, **overrides).status_code == status


@on_one_kind
def test_a_notice_that_is_too_late_says_until_when_it_was_not(browser: Browser, child: Child, clock: FakeClock) -> None:
    clock.move_to(datetime(2026, 1, 15, 20, 30, tzinfo=UTC))
    answer = submit(browser, child, date="2026-01-15").json
    assert (answer["code"], answer["until"]) == ("notice_too_late", "2026-01-15T20:30:00+00:00")
    assert "15\u00a0janvier 2026, 15\u00a0h\u00a030" in answer["detail"]


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ({}, {}, 409),
        ({}, {"type": "late_arrival", "time": "12:30"}, 409),
        ({"end_date": "2026-01-20"}, {"date": "2026-01-20"}, 409),
        ({"end_date": "2026-01-20"}, {"date": "2026-01-21"}, 201),
        ({"type": "late_arrival", "time": "10:00"}, {"type": "early_departure", "time": "14:00"}, 201),
    ],
)
def test_submit_notices_refuses_what_another_notice_announces(
    browser: Browser, child: Child, first: dict[str, Any], second: dict[str, Any], status: int
) -> None:
    assert submit(browser, child, **first).status_code == 201
    answer = submit(browser, child, **second)
    assert answer.status_code == status
    assert answer.json.get("code") == {409: "notice_overlaps"}.get(status)


def test_submit_notices_refuses_what_another_guardian_announced(
    told: Enrollment, make_browser: Callable[..., Browser], child: Child
) -> None:
    told.link(child, account_id=OTHER_ACCOUNT)
    assert submit(make_browser(), child).status_code == 201
    assert submit(make_browser(account_id=OTHER_ACCOUNT), child).json["code"] == "notice_overlaps"


@pytest.mark.requirement("AT-03")
def test_submit_notices_of_several_children_tells_each_of_their_schools(
    ctx: Context, told: Enrollment, browser: Browser, child: Child
) -> None:
    sibling = told.make_child(told.make_organisation("841000"))
    told.link(sibling)
    answer = browser.post("/absence-notices", announce(child_ids=[sibling.id, child.id, sibling.id]))
    assert (answer.status_code, [each["child_id"] for each in answer.json]) == (201, [sibling.id, child.id])
    assert {each["organisation_id"] for each in events_told(ctx, "notice-submitted")} == {
        child.organisation_id,
        sibling.organisation_id,
    }


def test_submit_notices_of_several_children_is_of_all_or_of_none(
    ctx: Context, told: Enrollment, browser: Browser, child: Child
) -> None:
    sibling = told.make_child(child.organisation_id)
    told.link(sibling)
    submit(browser, sibling)
    before = kinds_told(ctx)
    answer = browser.post("/absence-notices", announce(child_ids=[child.id, sibling.id]))
    assert answer.json["code"] == "notice_overlaps"
    assert (listed(browser, child), kinds_told(ctx)) == ([], before)


@on_one_kind
@pytest.mark.parametrize("child_ids", [[], ["x"] * 21, "x", [7], None])
def test_submit_notices_takes_from_one_to_twenty_children(browser: Browser, child_ids: Any) -> None:
    assert browser.post("/absence-notices", announce(child_ids=child_ids)).json["code"] == "validation_failed"


def test_a_repeated_request_announces_once(ctx: Context, browser: Browser, child: Child) -> None:
    path, headers = f"/children/{child.id}/absence-notices", {"Idempotency-Key": "k1"}
    first = browser.post(path, announce(), headers=headers)
    again = browser.post(path, announce(), headers=headers)
    assert (first.status_code, again.status_code, again.json["id"]) == (201, 201, first.json["id"])
    assert kinds_told(ctx) == ["notice-submitted"]


def test_an_explanation_stands_nowhere_in_clear(ctx: Context, browser: Browser, child: Child) -> None:
    submit(browser, child, explanation="Opération du genou")
    with ctx.db.read() as session:
        sealed = session.scalars(select(Notice.explanation_sealed)).one()
    assert "Opération".encode() not in sealed


# --- who may


@pytest.mark.requirement("AT-11", "CHD-13")
@pytest.mark.parametrize(
    ("rights", "sees", "acts"),
    [
        (("view_file", "report_absences"), 200, 201),
        (("view_file",), 200, 404),
        (("report_absences",), 404, 201),
        (("re_register",), 404, 404),
    ],
)
def test_rights_decide_who_sees_and_who_acts(
    told: Enrollment, browser: Browser, organisation_id: str, rights: tuple[str, ...], sees: int, acts: int
) -> None:
    child = told.make_child(organisation_id)
    told.link(child, rights=rights)
    assert submit(browser, child).status_code == acts
    for page in ("absence-notices", "absences", "absence-reasons"):
        assert browser.get(f"/children/{child.id}/{page}").status_code == sees


@pytest.mark.requirement("AT-11", "CHD-13")
def test_a_stranger_and_whoever_held_the_child_get_the_same_answer(
    told: Enrollment, make_browser: Callable[..., Browser], child: Child
) -> None:
    stranger, former = make_browser(account_id=OTHER_ACCOUNT), make_browser()
    notice_id = submit(former, child).json["id"]
    told.unlink(child)
    for browser, child_id in ((stranger, child.id), (former, child.id), (former, "no-child"), (former, notice_id)):
        path = f"/children/{child_id}"
        answers = [
            browser.get(f"{path}/absence-notices"),
            browser.get(f"{path}/absences"),
            browser.get(f"{path}/absence-reasons"),
            browser.post(f"{path}/absence-notices", announce(date="2026-01-19")),
            browser.delete(f"{path}/absence-notices/{notice_id}"),
            browser.post(f"{path}/absence-notices", {}),
            browser.post(f"{path}/absences/{notice_id}/motivation", {"reason": "MALADIE"}),
            browser.post(f"{path}/absences/{notice_id}/motivation", {"reason": None}),
            browser.post("/absence-notices", announce(child_ids=[child_id])),
        ]
        assert {(each.status_code, each.json["code"]) for each in answers} == {(404, "not_found")}


@pytest.mark.requirement("AT-11")
def test_a_notice_stands_when_its_guardianship_ends(
    told: Enrollment, make_browser: Callable[..., Browser], child: Child
) -> None:
    submit(make_browser(), child)
    told.link(child, account_id=OTHER_ACCOUNT)
    told.unlink(child)
    (notice,) = listed(make_browser(account_id=OTHER_ACCOUNT), child)
    assert notice["by"] == "other_guardian"


@on_one_kind
def test_nobody_announces_without_a_session(make_browser: Callable[..., Browser], child: Child) -> None:
    assert submit(make_browser(account_id=None), child).status_code == 401


# --- who is told


def test_every_other_guardian_who_may_see_is_told_once(
    ctx: Context, told: Enrollment, browser: Browser, child: Child
) -> None:
    told.link(child, account_id=OTHER_ACCOUNT)
    told.link(child, account_id="01980a51-9b7a-7f02-a2f4-0b7d55c1e9cc", rights=("re_register",))
    submit(browser, child)
    assert [each["account_id"] for each in events_told(ctx, "notice-shared")] == [OTHER_ACCOUNT]


def test_whoever_holds_several_of_the_children_is_told_of_one_announcement_once(
    ctx: Context, told: Enrollment, browser: Browser, child: Child, organisation_id: str
) -> None:
    sibling = told.make_child(organisation_id)
    told.link(sibling)
    third = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9cc"
    for each, account_id in ((child, OTHER_ACCOUNT), (sibling, OTHER_ACCOUNT), (sibling, third)):
        told.link(each, account_id=account_id)
    answer = browser.post("/absence-notices", announce(child_ids=[sibling.id, child.id]))
    assert answer.status_code == 201
    assert kinds_told(ctx).count("notice-submitted") == 2
    assert [each["account_id"] for each in events_told(ctx, "notice-shared")] == [OTHER_ACCOUNT, third]
    # Another announcement is told of its own.
    submit(browser, child, date="2026-01-20")
    assert [each["account_id"] for each in events_told(ctx, "notice-shared")] == [OTHER_ACCOUNT, third, OTHER_ACCOUNT]


def test_another_guardian_sees_a_notice_without_its_explanation(
    told: Enrollment, make_browser: Callable[..., Browser], child: Child
) -> None:
    told.link(child, account_id=OTHER_ACCOUNT)
    submit(make_browser(), child, explanation="Opération")
    (notice,) = listed(make_browser(account_id=OTHER_ACCOUNT), child)
    assert (notice["by"], notice["explanation"], notice["reason"]) == ("other_guardian", None, "MALADIE")


# --- withdrawing


def test_withdraw_notice_takes_it_back(ctx: Context, browser: Browser, child: Child) -> None:
    path = f"/children/{child.id}/absence-notices/{submit(browser, child).json['id']}"
    assert browser.delete(path).status_code == 204
    assert listed(browser, child) == []
    assert kinds_told(ctx) == ["notice-submitted", "notice-withdrawn"]
    assert browser.delete(path).status_code == 404
    assert submit(browser, child).status_code == 201


@pytest.mark.parametrize(
    ("overrides", "begins"),
    [
        ({}, datetime(2026, 1, 16, 13, 0, tzinfo=UTC)),
        ({"type": "late_arrival", "time": "12:30"}, datetime(2026, 1, 16, 13, 0, tzinfo=UTC)),
        ({"type": "early_departure", "time": "14:00"}, datetime(2026, 1, 16, 19, 0, tzinfo=UTC)),
    ],
)
def test_withdraw_notice_refuses_what_has_begun(
    browser: Browser, child: Child, clock: FakeClock, overrides: dict[str, Any], begins: datetime
) -> None:
    path = f"/children/{child.id}/absence-notices/{submit(browser, child, **overrides).json['id']}"
    clock.move_to(begins - timedelta(seconds=1))
    assert listed(browser, child)[0]["is_withdrawable"] is True
    clock.move_to(begins)
    assert listed(browser, child)[0]["is_withdrawable"] is False
    answer = browser.delete(path)
    assert (answer.status_code, answer.json["code"]) == (409, "notice_started")


def test_withdraw_notice_is_for_any_guardian_who_may_act(
    told: Enrollment, make_browser: Callable[..., Browser], child: Child
) -> None:
    told.link(child, account_id=OTHER_ACCOUNT)
    notice_id = submit(make_browser(), child).json["id"]
    other = make_browser(account_id=OTHER_ACCOUNT)
    assert other.delete(f"/children/{child.id}/absence-notices/{notice_id}").status_code == 204


def test_withdraw_notice_finds_the_notice_of_no_other_child(told: Enrollment, browser: Browser, child: Child) -> None:
    sibling = told.make_child(child.organisation_id)
    told.link(sibling)
    notice_id = submit(browser, child).json["id"]
    assert browser.delete(f"/children/{sibling.id}/absence-notices/{notice_id}").status_code == 404
    assert len(listed(browser, child)) == 1


# --- looking


def test_list_notices_is_latest_day_first_and_by_pages(browser: Browser, child: Child) -> None:
    for day in (16, 19, 20):
        submit(browser, child, date=f"2026-01-{day}")
    answer = browser.get(f"/children/{child.id}/absence-notices?page_size=2")
    assert [each["date"] for each in answer.json] == ["2026-01-20", "2026-01-19"]
    assert '"total": 3' in answer.headers["X-Pagination"]
    assert [each["date"] for each in listed(browser, child, "?page_size=2&page=2")] == ["2026-01-16"]
    assert [each["date"] for each in listed(browser, child, "?from=2026-01-19&to=2026-01-19")] == ["2026-01-19"]
    assert listed(browser, child, "?school_year=2026-2027") == []


@pytest.mark.requirement("AT-07", "XC-07")
def test_list_reasons_speaks_the_readers_language(browser: Browser, child: Child) -> None:
    path = f"/children/{child.id}/absence-reasons"
    french = browser.get(path).json
    english = browser.get(path, headers={"Accept-Language": "en"}).json
    assert schemas.ReasonOut(many=True).validate(french) == {}
    assert (french[0]["label"], english[0]["label"]) == ("Maladie", "Illness")
    assert [each["code"] for each in french if each["needs_explanation"]] == ["AUTRE"]


def test_a_notice_motivates_what_was_recorded_before_it_came(ctx: Context, browser: Browser, child: Child) -> None:
    assert record(ctx, child)["status"] == "to_motivate"
    assert submit(browser, child, date="2026-01-15").status_code == 201
    assert kinds_told(ctx) == ["absence-recorded", "notice-submitted", "absence-motivated"]
