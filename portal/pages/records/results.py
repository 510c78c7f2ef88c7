"""Results by subject, term and competency, with their course over the year (RE-03)."""

from dataclasses import dataclass
from typing import Any

import flask

from portal import charts, lists, school_years
from portal.family import show_of_child, signed_in
from portal.languages import spoken_percent
from portal.pages.records.marks import TERMS, Drawing, Mark, Row, Subject, drawing
from portal.showing import Address, language, words
from vitrail_client.api.tiles import get_child_results
from vitrail_client.models.result_list_out import ResultListOut
from vitrail_client.models.result_out import ResultOut

TILE = "results"


@dataclass
class SubjectResults:
    """A subject's results: its marks by term, and the single pieces of work that have a mark of their own."""

    subject: Subject
    drawing: Drawing | None
    pieces: list[ResultOut]


@signed_in
def results(child_id: str) -> Any:
    """Show the results of a school year, of all its terms or of one."""
    year = school_years.asked()
    listed: ResultListOut = lists.everything(
        lambda client, page: get_child_results.sync_detailed(
            child_id, client=client, school_year=year, page=page, page_size=lists.LARGEST_PAGE
        )
    )
    terms = sorted({each.term for each in listed.items if each.term is not None})
    term = _wanted_term(terms)
    shown = [each for each in listed.items if term in (None, each.term)]
    return show_of_child(
        "records/results.html",
        child_id,
        current=TILE,
        years=lists.years_around(year, get_child_results.sync_detailed, child_id),
        terms=terms,
        term=term,
        subjects=[_arranged(name, of_subject) for name, of_subject in _by_subject(shown)],
        reason=listed.empty_reason,
        charts=charts,
        percent=lambda number: spoken_percent(number, language()),
    )


def _by_subject(found: list[ResultOut]) -> list[tuple[str, list[ResultOut]]]:
    return sorted(lists.grouped(found, by=lambda each: each.subject), key=lambda group: str(group[0]).casefold())


def _wanted_term(terms: list[int]) -> int | None:
    return next((each for each in terms if str(each) == flask.request.args.get("term")), None)


def _arranged(name: str, found: list[ResultOut]) -> SubjectResults:
    rows: dict[str, Row] = {}
    for each in sorted((each for each in found if each.title is None), key=lambda each: each.competency or ""):
        row = rows.setdefault(each.competency or "", Row(each.competency or "", weight=each.weight))
        row.marks.append(Mark(each.term, each.mark, each.percent, each.group_average, each.corrected_at))
        if each.comment:
            row.comments.append(each.comment)
    subject = Subject(name, list(rows.values()))
    labels = [words("records.term", number=number) for number in TERMS]
    drawn = drawing(subject, labels=labels, own=words("records.own"), average=words("results.group_average"))
    return SubjectResults(subject, drawn, [each for each in found if each.title is not None])


ADDRESSES = (Address("results", "/enfants/<child_id>/resultats", "/en/children/<child_id>/results", results),)
