"""From when the ministry's results are seen."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.records.rules import ministerial

TEN_DAYS = timedelta(days=10)


@pytest.mark.requirement("RE-04")
def test_not_before_is_midnight_at_school_so_long_after_the_exam() -> None:
    found = ministerial.not_before(exam_on=date(2027, 6, 15), released_on=None, delay=TEN_DAYS)
    assert found == datetime(2027, 6, 25, 4, tzinfo=UTC)


@pytest.mark.requirement("RE-04")
def test_not_before_keeps_the_schools_midnight_when_the_clocks_change() -> None:
    # Of the January session the clocks are an hour behind those of June.
    found = ministerial.not_before(exam_on=date(2027, 3, 5), released_on=None, delay=TEN_DAYS)
    assert found == datetime(2027, 3, 15, 4, tzinfo=UTC)
    assert ministerial.not_before(exam_on=date(2027, 1, 12), released_on=None, delay=TEN_DAYS) == datetime(
        2027, 1, 22, 5, tzinfo=UTC
    )


@pytest.mark.requirement("RE-04")
def test_not_before_is_the_ministrys_own_day_where_it_is_told() -> None:
    found = ministerial.not_before(exam_on=date(2027, 6, 15), released_on=date(2027, 7, 8), delay=TEN_DAYS)
    assert found == datetime(2027, 7, 8, 4, tzinfo=UTC)


@pytest.mark.requirement("RE-04")
@pytest.mark.parametrize(
    ("session", "day"), [("2027-06", "2027-05-06"), ("2027-01", "2026-12-09"), ("2027-06", "2027-07-02")]
)
def test_may_be_of_takes_the_exams_around_a_session(session: str, day: str) -> None:
    assert ministerial.may_be_of(session, exam_on=date.fromisoformat(day))


@pytest.mark.requirement("RE-04")
@pytest.mark.parametrize(
    ("session", "day"), [("2027-06", "2026-06-15"), ("2027-01", "2026-01-12"), ("2027-06", "2027-02-20")]
)
def test_may_be_of_refuses_a_day_that_would_show_a_result_at_once(session: str, day: str) -> None:
    assert not ministerial.may_be_of(session, exam_on=date.fromisoformat(day))


@pytest.mark.parametrize("text", ["2027-06", "2026-01", "1999-12"])
def test_is_session_takes_a_year_and_a_month(text: str) -> None:
    assert ministerial.is_session(text)


@pytest.mark.parametrize("text", ["2027-13", "2027-00", "2027-6", "27-06", "2027-06-01", "juin 2027", "2027-06\n", ""])
def test_is_session_takes_nothing_else(text: str) -> None:
    assert not ministerial.is_session(text)
