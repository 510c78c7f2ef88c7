"""« Procéder à la réinscription en ligne »: what is asked, what was answered, and the answer (RR-01 to RR-03)."""

from typing import Any

import flask

from portal import showing
from portal.family import show_of_child, signed_in
from portal.forms import Form
from portal.gateway_calls import Refused
from portal.showing import Address, call, go_to, typed, visit, words
from vitrail_client.api.re_registration import get_child_re_registration, replace_child_re_registration
from vitrail_client.models.answer_in import AnswerIn
from vitrail_client.models.answer_in_answer import ANSWER_IN_ANSWER_VALUES
from vitrail_client.types import UNSET

RE_REGISTRATION = "child.re_registration"
LEAVING = "leaving"
CLOSED = "campaign_closed"
LONGEST_WORDS = 500


@signed_in
def re_registration(child_id: str) -> Any:
    """Show what is asked of the child for next year, and take the answer; it may be changed until the last day."""
    if flask.request.method != "POST":
        return _show(Form(), child_id)
    form = Form(typed())
    answer = form.values.get("answer", "")
    if answer not in ANSWER_IN_ANSWER_VALUES:
        form.errors["answer"] = [words("re_registration.answer_missing")]
        return _show(form, child_id, status=422)
    body = AnswerIn(
        answer=answer,
        # Whoever chose to leave first, and then to come back, may have typed a place that is hidden by now.
        leaving_to=(form.values.get("leaving_to") or UNSET) if answer == LEAVING else UNSET,
        explanation=form.values.get("explanation") or UNSET,
    )
    try:
        call(
            lambda client: replace_child_re_registration.sync_detailed(child_id, client=client, body=body),
            key=showing.key(),
        )
    except Refused as refusal:
        if refusal.status not in {403, 409, 422}:
            raise
        form.refuse(refusal, fields={})
        return _show(form, child_id, status=refusal.status)
    visit().told = "re_registration_answered"
    return go_to(RE_REGISTRATION, child_id=child_id)


def _show(form: Form, child_id: str, *, status: int = 200) -> flask.Response:
    try:
        asked = call(lambda client: get_child_re_registration.sync_detailed(child_id, client=client))
    except Refused as refusal:
        if refusal.code != CLOSED:
            raise
        # Between two campaigns nothing is wrong: it says when the next one is (RR-03).
        return show_of_child(
            "child_re_registration_closed.html", child_id, status=status, current=RE_REGISTRATION, closed=refusal
        )
    if not form.values and asked.answer is not None and asked.answer.is_own:
        given = {
            "answer": asked.answer.answer,
            "leaving_to": asked.answer.leaving_to,
            "explanation": asked.answer.explanation,
        }
        form.values = {name: value or "" for name, value in given.items()}
    return show_of_child(
        "child_re_registration.html",
        child_id,
        status=status,
        current=RE_REGISTRATION,
        form=form,
        asked=asked,
        message=getattr(asked.campaign.message, showing.language()) if asked.campaign.message else "",
        longest_words=LONGEST_WORDS,
    )


ADDRESSES = (
    Address(
        RE_REGISTRATION,
        "/enfants/<child_id>/reinscription",
        "/en/children/<child_id>/re-registration",
        re_registration,
        ("GET", "POST"),
    ),
)
