"""The tile « Absences »: what is to be motivated, what was announced, and what was recorded in a school year (AT-01, AT-02)."""

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import flask

from portal import charts, lists, school_years
from portal.charts import Series
from portal.family import show_of_child, signed_in
from portal.forms import Form
from portal.gateway_calls import Refused
from portal.languages import spoken_month
from portal.pages.absences import wording
from portal.school_years import FIRST_MONTH, SchoolYears
from portal.showing import call, go_to, language, visit, words
from vitrail_client.api.absences import (
    delete_child_absence_notice,
    list_child_absence_notices,
    list_child_absences,
)
from vitrail_client.models.absence_out import AbsenceOut
from vitrail_client.models.attendance_notice_out import AttendanceNoticeOut

TILE: Final = "absences"
_SEPTEMBER: Final = 9
# No child is at school for longer.
_MOST_YEARS: Final = 14
_STATUSES: Final = ("motivated", "to_motivate", "not_motivated")


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
    today, this_year = school_years.today(), school_years.present()
    years = _years_around(_asked_year(this_year), this_year)
    year = years.shown
    try:
        recorded = all_absences(child_id, school_year=year)
        notices = _all_notices(child_id, school_year=year)
        later = _all_notices(child_id, school_year=school_years.next_of(year)) if year == this_year else []
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
        years=years,
        is_this_year=year == this_year,
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
    return lists.all_items(
        lambda client, page: list_child_absences.sync_detailed(
            child_id, client=client, page=page, page_size=lists.LARGEST_PAGE, **wanted
        )
    )


def _all_notices(child_id: str, **wanted: Any) -> list[AttendanceNoticeOut]:
    return lists.all_items(
        lambda client, page: list_child_absence_notices.sync_detailed(
            child_id, client=client, page=page, page_size=lists.LARGEST_PAGE, **wanted
        )
    )


def _draw(year: str, months: Sequence[date], series: Sequence[Series]) -> dict[str, Any]:
    said = words("absences.chart", year=year)
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


def _months(year: str, recorded: Sequence[AbsenceOut]) -> list[date]:
    """Return the months of a school year, those of the summer only where something was recorded."""
    first = int(year[:4])
    every = [
        date(first + (month < FIRST_MONTH), month, 1) for month in (*range(FIRST_MONTH, 13), *range(1, FIRST_MONTH))
    ]
    told = {_month_of(each.date) for each in recorded}
    return [month for month in every if month.month not in range(FIRST_MONTH, _SEPTEMBER) or month in told]


def _month_of(day: date) -> date:
    return day.replace(day=1)


def _asked_year(this_year: str) -> str:
    year = school_years.asked()
    return year if _earliest(this_year) <= year <= this_year else this_year


def _years_around(year: str, this_year: str) -> SchoolYears:
    earlier = school_years.before(year) if year > _earliest(this_year) else ""
    return SchoolYears(year, earlier, school_years.next_of(year) if year < this_year else "")


def _earliest(this_year: str) -> str:
    first = int(this_year[:4]) - _MOST_YEARS
    return f"{first}-{first + 1}"
