"""What schools send, and from when parents see it: on both databases, by the clock of the tests."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import marshmallow as ma
import orjson
import pytest

from services.enrollment import events as enrollment
from services.records.context import Context
from services.records.errors import OrganisationNotSubscribed
from services.records.operations import entries, releases, sweeping, telling
from services.records.rules import kinds
from shared.problems import NotFound, Problem, ValidationFailed
from tests.support.callers import events_told, kinds_told
from tests.support.clock import FakeClock
from tests.support.entries import read
from tests.support.passports import ORGANISATION_CODE
from tests.support.records import Browser, Child, Enrollment

SYSTEM = {"organisation_code": ORGANISATION_CODE, "client_id": "school-system-of-the-tests"}
SOURCE = "resultat-1"
RESULT = {"kind": kinds.RESULT, "source_id": SOURCE}
EXAM = {"kind": kinds.MINISTERIAL_RESULT, "source_id": "epreuve-1"}
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("organisation_id")


def write(ctx: Context, child: Child, *, kind: str = kinds.RESULT, source_id: str = SOURCE, **said: Any) -> str:
    whose = {"student_source_id": child.student_source_id}
    return entries.write_entry(ctx, **SYSTEM, kind=kind, source_id=source_id, sent=read(kind, **whose | said))


def shown(ctx: Context, **which: str) -> dict[str, Any]:
    return entries.show_entry(ctx, organisation_code=ORGANISATION_CODE, **which)


def records_told(ctx: Context) -> list[str]:
    """Return what was told of entries: who looked at them is another matter."""
    return [each for each in kinds_told(ctx) if each.startswith("record-")]


def seen(browser: Browser, child: Child, tab: str = "results") -> list[str]:
    """Return the marks that the child's guardian sees."""
    answer = browser.get(f"/children/{child.id}/{tab}")
    assert answer.status_code == 200
    return [each["mark"] for each in answer.json["items"]]


@pytest.mark.requirement("RE-03")
def test_write_entry_shows_it_to_the_childs_guardians_at_once_and_tells_it(
    ctx: Context, browser: Browser, child: Child, clock: FakeClock
) -> None:
    assert write(ctx, child) == entries.RECORDED
    assert seen(browser, child) == ["82 %"]
    entry = shown(ctx, **RESULT)
    assert (entry["state"], entry["is_visible"], entry["available_at"]) == ("published", True, clock.now())
    [told] = events_told(ctx, "record-published")
    assert told == {
        "record_id": entry["id"],
        "child_id": child.id,
        "organisation_id": child.organisation_id,
        "kind": "result",
        "school_year": "2025-2026",
        "available_at": clock.now().isoformat(),
    }


@pytest.mark.requirement("EVT-3")
def test_write_entry_changes_nothing_when_the_same_comes_again(ctx: Context, child: Child, clock: FakeClock) -> None:
    write(ctx, child)
    before = shown(ctx, **RESULT)
    clock.advance(HOUR)
    assert write(ctx, child) == entries.UNCHANGED
    assert orjson.dumps(shown(ctx, **RESULT)) == orjson.dumps(before)
    assert records_told(ctx) == ["record-published"]


def test_write_entry_keeps_what_it_said_before_it_is_corrected(
    ctx: Context, browser: Browser, child: Child, clock: FakeClock
) -> None:
    recorded_at = clock.now()
    write(ctx, child, mark="82 %")
    corrected_at = clock.advance(HOUR)
    assert write(ctx, child, mark="28 %") == entries.CORRECTED
    assert seen(browser, child) == ["28 %"]
    entry = shown(ctx, **RESULT)
    assert (entry["revision"], entry["corrected_at"], entry["available_at"]) == (2, corrected_at, recorded_at)
    [earlier] = entries.list_revisions(ctx, organisation_code=ORGANISATION_CODE, **RESULT)
    assert orjson.loads(orjson.dumps(earlier))["content"]["mark"] == "82 %"
    assert (earlier["revision"], earlier["changed_at"], earlier["replaced_at"]) == (1, recorded_at, corrected_at)
    assert records_told(ctx) == ["record-published", "record-corrected"]


