"""Saying why a child was absent when the school recorded it: several absences with one reason (AT-07, AT-08, AT-10)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import flask

from portal import school_years, showing
from portal.family import show_of_child, signed_in
from portal.forms import Form
from portal.gateway_calls import Refused, Unreachable
from portal.pages.absences import sending, wording
from portal.pages.absences.listing import TILE, all_absences
from portal.showing import call, go_to, typed, visit, words
from vitrail_client.api.absences import create_child_absence_motivation, list_child_absence_reasons
from vitrail_client.models.motivation_in import MotivationIn
from vitrail_client.models.reason_out import ReasonOut
from vitrail_client.types import UNSET

# Longer than any cut-off is open: in July, June's absences are last year's.
_LOOK_BACK = timedelta(days=180)
_FIELDS = {"explanation_required": "explanation"}


@signed_in
def motivate(child_id: str) -> Any:
    """Take a reason for the chosen absences, and tell the school each."""
    try:
        reasons = call(lambda client: list_child_absence_reasons.sync_detailed(child_id, client=client))
    except Refused as refusal:
        if refusal.status != 404:
            raise
        return show_of_child("absences_awaited.html", child_id, current=TILE)
    if flask.request.method != "POST":
        return _show(Form(), child_id, reasons, flask.request.args.getlist("absence"))
    form, chosen = Form(typed()), [each for each in flask.request.form.getlist("absence") if showing.is_segment(each)]
    _require(form, reasons, chosen)
    if form.errors:
        return _show(form, child_id, reasons, chosen, status=422)
    body = MotivationIn(reason=form.values["reason"], explanation=form.values.get("explanation") or UNSET)
    refused: dict[str, tuple[str, str, str]] = {}
    status = 503
    for absence_id in dict.fromkeys(chosen):
        try:
            _motivate(child_id, absence_id, body)
        except Unreachable:
            refused[absence_id] = str(words("absences.no_answer")), str(words("absences.no_answer_detail")), ""
        except Refused as refusal:
            if refusal.code == "not_signed_in":
                raise
            status = refusal.status
            about = Form()
            about.refuse(refusal, fields=_FIELDS)
            form.errors |= about.errors
            form.wait = about.wait or form.wait
            refused[absence_id] = refusal.problem.title, refusal.problem.detail, refusal.code
    if not refused:
        visit().told = "absence_motivated" if len(chosen) == 1 else "absences_motivated"
        return go_to("absences", child_id=child_id)
    form.title = str(words("absences.motivation_refused"))
    return _show(
        form,
        child_id,
        reasons,
        list(refused),
        status=status,
        refused=list(dict.fromkeys(refused.values())),
        motivated=len(set(chosen)) - len(refused),
    )


def _motivate(child_id: str, absence_id: str, body: MotivationIn) -> None:
    own_key = sending.own_key(showing.key(), absence_id, body.to_dict())
    call(
        lambda client: create_child_absence_motivation.sync_detailed(child_id, absence_id, client=client, body=body),
        key=own_key,
    )


def _require(form: Form, reasons: Sequence[ReasonOut], chosen: Sequence[str]) -> None:
    if not chosen:
        form.errors["absence"] = [words("absences.absence_missing")]
    form.require({"reason": words("absences.reason_missing")})
    reason = next((each for each in reasons if each.code == form.values.get("reason")), None)
    if reason is not None and reason.needs_explanation and not form.values.get("explanation"):
        form.errors["explanation"] = [words("absences.explanation_missing")]


def _show(
    form: Form,
    child_id: str,
    reasons: Sequence[ReasonOut],
    chosen: Sequence[str],
    *,
    status: int = 200,
    refused: Sequence[tuple[str, str, str]] = (),
    motivated: int = 0,
) -> flask.Response:
    today = school_years.today()
    waiting = all_absences(child_id, status="to_motivate", from_=today - _LOOK_BACK, to=today + _LOOK_BACK)
    return show_of_child(
        "absences_motivate.html",
        child_id,
        status=status,
        current=TILE,
        form=form,
        entries=[wording.record(each, ()) for each in sorted(waiting, key=lambda each: each.motivate_until)],
        chosen=chosen if len(waiting) != 1 else [each.id for each in waiting],
        reasons=reasons,
        refused=refused,
        motivated=motivated,
        key=showing.key() or showing.new_key(),
    )
