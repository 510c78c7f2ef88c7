"""Lists of the API: all their pages in one, or a school year of them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from portal import school_years
from portal.school_years import SchoolYears
from portal.showing import call, call_for_page
from vitrail_client import AuthenticatedClient
from vitrail_client.models.problem_out import ProblemOut
from vitrail_client.types import Response

LARGEST_PAGE = 100
# More of one child's no school has in a year: what comes after is not shown.
MOST_PAGES = 20

Item = TypeVar("Item")
# Asks for the page of a number.
AskForPage = Callable[[AuthenticatedClient, int], Response[Any | ProblemOut]]


def everything(ask: AskForPage) -> Any:
    """Return a list that says more than its items (why it is empty, say) with all its pages in one; raises as `call`."""
    listed, *rest = _pages(ask)
    for each in rest:
        listed.items.extend(each.items)
    return listed


def all_items(ask: AskForPage) -> list[Any]:
    """Return the items of all the pages of a list that is nothing but its items; raises as `call`."""
    return [each for page in _pages(ask) for each in page]


def _pages(ask: AskForPage) -> Iterator[Any]:
    first, where = call_for_page(lambda client: ask(client, 1))
    yield first
    for number in range(2, min(where.last, MOST_PAGES) + 1):
        yield call(_asking(ask, number))


def _asking(ask: AskForPage, number: int) -> Callable[..., Response[Any]]:
    return lambda client: ask(client, number)


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