def test_write_entry_calls_nothing_a_correction_that_parents_never_saw(
    ctx: Context, child: Child, clock: FakeClock
) -> None:
    write(ctx, child, mark="82 %", is_draft=True)
    clock.advance(HOUR)
    write(ctx, child, mark="28 %", is_draft=True)
    assert (shown(ctx, **RESULT)["revision"], shown(ctx, **RESULT)["corrected_at"]) == (2, None)
    entries.publish_entry(ctx, **SYSTEM, **RESULT, available_at=None)
    assert shown(ctx, **RESULT)["corrected_at"] is None
    assert records_told(ctx) == ["record-published"]


@pytest.mark.requirement("RE-05")
def test_a_draft_is_seen_once_it_is_published(ctx: Context, browser: Browser, child: Child) -> None:
    write(ctx, child, kind=kinds.ASSIGNMENT, mark="A", is_draft=True)
    assert seen(browser, child, "assignments") == []
    assert records_told(ctx) == []
    entries.publish_entry(ctx, **SYSTEM, kind=kinds.ASSIGNMENT, source_id=SOURCE, available_at=None)
    assert seen(browser, child, "assignments") == ["A"]
    # Its system sends its drafts every night.
    assert write(ctx, child, kind=kinds.ASSIGNMENT, mark="A", is_draft=True) == entries.UNCHANGED
    assert seen(browser, child, "assignments") == ["A"]


def test_a_draft_is_published_when_it_is_sent_as_one_no_more(ctx: Context, browser: Browser, child: Child) -> None:
    write(ctx, child, is_draft=True)
    assert write(ctx, child, is_draft=False) == entries.CORRECTED
    assert seen(browser, child) == ["82 %"]
    write(ctx, child, is_draft=True)
    assert seen(browser, child) == []
    assert records_told(ctx) == ["record-published", "record-withdrawn"]


def test_a_draft_that_is_corrected_as_it_is_published_is_told_as_published_alone(ctx: Context, child: Child) -> None:
    write(ctx, child, mark="82 %", is_draft=True)
    write(ctx, child, mark="28 %", is_draft=False)
    assert records_told(ctx) == ["record-published"]
    assert shown(ctx, **RESULT)["corrected_at"] is None


@pytest.mark.requirement("RE-05")
def test_an_embargo_ends_by_the_clock_alone(ctx: Context, browser: Browser, child: Child, clock: FakeClock) -> None:
    until = clock.now() + HOUR
    write(ctx, child, available_at=until.isoformat())
    clock.advance(HOUR - timedelta(microseconds=1))
    assert seen(browser, child) == []
    assert sweeping.sweep(ctx)["told"] == 0
    assert records_told(ctx) == []
    clock.advance(timedelta(microseconds=1))
    assert seen(browser, child) == ["82 %"]
    assert sweeping.sweep(ctx)["told"] == 1
    assert sweeping.sweep(ctx)["told"] == 0
    [told] = events_told(ctx, "record-published")
    assert told["available_at"] == until.isoformat()


def test_what_an_embargo_let_out_is_told_before_it_is_corrected(ctx: Context, child: Child, clock: FakeClock) -> None:
    until = (clock.now() + HOUR).isoformat()
    write(ctx, child, available_at=until)
    clock.advance(2 * HOUR)
    write(ctx, child, available_at=until, mark="28 %")
    assert records_told(ctx) == ["record-published", "record-corrected"]
    assert shown(ctx, **RESULT)["corrected_at"] == clock.now()


@pytest.mark.requirement("EVT-3")
def test_what_an_embargo_let_out_is_told_by_whoever_looks_first(ctx: Context, child: Child, clock: FakeClock) -> None:
    until = (clock.now() + HOUR).isoformat()
    write(ctx, child, available_at=until)
    clock.advance(HOUR)
    assert write(ctx, child, available_at=until) == entries.UNCHANGED
    assert records_told(ctx) == ["record-published"]
    assert sweeping.sweep(ctx)["told"] == 0


