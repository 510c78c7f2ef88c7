"""What guardians see of what the school recorded, and how they motivate it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.attendance import schemas
from services.attendance.context import Context
from services.attendance.models import Absence
from services.attendance.operations import sweeping
from tests.support.attendance import OTHER_ACCOUNT, TODAY, Browser, Child, Enrollment, SchoolSystem, announce, record
from tests.support.callers import events_told, kinds_told
from tests.support.clock import FakeClock

# Friday, twenty to eleven at school.
CLOSES = datetime(2026, 1, 16, 15, 40, tzinfo=UTC)


def listed(browser: Browser, child: Child, query: str = "") -> list[dict[str, Any]]:
    answer = browser.get(f"/children/{child.id}/absences{query}")
    assert answer.status_code == 200
    return answer.json


def motivate(browser: Browser, child: Child, absence_id: str, **overrides: Any) -> Any:
    return browser.post(f"/children/{child.id}/absences/{absence_id}/motivation", {"reason": "MALADIE", **overrides})


@pytest.mark.requirement("AT-01", "AT-02")
def test_list_absences_shows_what_was_recorded(ctx: Context, browser: Browser, child: Child) -> None:
    recorded = record(ctx, child, kind="late", at=time(9, 10), periods=("AM",))
    (absence,) = listed(browser, child)
    assert schemas.AbsenceOut().validate(absence) == {}
    assert absence == {
        "id": recorded["id"],
        "date": "2026-01-15",
        "kind": "late",
        "time": "09:10",
        "periods": ["AM"],
        "status": "to_motivate",
        "motivated_by": None,
        "motivate_until": "2026-01-16T15:40:00+00:00",
        "recorded_at": "2026-01-15T14:30:00+00:00",
        "motivation": None,
    }


@pytest.mark.requirement("AT-02")
def test_list_absences_tells_apart_what_is_to_be_motivated(ctx: Context, browser: Browser, child: Child) -> None:
    open_one = record(ctx, child, source_id="a1")
    done = record(ctx, child, source_id="a2", on=date(2026, 1, 14))
    motivate(browser, child, done["id"])
    assert [each["id"] for each in listed(browser, child, "?status=to_motivate")] == [open_one["id"]]
    assert [each["id"] for each in listed(browser, child, "?status=motivated")] == [done["id"]]
    assert [each["id"] for each in listed(browser, child)] == [open_one["id"], done["id"]]


def test_list_absences_goes_back_by_school_years(ctx: Context, browser: Browser, child: Child) -> None:
    for number, on in enumerate((date(2025, 6, 30), date(2025, 7, 1), TODAY)):
        record(ctx, child, source_id=f"a{number}", on=on)
    assert [each["date"] for each in listed(browser, child)] == ["2026-01-15", "2025-07-01"]
    assert [each["date"] for each in listed(browser, child, "?school_year=2024-2025")] == ["2025-06-30"]
    assert [each["date"] for each in listed(browser, child, "?from=2025-06-01&to=2025-07-01")] == [
        "2025-07-01",
        "2025-06-30",
    ]
    assert [each["date"] for each in listed(browser, child, "?page_size=1&page=2")] == ["2025-07-01"]
    assert listed(browser, child, "?page_size=1&page=3") == []


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("status=forgotten", "status"),
        ("from=hier", "from"),
        ("from=2026-01-02&to=2026-01-01", "to"),
        ("school_year=2026", "school_year"),
        ("school_year=2025-2026&from=2026-01-01", "school_year"),
    ],
)
def test_list_absences_says_which_parameter_is_wrong(
    browser: Browser, child: Child, query: str, parameter: str
) -> None:
    answer = browser.get(f"/children/{child.id}/absences?{query}")
    assert (answer.status_code, [each["parameter"] for each in answer.json["errors"]]) == (422, [parameter])


def test_list_absences_leaves_presences_out(ctx: Context, browser: Browser, child: Child) -> None:
    record(ctx, child, kind="present")
    assert listed(browser, child) == []


@pytest.mark.requirement("AT-10")
def test_motivate_absence_counts_at_once(ctx: Context, browser: Browser, child: Child) -> None:
    absence_id = record(ctx, child)["id"]
    answer = motivate(browser, child, absence_id, explanation="Grippe")
    assert (answer.status_code, answer.json["status"], answer.json["motivated_by"]) == (200, "motivated", "guardian")
    said = answer.json["motivation"]
    assert schemas.AbsenceOut().validate(answer.json) == {}
    assert (said["reason_label"], said["explanation"], said["decision"]) == ("Maladie", "Grippe", "pending")
    assert listed(browser, child) == [answer.json]
    assert kinds_told(ctx) == ["absence-recorded", "motivation-submitted", "absence-motivated"]
    assert "Grippe" not in str(events_told(ctx, "absence-motivated"))


@pytest.mark.requirement("AT-10")
def test_motivate_absence_refuses_what_is_motivated(ctx: Context, browser: Browser, child: Child) -> None:
    absence_id = record(ctx, child)["id"]
    motivate(browser, child, absence_id)
    answer = motivate(browser, child, absence_id)
    assert (answer.status_code, answer.json["code"]) == (409, "already_motivated")


@pytest.mark.requirement("AT-10")
def test_motivate_absence_refuses_what_a_notice_motivated(ctx: Context, browser: Browser, child: Child) -> None:
    browser.post(f"/children/{child.id}/absence-notices", announce(date="2026-01-15"))
    recorded = record(ctx, child)
    assert (recorded["status"], recorded["motivated_by"]) == ("motivated", "notice")
    assert motivate(browser, child, recorded["id"]).json["code"] == "already_motivated"


@pytest.mark.requirement("AT-08")
def test_motivate_absence_refuses_other_without_an_explanation(ctx: Context, browser: Browser, child: Child) -> None:
    absence_id = record(ctx, child)["id"]
    answer = motivate(browser, child, absence_id, reason="AUTRE", explanation=" ")
    assert (answer.status_code, answer.json["code"]) == (422, "explanation_required")
    assert motivate(browser, child, absence_id, reason="FLEMME").json["code"] == "validation_failed"
    assert listed(browser, child)[0]["status"] == "to_motivate"


@pytest.mark.requirement("AT-10")
def test_motivate_absence_is_closed_by_the_cut_off(
    ctx: Context, browser: Browser, child: Child, clock: FakeClock
) -> None:
    absence_id = record(ctx, child)["id"]
    clock.move_to(CLOSES)
    # Whether or not the sweep has been by.
    assert [each["status"] for each in listed(browser, child, "?status=not_motivated")] == ["not_motivated"]
    answer = motivate(browser, child, absence_id)
    assert (answer.status_code, answer.json["code"]) == (409, "motivation_closed")
    assert "16\u00a0janvier 2026, 10\u00a0h\u00a040" in answer.json["detail"]


def test_motivate_absence_is_open_until_the_cut_off(
    ctx: Context, browser: Browser, child: Child, clock: FakeClock
) -> None:
    absence_id = record(ctx, child)["id"]
    clock.move_to(CLOSES - timedelta(seconds=1))
    assert motivate(browser, child, absence_id).status_code == 200


@pytest.mark.requirement("AT-11", "CHD-13")
def test_motivate_absence_finds_the_absence_of_no_other_child(
    ctx: Context, told: Enrollment, browser: Browser, child: Child
) -> None:
    sibling = told.make_child(child.organisation_id)
    told.link(sibling)
    absence_id = record(ctx, child)["id"]
    assert motivate(browser, sibling, absence_id).status_code == 404
    assert motivate(browser, child, "nothing").status_code == 404


def test_another_guardian_sees_that_it_is_motivated_and_not_the_explanation(
    ctx: Context, told: Enrollment, make_browser: Callable[..., Browser], child: Child
) -> None:
    told.link(child, account_id=OTHER_ACCOUNT)
    motivate(make_browser(), child, record(ctx, child)["id"], explanation="Opération")
    (absence,) = listed(make_browser(account_id=OTHER_ACCOUNT), child)
    assert (absence["motivation"]["by"], absence["motivation"]["explanation"]) == ("other_guardian", None)


# --- an absence of a student whom nobody has claimed


@pytest.mark.requirement("AT-01")
def test_an_absence_of_an_unknown_child_shows_as_soon_as_somebody_holds_it(
    ctx: Context, told: Enrollment, browser: Browser, organisation_id: str
) -> None:
    child = told.make_child(organisation_id)
    record(ctx, child)
    (event,) = events_told(ctx, "absence-recorded")
    assert "child_id" not in event
    told.link(child)
    assert [each["status"] for each in listed(browser, child)] == ["to_motivate"]


# --- what time does


def test_sweep_closes_what_its_cut_off_has_passed_once(ctx: Context, child: Child, clock: FakeClock) -> None:
    record(ctx, child)
    clock.move_to(CLOSES - timedelta(seconds=1))
    assert sweeping.close_absences(ctx) == 0
    clock.move_to(CLOSES)
    assert (sweeping.close_absences(ctx), sweeping.close_absences(ctx)) == (1, 0)
    assert kinds_told(ctx) == ["absence-recorded", "absence-unmotivated"]


def test_sweep_closes_every_page(ctx: Context, told: Enrollment, organisation_id: str, clock: FakeClock) -> None:
    for _ in range(5):
        record(ctx, told.make_child(organisation_id))
    clock.move_to(CLOSES)
    assert sweeping.close_absences(ctx, page_size=2) == 5


def test_sweep_closes_by_the_bells_of_the_absences_own_school(
    ctx: Context, make_school_system: Callable[..., SchoolSystem], child: Child, clock: FakeClock
) -> None:
    periods = [
        {"code": "P1", "starts_at": "08:00", "ends_at": "11:00"},
        {"code": "P2", "starts_at": "12:00", "ends_at": "15:00"},
    ]
    bells = {"periods": periods, "break_starts_at": "11:00", "break_ends_at": "12:00"}
    assert make_school_system("attendance.write").put("/bell-times/ecole-1", bells).status_code == 200
    record(ctx, child, periods=("P2",))
    clock.move_to(CLOSES)
    assert sweeping.close_absences(ctx) == 1
    with ctx.db.read() as session:
        assert session.scalars(select(Absence.outcome)).all() == [{"P2": "not_motivated"}]


def test_sweep_reminds_every_guardian_who_may_act_once(
    ctx: Context, told: Enrollment, browser: Browser, child: Child, clock: FakeClock
) -> None:
    told.link(child, account_id=OTHER_ACCOUNT, rights=("view_file",))
    record(ctx, child, source_id="a1")
    done = record(ctx, child, source_id="a2", on=date(2026, 1, 14))
    motivate(browser, child, done["id"])
    assert sweeping.remind_guardians(ctx) == 0
    clock.move_to(CLOSES - timedelta(hours=16))
    assert sweeping.sweep(ctx) == {"closed": 0, "reminded": 1, "answers": 0}
    assert sweeping.sweep(ctx) == {"closed": 0, "reminded": 0, "answers": 0}
    (reminder,) = events_told(ctx, "motivation-due")
    assert (reminder["closes_at"], reminder["child_id"]) == ("2026-01-16T15:40:00+00:00", child.id)


def test_sweep_reminds_again_of_what_was_corrected_since(ctx: Context, child: Child, clock: FakeClock) -> None:
    record(ctx, child)
    clock.move_to(CLOSES - timedelta(hours=16))
    assert sweeping.remind_guardians(ctx) == 1
    record(ctx, child, periods=("AM",))
    assert sweeping.remind_guardians(ctx) == 1
    assert sweeping.remind_guardians(ctx) == 0


def test_a_day_comes_to_the_same_by_the_bells_of_its_records_whoever_asks(
    ctx: Context, browser: Browser, make_school_system: Callable[..., SchoolSystem], child: Child
) -> None:
    periods = [
        {"code": "P1", "starts_at": "08:00", "ends_at": "11:00"},
        {"code": "P2", "starts_at": "12:00", "ends_at": "15:00"},
    ]
    bells = {"periods": periods, "break_starts_at": "11:00", "break_ends_at": "12:00"}
    system = make_school_system("attendance.read", "attendance.write")
    assert system.put("/bell-times/ecole-2", bells).status_code == 200

    def outcomes() -> list[dict[str, str]]:
        with ctx.db.read() as session:
            return list(session.scalars(select(Absence.outcome)))

    absence = record(ctx, child, school_source_id="ecole-2", periods=("P2",))
    assert outcomes() == [{"P2": "to_motivate"}]
    assert motivate(browser, child, absence["id"]).status_code == 200
    assert outcomes() == [{"P2": "motivated"}]
    motivation = system.get("/motivations").json["items"][0]["id"]
    assert system.post(f"/motivations/{motivation}/decision", {"decision": "refused"}).status_code == 200
    assert outcomes() == [{"P2": "to_motivate"}]
    leaving = announce(date="2026-01-15", type="early_departure", time="12:00")
    notice = browser.post(f"/children/{child.id}/absence-notices", leaving).json["id"]
    assert outcomes() == [{"P2": "motivated"}]
    assert browser.delete(f"/children/{child.id}/absence-notices/{notice}").status_code == 204
    assert outcomes() == [{"P2": "to_motivate"}]
