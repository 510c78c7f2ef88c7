"""The tile « Absences »: what is to be motivated, what was announced, and what was recorded in a school year (AT-01, AT-02)."""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, TypeVar

import flask

from portal import charts, showing
from portal.charts import Series
from portal.family import show_of_child, signed_in
from portal.forms import Form
from portal.gateway_calls import Ask, Refused
from portal.languages import SCHOOLS, spoken_month
from portal.pages.absences import wording
from portal.showing import call, call_for_page, go_to, language, visit, words
from vitrail_client.api.absences import (
    delete_child_absence_notice,
    list_child_absence_notices,
    list_child_absences,
)
from vitrail_client.models.absence_out import AbsenceOut
from vitrail_client.models.attendance_notice_out import AttendanceNoticeOut

TILE: Final = "absences"
_FIRST_MONTH: Final = 7
_SEPTEMBER: Final = 9
# No child is at school for longer.
_MOST_YEARS: Final = 14
_LARGEST_PAGE: Final = 100
_MOST_PAGES: Final = 20
_YEAR: Final = re.compile(r"([0-9]{4})-[0-9]{4}", re.ASCII)
_STATUSES: Final = ("motivated", "to_motivate", "not_motivated")

Item = TypeVar("Item")


@signed_in
def absences(child_id: str) -> Any:
    """Show a child's absences of a school year."""
    return show_absences(child_id)


@signed_in
def withdraw(child_id: str, notice_id: str) -> Any:
    """Take a notice back, while what it announces has not begun."""
    if flask.request.method == "POST":
        try:
            call(lambda client: delete_child_absence_notice.sync_detailed(child_id, notice_id, client=client))
        except Refused as refusal:
            if refusal.code == "not_signed_in":
                raise
            # What is withdrawn already, as by a second press, is as good as withdrawn now.
            if refusal.status != 404:
                form = Form()
                form.refuse(refusal, fields={})
                return show_absences(child_id, form=form, status=refusal.status)
        visit().told = "absence_withdrawn"
    return go_to("absences", child_id=child_id)


def show_absences(child_id: str, *, form: Form | None = None, status: int = 200) -> flask.Response:
    """Return the page of a child's absences; raises as `show_of_child`."""
    today = showing.now().astimezone(SCHOOLS).date()
    this_year = _year_of(today)
    year = _asked_year(this_year)
    try:
        recorded = all_absences(child_id, school_year=_name(year))
        notices = _all_notices(child_id, school_year=_name(year))
        later = _all_notices(child_id, school_year=_name(year + 1)) if year == this_year else []
    except Refused as refusal:
        if refusal.status != 404:
            raise
        # The child is another's, which its frame says, or attendance has not heard of it yet.
        return show_of_child("absences_awaited.html", child_id, current=TILE)
    entries = [wording.record(each, notices) for each in recorded]
    # What goes on over the first of July is told in both years.
    announced = sorted({each.id: each for each in (*notices, *later)}.values(), key=lambda each: each.date)
    counts = Counter(each.status for each in recorded)
    months = _months(year, recorded)
    series = [
        Series(
            str(words(f"absences.many_{one}")),
            [sum(each.status == one and _month_of(each.date) == month for each in recorded) for month in months],
            look,
        )
        for look, one in enumerate(_STATUSES)
    ]
    return show_of_child(
        "absences.html",
        child_id,
        status=status,
        current=TILE,
        form=form or Form(),
        year=_name(year),
        is_this_year=year == this_year,
        earlier=_name(year - 1) if year > this_year - _MOST_YEARS else "",
        later=_name(year + 1) if year < this_year else "",
        to_motivate=[each for each in entries if each.absence.status == "to_motivate"],
        coming=[each for each in announced if each.end_date >= today],
        past=[each for each in announced if each.end_date < today],
        tell=wording.tell,
        by_month=[
            (spoken_month(month, language()), list(group))
            for month, group in itertools.groupby(entries, key=lambda each: _month_of(each.absence.date))
        ],
        total=len(recorded),
        counts=[(one, counts[one]) for one in _STATUSES],
        drawing=_draw(year, months, series) if recorded else "",
    )


def all_absences(child_id: str, **wanted: Any) -> list[AbsenceOut]:
    """Return every absence of a child that is wanted, latest day first; raises as `call`."""
    return _all(
        lambda number: (
            lambda client: list_child_absences.sync_detailed(
                child_id, client=client, page=number, page_size=_LARGEST_PAGE, **wanted
            )
        )
    )


def _all_notices(child_id: str, **wanted: Any) -> list[AttendanceNoticeOut]:
    return _all(
        lambda number: (
            lambda client: list_child_absence_notices.sync_detailed(
                child_id, client=client, page=number, page_size=_LARGEST_PAGE, **wanted
            )
        )
    )


def _all(ask_for: Callable[[int], Ask[list[Item]]]) -> list[Item]:
    found: list[Item] = []
    for number in range(1, _MOST_PAGES + 1):
        items, page = call_for_page(ask_for(number))
        found += items
        if number >= page.last:
            break
    return found


def _draw(year: int, months: Sequence[date], series: Sequence[Series]) -> dict[str, Any]:
    said = words("absences.chart", year=_name(year))
    labels = [spoken_month(month, language(), is_short=True) for month in months]
    facts: dict[str, Any] = {"labels": labels, "series": series}
    return {
        "svg": charts.stacked_bars(name="year", title=said, description=str(words("absences.chart_detail")), **facts),
        "legend": charts.legend(name="legend", series=series),
        "table": charts.table(
            caption=said,
            corner=str(words("absences.month")),
            labels=[spoken_month(month, language()) for month in months],
            series=series,
        ),
    }


def _months(year: int, recorded: Sequence[AbsenceOut]) -> list[date]:
    """Return the months of a school year, those of the summer only where something was recorded."""
    every = [date(year + (month <= _FIRST_MONTH - 1), month, 1) for month in (*range(7, 13), *range(1, 7))]
    told = {_month_of(each.date) for each in recorded}
    return [month for month in every if month.month not in range(_FIRST_MONTH, _SEPTEMBER) or month in told]


def _month_of(day: date) -> date:
    return day.replace(day=1)


def _year_of(day: date) -> int:
    return day.year if day.month >= _FIRST_MONTH else day.year - 1


def _name(year: int) -> str:
    return f"{year}-{year + 1}"


def _asked_year(this_year: int) -> int:
    found = _YEAR.fullmatch(flask.request.args.get("year", ""))
    year = int(found[1]) if found else this_year
    return year if this_year - _MOST_YEARS <= year <= this_year else this_year