def test_a_moment_that_has_passed_publishes_at_once_and_not_in_the_past(
    ctx: Context, child: Child, clock: FakeClock
) -> None:
    write(ctx, child, available_at="2025-06-01T12:00:00Z")
    assert shown(ctx, **RESULT)["available_at"] == clock.now()


def test_a_later_embargo_hides_what_was_seen(ctx: Context, browser: Browser, child: Child, clock: FakeClock) -> None:
    write(ctx, child)
    entries.publish_entry(ctx, **SYSTEM, **RESULT, available_at=clock.now() + HOUR)
    assert seen(browser, child) == []
    assert records_told(ctx) == ["record-published", "record-withdrawn"]
    clock.advance(HOUR)
    assert seen(browser, child) == ["82 %"]
    sweeping.sweep(ctx)
    assert records_told(ctx) == ["record-published", "record-withdrawn", "record-published"]


def test_what_is_withdrawn_stays_so_whatever_is_sent_until_it_is_published(
    ctx: Context, browser: Browser, child: Child, clock: FakeClock
) -> None:
    write(ctx, child)
    entries.withdraw_entry(ctx, **SYSTEM, **RESULT)
    assert seen(browser, child) == []
    assert write(ctx, child) == entries.UNCHANGED
    write(ctx, child, mark="28 %")
    write(ctx, child, mark="28 %", is_draft=True)
    write(ctx, child, mark="28 %", is_draft=False)
    assert (seen(browser, child), shown(ctx, **RESULT)["state"]) == ([], "withdrawn")
    assert records_told(ctx) == ["record-published", "record-withdrawn"]
    later = clock.advance(HOUR)
    entries.publish_entry(ctx, **SYSTEM, **RESULT, available_at=None)
    assert seen(browser, child) == ["28 %"]
    # Parents saw it once: they are told that it says something else.
    assert (shown(ctx, **RESULT)["available_at"], shown(ctx, **RESULT)["corrected_at"]) == (later, later - HOUR)


def test_publish_and_withdraw_entry_change_nothing_the_second_time(
    ctx: Context, child: Child, clock: FakeClock
) -> None:
    write(ctx, child, is_draft=True)
    published_at = clock.now()
    for _ in range(2):
        entries.publish_entry(ctx, **SYSTEM, **RESULT, available_at=None)
        clock.advance(HOUR)
    assert shown(ctx, **RESULT)["available_at"] == published_at
    for _ in range(2):
        entries.withdraw_entry(ctx, **SYSTEM, **RESULT)
    assert records_told(ctx) == ["record-published", "record-withdrawn"]


def test_a_machine_whose_clock_is_behind_publishes_and_withdraws_all_the_same(
    ctx: Context, browser: Browser, child: Child, clock: FakeClock
) -> None:
    behind = Context.open(ctx.settings, db=ctx.db, clock=FakeClock(clock.now() - timedelta(seconds=2)))
    write(ctx, child)
    write(behind, child, mark="28 %")
    entries.withdraw_entry(behind, **SYSTEM, **RESULT)
    entries.publish_entry(behind, **SYSTEM, **RESULT, available_at=None)
    assert seen(browser, child) == ["28 %"]
    assert records_told(ctx)[-2:] == ["record-withdrawn", "record-published"]
    assert sweeping.sweep(ctx)["told"] == 0


def test_an_entry_never_goes_over_to_another_student(ctx: Context, child: Child, browser: Browser) -> None:
    write(ctx, child)
    other = read(kinds.RESULT, student_source_id="eleve-autre", mark="0 %")
    with pytest.raises(ValidationFailed) as refused:
        entries.write_entry(ctx, **SYSTEM, **RESULT, sent=other)
    assert refused.value.errors[0]["pointer"] == "#/student_source_id"
    assert seen(browser, child) == ["82 %"]


def test_the_same_id_is_another_entry_in_another_kind(ctx: Context, child: Child) -> None:
    write(ctx, child)
    assert write(ctx, child, kind=kinds.ASSIGNMENT) == entries.RECORDED
    assert shown(ctx, **RESULT)["id"] != shown(ctx, kind=kinds.ASSIGNMENT, source_id=SOURCE)["id"]


