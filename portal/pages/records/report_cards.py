"""The first communication and the report cards, of this year and of earlier ones: to read, to print, to keep (RE-06, RE-07)."""

from typing import Any

from werkzeug.exceptions import NotFound

from portal import documents, lists
from portal.family import show_of_child, signed_in
from portal.pages.records.marks import Mark, Row, Subject
from portal.pages.records.results import TILE
from portal.showing import Address
from vitrail_client.api.tiles import get_child_report_cards
from vitrail_client.models.report_card_list_out import ReportCardListOut
from vitrail_client.models.subject_out import SubjectOut
from vitrail_client.models.term_mark_out import TermMarkOut


@signed_in
def report_cards(child_id: str) -> Any:
    """Show what there is of each school year, the newest first."""
    listed = _all(child_id)
    years = lists.grouped(listed.items, by=lambda each: each.school_year or "")
    return show_of_child(
        "records/report_cards.html",
        child_id,
        current=TILE,
        years=sorted(years, reverse=True, key=lambda group: str(group[0])),
        reason=listed.empty_reason,
        contact=listed.contact,
    )


@signed_in
def report_card(child_id: str, entry_id: str) -> Any:
    """Show one, as it is read and printed."""
    card = next((each for each in _all(child_id).items if each.id == entry_id), None)
    if card is None:
        raise NotFound
    subjects = [_subject(each) for each in card.subjects]
    return show_of_child("records/report_card.html", child_id, current=TILE, card=card, subjects=subjects)


@signed_in
def document(child_id: str, entry_id: str) -> Any:
    """Give the PDF."""
    return documents.give(child_id, "report-cards", entry_id)


def _all(child_id: str) -> ReportCardListOut:
    listed: ReportCardListOut = lists.everything(
        lambda client, page: get_child_report_cards.sync_detailed(
            child_id, client=client, page=page, page_size=lists.LARGEST_PAGE
        )
    )
    return listed


def _subject(said: SubjectOut) -> Subject:
    own = Row("", [_mark(each) for each in said.terms], [said.comment] if said.comment else [])
    if said.final_mark is not None and not own.of_term(None):
        own.marks.append(Mark(None, said.final_mark))
    competencies = [
        Row(each.name, [_mark(term) for term in each.terms], [each.comment] if each.comment else [], each.weight)
        for each in said.competencies
    ]
    return Subject(said.name, [own, *competencies], said.teacher or "")


def _mark(said: TermMarkOut) -> Mark:
    return Mark(said.term, said.mark, said.percent, said.group_average)


ADDRESSES = (
    Address("report_cards", "/enfants/<child_id>/bulletins", "/en/children/<child_id>/report-cards", report_cards),
    Address(
        "report_card",
        "/enfants/<child_id>/bulletins/<entry_id>",
        "/en/children/<child_id>/report-cards/<entry_id>",
        report_card,
    ),
    Address(
        "report_card.document",
        "/enfants/<child_id>/bulletins/<entry_id>/document",
        "/en/children/<child_id>/report-cards/<entry_id>/document",
        document,
    ),
)
