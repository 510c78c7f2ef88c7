"""Who else holds a child, and who saw or did what with its file (PRV-1, CHD-11)."""

from itertools import groupby
from typing import Any

import flask

from portal import showing
from portal.family import show_of_child, signed_in
from portal.forms import Form
from portal.gateway_calls import Refused
from portal.languages import SCHOOLS, spoken_day, spoken_time
from portal.showing import Address, call, call_for_page, go_to, visit, words
from vitrail_client.api.children import (
    create_child_other_guardian_dispute,
    list_child_access_journal,
    list_child_other_guardians,
)
from vitrail_client.models.journal_entry_out import JournalEntryOut

GUARDIANS, JOURNAL = "child.guardians", "child.journal"
# What the journal tells in words of its own; whatever comes later is told in general ones.
ACTIONS = frozenset(
    {
        "child_linked",
        "child_unlinked",
        "child_confirmed",
        "waiting_claim_settled",
        "link_disputed",
        "dispute_lifted",
        "dispute_upheld",
        "pin_issued",
        "pin_used",
        "pin_voided",
        "re_registration_answered",
        "file_opened",
        "file_corrected",
        "file_closed",
        "absence_announced",
        "absence_notice_withdrawn",
        "absence_notice_acknowledged",
        "absence_recorded",
        "absence_corrected",
        "absence_motivated",
        "motivation_refused",
        "record_published",
        "record_corrected",
        "record_withdrawn",
        "document_viewed",
        "agenda_viewed",
        "absences_viewed",
        "results_viewed",
        "finances_viewed",
        "file_viewed",
        "messages_viewed",
        "resources_viewed",
        "tile_viewed",
    }
)
MOST_GUARDIANS = 100


@signed_in
def journal(child_id: str) -> Any:
    """Tell who saw or did what with the child's file, newest first, a day at a time."""
    asked = showing.page_asked()
    found, page = call_for_page(
        lambda client: list_child_access_journal.sync_detailed(child_id, client=client, page=asked)
    )
    told = [(each, each.at.astimezone(SCHOOLS)) for each in found]
    spoken = showing.language()
    days = [
        (
            spoken_day(day, spoken),
            [(at, spoken_time(at.time(), spoken), each.who, sentence(each)) for each, at in entries],
        )
        for day, entries in groupby(told, key=lambda entry: entry[1].date())
    ]
    return show_of_child("child_journal.html", child_id, current=JOURNAL, days=days, page=page)


@signed_in
def guardians(child_id: str) -> Any:
    """List the other accounts that hold the child, without a word of whose they are."""
    asked = showing.page_asked()
    found, page = call_for_page(
        lambda client: list_child_other_guardians.sync_detailed(child_id, client=client, page=asked)
    )
    return show_of_child("child_guardians.html", child_id, current=GUARDIANS, guardians=found, page=page)


@signed_in
def dispute(child_id: str, link_id: str) -> Any:
    """Have another account's access suspended, once its consequences have been read."""
    form = Form()
    if flask.request.method == "POST":
        try:
            call(
                lambda client: create_child_other_guardian_dispute.sync_detailed(child_id, link_id, client=client),
                key=showing.key(),
            )
        except Refused as refusal:
            if refusal.code != "link_not_disputable":
                raise
            form.refuse(refusal, fields={})
            return _ask_dispute(form, child_id, link_id, status=refusal.status)
        visit().told = "link_disputed"
        return go_to(GUARDIANS, child_id=child_id)
    return _ask_dispute(form, child_id, link_id)


def sentence(entry: JournalEntryOut) -> str:
    """Return what an entry of the journal says."""
    known = entry.action if entry.action in ACTIONS else "other"
    return words(f"journal.{known}", who=words(f"journal.who_{entry.who}"), whose=words(f"journal.whose_{entry.who}"))


def _ask_dispute(form: Form, child_id: str, link_id: str, *, status: int = 200) -> Any:
    found = call(
        lambda client: list_child_other_guardians.sync_detailed(child_id, client=client, page_size=MOST_GUARDIANS)
    )
    disputed = next((each for each in found if each.link_id == link_id), None)
    if disputed is None or (disputed.status == "suspended" and not form.is_refused):
        return go_to(GUARDIANS, child_id=child_id)
    return show_of_child("child_dispute.html", child_id, status=status, current=GUARDIANS, form=form, guardian=disputed)


ADDRESSES = (
    Address(JOURNAL, "/enfants/<child_id>/journal", "/en/children/<child_id>/journal", journal),
    Address(GUARDIANS, "/enfants/<child_id>/autres-repondants", "/en/children/<child_id>/other-guardians", guardians),
    Address(
        "child.dispute",
        "/enfants/<child_id>/autres-repondants/<link_id>/contester",
        "/en/children/<child_id>/other-guardians/<link_id>/dispute",
        dispute,
        ("GET", "POST"),
    ),
)