@pytest.mark.parametrize("source_id", ["", " blanks ", "a\nline", "x" * 256])
def test_write_entry_knows_no_id_that_can_be_nobodys(ctx: Context, child: Child, source_id: str) -> None:
    with pytest.raises(NotFound):
        write(ctx, child, source_id=source_id)


def test_an_entry_of_another_organisation_does_not_exist(ctx: Context, child: Child) -> None:
    write(ctx, child)
    other = {"organisation_code": "799000", "client_id": None}
    for act in (entries.publish_entry, entries.withdraw_entry):
        rest = {"available_at": None} if act is entries.publish_entry else {}
        with pytest.raises(OrganisationNotSubscribed):
            act(ctx, **other, **RESULT, **rest)


def test_tell_changes_tells_all_of_it_in_pages_or_so_many_pages(ctx: Context, child: Child, clock: FakeClock) -> None:
    until = clock.now() + HOUR
    for number in range(9):
        write(ctx, child, source_id=f"r{number}", available_at=until.isoformat())
    clock.move_to(until)
    assert telling.tell_changes(ctx, organisation_id=child.organisation_id, page_size=1, most_pages=2) == 2
    assert telling.tell_changes(ctx, page_size=1) == 7
    assert records_told(ctx) == ["record-published"] * 9
    assert telling.tell_changes(ctx) == 0


def test_an_organisation_that_has_left_neither_sends_nor_reads_and_what_it_let_out_is_told(
    ctx: Context, told: Enrollment, browser: Browser, child: Child, clock: FakeClock
) -> None:
    until = clock.now() + HOUR
    write(ctx, child, available_at=until.isoformat())
    left = {"organisation_id": child.organisation_id, "code": ORGANISATION_CODE, "at": clock.now()}
    told.say(enrollment.organisation_unsubscribed(**left))
    for act in (
        partial(write, ctx, child),
        partial(shown, ctx, **RESULT),
        partial(entries.withdraw_entry, ctx, **SYSTEM, **RESULT),
        partial(releases.list_releases, ctx, organisation_code=ORGANISATION_CODE),
    ):
        with pytest.raises(OrganisationNotSubscribed):
            act()
    clock.move_to(until)
    assert telling.tell_changes(ctx) == 1
    assert seen(browser, child) == ["82 %"]
    assert records_told(ctx) == ["record-published"]


# --- releases


@pytest.mark.requirement("RE-05", "RE-06")
def test_a_release_publishes_all_that_names_it_and_what_comes_later(
    ctx: Context, browser: Browser, child: Child, clock: FakeClock
) -> None:
    for number in range(3):
        write(ctx, child, source_id=f"r-{number}", mark=str(number), release="E1")
    write(ctx, child, source_id="held", mark="held", release="E1", is_draft=True)
    write(ctx, child, source_id="other", mark="other", release="E2")
    assert (seen(browser, child), records_told(ctx)) == ([], [])
    published_at = clock.advance(HOUR)
    decided = releases.decide_release(
        ctx, organisation_code=ORGANISATION_CODE, code="E1", is_published=True, available_at=None
    )
    assert decided == {"code": "E1", "is_published": True, "available_at": published_at}
    assert sorted(seen(browser, child)) == ["0", "1", "2"]
    assert records_told(ctx) == ["record-published"] * 3
    clock.advance(HOUR)
    write(ctx, child, source_id="late", mark="late", release="E1")
    assert sorted(seen(browser, child)) == ["0", "1", "2", "late"]
    assert shown(ctx, kind=kinds.RESULT, source_id="late")["available_at"] == clock.now()
    assert releases.list_releases(ctx, organisation_code=ORGANISATION_CODE) == [decided]


