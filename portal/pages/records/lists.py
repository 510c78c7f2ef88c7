"""Lists of what a school has published: whole, or a school year of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import flask

from portal.pages.records import school_years
from portal.showing import call, call_for_page
from vitrail_client import AuthenticatedClient
from vitrail_client.models.problem_out import ProblemOut
from vitrail_client.types import Response

LARGEST_PAGE = 100
# More of one child's no school publishes in a year: what comes after is not shown.
MOST_PAGES = 20

Item = TypeVar("Item")


@dataclass(frozen=True)
class SchoolYears:
    """Which school year is shown, and those on either side that may be; empty: there is none."""

    shown: str
    earlier: str
    later: str


def everything(ask: Callable[[AuthenticatedClient, int], Response[Any | ProblemOut]]) -> Any:
    """Return a list with all its pages in one; `ask` asks for the page of a number. Raises as `call`."""
    listed, where = call_for_page(lambda client: ask(client, 1))
    for number in range(2, min(where.last, MOST_PAGES) + 1):
        listed.items.extend(call(_asking(ask, number)).items)
    return listed


def _asking(ask: Callable[[AuthenticatedClient, int], Response[Any]], number: int) -> Callable[..., Response[Any]]:
    return lambda client: ask(client, number)


def wanted_year() -> str:
    """Return the school year that the address names, else this one."""
    named = flask.request.args.get("year", "")
    return named if school_years.is_name(named) else school_years.present()


def years_around(shown: str, ask: Callable[..., Response[Any | ProblemOut]], child_id: str) -> SchoolYears:
    """Return the years that a list can be looked at in: the one before is that of the newest entry before `shown`."""
    day_before = school_years.day_before(shown)
    found = call(lambda client: ask(child_id, client=client, to=day_before, page_size=1)).items
    earlier = next((each.school_year for each in found if each.school_year and each.school_year < shown), "")
    later = school_years.next_of(shown)
    return SchoolYears(shown, earlier, later if later <= school_years.present() else "")


def grouped(items: Sequence[Item], by: Callable[[Item], Any]) -> Iterator[tuple[Any, list[Item]]]:
    """Yield what belongs together, in the order in which each group is met first."""
    groups: dict[Any, list[Item]] = {}
    for each in items:
        groups.setdefault(by(each), []).append(each)
    yield from groups.items()
