"""The agenda week by week, today first (RE-02)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import flask

from portal import lists, school_years
from portal.family import show_of_child, signed_in
from portal.showing import Address
from vitrail_client.api.tiles import get_child_agenda
from vitrail_client.models.agenda_entry_list_out import AgendaEntryListOut
from vitrail_client.models.agenda_entry_out import AgendaEntryOut

TILE = "agenda"
WEEK = timedelta(days=7)
# The API finds an entry by its first day: what began as long ago may go on this week, as the winter holidays do.
LONGEST = timedelta(days=21)
# Weeks that nobody plans, and that the calendar has no room around.
_FIRST, _LAST = date(1990, 1, 1), date(2190, 1, 1)


@dataclass(frozen=True)
class Day:
    """A day, and what is on it in the order of its hours: what lasts all day comes first."""

    day: date
    entries: Sequence[AgendaEntryOut]


@signed_in
def agenda(child_id: str) -> Any:
    """Show a week: this one begins with today, and what is over comes last."""
    today = school_years.today()
    monday = _wanted_monday(today)
    last = monday + WEEK - timedelta(days=1)
    listed: AgendaEntryListOut = lists.everything(
        lambda client, page: get_child_agenda.sync_detailed(
            child_id, client=client, from_=monday - LONGEST, to=last, page=page, page_size=lists.LARGEST_PAGE
        )
    )
    days = [_day(monday + timedelta(days=number), listed.items) for number in range(7)]
    is_this_week = monday <= today <= last
    return show_of_child(
        "records/agenda.html",
        child_id,
        current=TILE,
        today=today,
        monday=monday,
        last=last,
        is_this_week=is_this_week,
        # Today stands there though nothing is on it: that it is free is said, too.
        coming=[each for each in days if each.entries or each.day == today][
            _over(days, today) if is_this_week else 0 :
        ],
        over=[each for each in days if each.entries and each.day < today] if is_this_week else [],
        earlier=monday - WEEK,
        later=monday + WEEK,
        reason=listed.empty_reason,
    )


def _over(days: Sequence[Day], today: date) -> int:
    return sum(1 for each in days if each.entries and each.day < today)


def _wanted_monday(today: date) -> date:
    try:
        named = date.fromisoformat(flask.request.args.get("week", ""))
    except ValueError:
        named = today
    named = min(max(named, _FIRST), _LAST)
    return named - timedelta(days=named.weekday())


def _day(day: date, entries: Sequence[AgendaEntryOut]) -> Day:
    on_it = [each for each in entries if each.date <= day <= (each.end_date or each.date)]
    return Day(day, sorted(on_it, key=lambda each: (each.starts_at or "", each.title)))


ADDRESSES = (Address("agenda", "/enfants/<child_id>/agenda", "/en/children/<child_id>/agenda", agenda),)