@pytest.mark.requirement("RE-05")
def test_a_release_waits_for_its_moment_and_can_be_hidden_again(
    ctx: Context, browser: Browser, child: Child, clock: FakeClock
) -> None:
    until = clock.now() + HOUR
    decide = {"organisation_code": ORGANISATION_CODE, "code": "E1"}
    write(ctx, child, release="E1")
    releases.decide_release(ctx, **decide, is_published=True, available_at=until)
    write(ctx, child, source_id="late", mark="late", release="E1")
    assert (seen(browser, child), records_told(ctx)) == ([], [])
    clock.advance(HOUR)
    assert sorted(seen(browser, child)) == ["82 %", "late"]
    # The same again does not move what is seen.
    assert releases.decide_release(ctx, **decide, is_published=True, available_at=None)["available_at"] == until
    releases.decide_release(ctx, **decide, is_published=False, available_at=None)
    assert seen(browser, child) == []
    assert records_told(ctx) == ["record-published"] * 2 + ["record-withdrawn"] * 2


def test_a_release_neither_shows_what_is_withdrawn_nor_hides_what_has_left_it(
    ctx: Context, browser: Browser, child: Child
) -> None:
    decide = {"organisation_code": ORGANISATION_CODE, "code": "E1", "available_at": None}
    write(ctx, child, release="E1")
    write(ctx, child, source_id="gone", mark="gone", release="E1")
    entries.withdraw_entry(ctx, **SYSTEM, kind=kinds.RESULT, source_id="gone")
    releases.decide_release(ctx, **decide, is_published=True)
    assert seen(browser, child) == ["82 %"]
    write(ctx, child)
    releases.decide_release(ctx, **decide, is_published=False)
    assert seen(browser, child) == ["82 %"]


def test_publish_entry_never_overtakes_its_release(ctx: Context, browser: Browser, child: Child) -> None:
    write(ctx, child, release="E1")
    entries.publish_entry(ctx, **SYSTEM, **RESULT, available_at=None)
    assert (seen(browser, child), shown(ctx, **RESULT)["state"], records_told(ctx)) == ([], "draft", [])


@pytest.mark.requirement("RE-05")
def test_a_release_never_overtakes_the_embargo_of_what_it_publishes(
    ctx: Context, browser: Browser, child: Child, clock: FakeClock
) -> None:
    until = clock.now() + HOUR
    write(ctx, child, release="E1", available_at=until.isoformat())
    releases.decide_release(ctx, organisation_code=ORGANISATION_CODE, code="E1", is_published=True, available_at=None)
    assert (seen(browser, child), shown(ctx, **RESULT)["available_at"], records_told(ctx)) == ([], until, [])
    clock.move_to(until)
    assert seen(browser, child) == ["82 %"]


@pytest.mark.parametrize("code", ["", " E1", "x" * 65])
def test_decide_release_knows_no_code_that_can_be_none(ctx: Context, code: str) -> None:
    with pytest.raises(NotFound):
        releases.decide_release(
            ctx, organisation_code=ORGANISATION_CODE, code=code, is_published=True, available_at=None
        )


# --- ministerial results


def exam(ctx: Context, child: Child, **said: Any) -> str:
    return write(ctx, child, kind=kinds.MINISTERIAL_RESULT, source_id="epreuve-1", **said)


@pytest.mark.requirement("RE-04")
def test_a_ministerial_result_is_seen_ten_days_after_its_examination_and_by_no_word_before(
    ctx: Context, browser: Browser, child: Child, clock: FakeClock
) -> None:
    exam(ctx, child, exam_on="2026-01-12")
    entries.publish_entry(ctx, **SYSTEM, **EXAM, available_at=None)
    entries.publish_entry(ctx, **SYSTEM, **EXAM, available_at=clock.now() - HOUR)
    # Its session is no release of the school's.
    releases.decide_release(
        ctx, organisation_code=ORGANISATION_CODE, code="2026-01", is_published=True, available_at=None
    )
    # Midnight where the schools are, ten days later.
    seen_from = datetime(2026, 1, 22, 5, tzinfo=UTC)
    assert shown(ctx, **EXAM)["not_before"] == seen_from
    clock.move_to(seen_from - timedelta(seconds=1))
    sweeping.sweep(ctx)
    assert (seen(browser, child, "ministerial-results"), records_told(ctx)) == ([], [])
    clock.move_to(seen_from)
    sweeping.sweep(ctx)
    assert (seen(browser, child, "ministerial-results"), records_told(ctx)) == (["74"], ["record-published"])


@pytest.mark.requirement("RE-04")
def test_the_day_of_a_session_stands_instead_and_moves_what_is_there_already(
    ctx: Context, browser: Browser, child: Child, clock: FakeClock
) -> None:
    asked = {"organisation_code": ORGANISATION_CODE, "name": "2026-01"}
    exam(ctx, child, exam_on="2026-01-12")
    later = releases.decide_session(ctx, **asked, released_on=date(2026, 2, 2))
    assert later == releases.get_session(ctx, **asked) == {"session": "2026-01", "released_on": date(2026, 2, 2)}
    clock.move_to(datetime(2026, 2, 1, 12, tzinfo=UTC))
    assert seen(browser, child, "ministerial-results") == []
    releases.decide_session(ctx, **asked, released_on=date(2026, 2, 1))
    assert seen(browser, child, "ministerial-results") == ["74"]
    releases.decide_session(ctx, **asked, released_on=date(2026, 3, 1))
    assert seen(browser, child, "ministerial-results") == []
    releases.decide_session(ctx, **asked, released_on=None)
    assert seen(browser, child, "ministerial-results") == ["74"]
    assert records_told(ctx) == ["record-published", "record-withdrawn", "record-published"]


@pytest.mark.requirement("RE-04")
def test_what_comes_after_the_day_of_its_session_was_told_keeps_to_it(
    ctx: Context, browser: Browser, child: Child
) -> None:
    releases.decide_session(ctx, organisation_code=ORGANISATION_CODE, name="2026-01", released_on=date(2026, 1, 15))
    exam(ctx, child, exam_on="2026-01-12")
    assert seen(browser, child, "ministerial-results") == ["74"]


@pytest.mark.requirement("RE-04")
def test_an_examination_that_was_on_another_day_moves_its_result(
    ctx: Context, browser: Browser, child: Child, clock: FakeClock
) -> None:
    exam(ctx, child, exam_on="2026-01-05")
    assert seen(browser, child, "ministerial-results") == ["74"]
    exam(ctx, child, exam_on="2026-01-14")
    assert seen(browser, child, "ministerial-results") == []
    # Nobody is told of a correction that they do not see.
    assert records_told(ctx) == ["record-published", "record-withdrawn"]


@pytest.mark.requirement("RE-04")
def test_decide_session_refuses_a_day_before_the_session(ctx: Context) -> None:
    asked = {"organisation_code": ORGANISATION_CODE, "name": "2027-06"}
    with pytest.raises(ValidationFailed):
        releases.decide_session(ctx, **asked, released_on=date(2026, 7, 8))
    assert releases.get_session(ctx, **asked)["released_on"] is None


def test_a_session_that_is_none_does_not_exist(ctx: Context) -> None:
    with pytest.raises(Problem) as refused:
        releases.get_session(ctx, organisation_code=ORGANISATION_CODE, name="juin")
    assert refused.value.status == 404


def test_a_day_of_a_session_leaves_a_release_of_the_same_name_alone(
    ctx: Context, browser: Browser, child: Child
) -> None:
    write(ctx, child, release="2026-01")
    releases.decide_release(
        ctx, organisation_code=ORGANISATION_CODE, code="2026-01", is_published=True, available_at=None
    )
    before = shown(ctx, **RESULT)
    for day in (date(2026, 2, 2), None):
        releases.decide_session(ctx, organisation_code=ORGANISATION_CODE, name="2026-01", released_on=day)
    assert orjson.dumps(shown(ctx, **RESULT)) == orjson.dumps(before)
    assert seen(browser, child) == ["82 %"]


@pytest.mark.requirement("RE-04")
def test_another_organisations_decisions_move_nothing_of_ours(
    ctx: Context, told: Enrollment, browser: Browser, child: Child, clock: FakeClock
) -> None:
    told.make_organisation("799000")
    write(ctx, child, release="E1", is_draft=False)
    write(ctx, child, **EXAM, session="2026-01", exam_on="2026-01-12")
    releases.decide_release(ctx, organisation_code="799000", code="E1", is_published=True, available_at=None)
    releases.decide_session(ctx, organisation_code="799000", name="2026-01", released_on=date(2026, 1, 2))
    assert (seen(browser, child), seen(browser, child, "ministerial-results")) == ([], [])
    clock.advance(timedelta(days=10))
    releases.decide_session(ctx, organisation_code="799000", name="2026-01", released_on=date(2026, 3, 2))
    assert seen(browser, child, "ministerial-results") == ["74"]


@pytest.mark.requirement("RE-04")
def test_a_result_of_an_exam_long_before_its_session_is_refused(ctx: Context, child: Child) -> None:
    with pytest.raises(ma.ValidationError) as refused:
        write(ctx, child, **EXAM, session="2026-01", exam_on="2025-01-12")
    assert list(refused.value.normalized_messages()) == ["exam_on"]


@pytest.mark.parametrize("code", ["E1/2", "..", "100%", "E\u00a01"])
def test_a_release_that_nobody_could_publish_is_refused(ctx: Context, child: Child, code: str) -> None:
    with pytest.raises(ma.ValidationError) as refused:
        write(ctx, child, release=code)
    assert list(refused.value.normalized_messages()) == ["release"]


def hide_release(ctx: Context) -> None:
    releases.decide_release(ctx, organisation_code=ORGANISATION_CODE, code="E1", is_published=False, available_at=None)


def delay_release(ctx: Context) -> None:
    releases.decide_release(
        ctx, organisation_code=ORGANISATION_CODE, code="E1", is_published=True, available_at=ctx.clock.now() + HOUR
    )


@pytest.mark.parametrize("hide", [hide_release, delay_release])
def test_what_was_seen_and_hidden_before_anybody_told_of_it_is_corrected_all_the_same(
    ctx: Context, browser: Browser, child: Child, clock: FakeClock, hide: Callable[[Context], None]
) -> None:
    write(ctx, child, release="E1", available_at=(clock.now() + HOUR).isoformat())
    releases.decide_release(ctx, organisation_code=ORGANISATION_CODE, code="E1", is_published=True, available_at=None)
    clock.advance(HOUR)
    assert seen(browser, child) == ["82 %"]
    hide(ctx)
    assert seen(browser, child) == []
    clock.advance(timedelta(minutes=1))
    write(ctx, child, mark="28 %", release="E1", available_at=(clock.now() - timedelta(minutes=1)).isoformat())
    assert shown(ctx, **RESULT)["corrected_at"] == clock.now()
    assert records_told(ctx) == []


@pytest.mark.requirement("RE-04")
def test_a_ministerial_result_that_was_seen_and_hidden_untold_is_corrected_all_the_same(
    ctx: Context, browser: Browser, child: Child, clock: FakeClock
) -> None:
    write(ctx, child, **EXAM, session="2026-01", exam_on="2026-01-12")
    clock.advance(timedelta(days=10))
    assert seen(browser, child, "ministerial-results") == ["74"]
    releases.decide_session(ctx, organisation_code=ORGANISATION_CODE, name="2026-01", released_on=date(2026, 3, 2))
    assert seen(browser, child, "ministerial-results") == []
    write(ctx, child, **EXAM, session="2026-01", exam_on="2026-01-12", mark="47")
    assert shown(ctx, **EXAM)["corrected_at"] == clock.now()
    assert records_told(ctx) == []


def test_what_nobody_saw_before_it_was_hidden_is_no_correction(ctx: Context, child: Child, clock: FakeClock) -> None:
    write(ctx, child, release="E1", available_at=(clock.now() + HOUR).isoformat())
    releases.decide_release(ctx, organisation_code=ORGANISATION_CODE, code="E1", is_published=True, available_at=None)
    hide_release(ctx)
    write(ctx, child, mark="28 %", release="E1", available_at=(clock.now() + HOUR).isoformat())
    assert shown(ctx, **RESULT)["corrected_at"] is None
