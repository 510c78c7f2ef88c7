"""« Aviser l’école d’une absence à venir »: one page, for several children at once (AT-03 to AT-09)."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import flask

from portal import family, lists, school_years, showing
from portal.family import signed_in
from portal.forms import Form
from portal.gateway_calls import Refused
from portal.languages import SCHOOLS, spoken_day, spoken_list
from portal.next_steps import next_steps
from portal.pages.absences import offering, sending, wording
from portal.pages.absences.offering import Offer
from portal.pages.absences.sending import Announcement, Outcome
from portal.pages.absences.wording import Told
from portal.showing import call, go_to, language, show, typed, words
from vitrail_client.api.absences import list_child_absence_notices
from vitrail_client.models.attendance_notice_out import AttendanceNoticeOut
from vitrail_client.models.child_out import ChildOut
from vitrail_client.models.notice_in_type import NoticeInType
from vitrail_client.models.reason_out import ReasonOut

# At this hour, where the schools are, one means the next day.
_SCHOOL_IS_OVER: Final = 15
_SATURDAY: Final = 5
_OTHER_DAY: Final = "other"
_TIMED: Final = frozenset({"late_arrival", "early_departure"})
# A half day is said as an arrival or a departure « vers 12h30 » (AT-06).
_MIDDAY: Final = "12:30"
_PARTS: Final[Mapping[str, tuple[NoticeInType, str]]] = {
    "full_day": ("full_day", ""),
    "morning": ("late_arrival", _MIDDAY),
    "afternoon": ("early_departure", _MIDDAY),
    "late_arrival": ("late_arrival", ""),
    "early_departure": ("early_departure", ""),
}
_FIELDS: Final = {
    "child_ids": "child",
    "date": "day",
    "type": "part",
    "end_date": "last_day",
    "explanation_required": "explanation",
    "time_required": "time",
    "no_school_day": "day",
    "notice_too_late": "day",
}
_MOST_TOLD: Final = 20


@dataclass(frozen=True)
class RefusedChildren:
    """Why nothing was announced of some children."""

    names: str
    title: str
    detail: str
    # What each way on is called, and where it leads.
    ways: Sequence[tuple[str, str]]


@signed_in
def announce() -> Any:
    """Take what is announced, and tell it to each child's school."""
    offers, others = offering.offers()
    if flask.request.method != "POST":
        wanted = flask.request.args.get("child", "")
        chosen = [each.child.id for each in offers if each.child.id == wanted or len(offers) == 1]
        return _show(Form(_defaults()), offers, others, chosen)
    form = Form(typed())
    asked = flask.request.form.getlist("child")
    chosen = [each.child.id for each in offers if each.child.id in asked]
    said, reasons = _read(form, [each for each in offers if each.child.id in chosen])
    if said is None or form.errors:
        return _show(form, offers, others, chosen, status=422)
    outcome = sending.announce(said, reasons, key=showing.key())
    if not outcome.refused:
        told = ",".join(f"{each.child_id}.{each.id}" for each in outcome.sent)
        return go_to("absences.announced", notices=told)
    return _show_refused(form, offers, others, outcome)


@signed_in
def announced() -> Any:
    """Repeat in words what was told to which school."""
    asked = [each.partition(".") for each in flask.request.args.get("notices", "").split(",")[:_MOST_TOLD]]
    ids = [(child_id, notice_id) for child_id, _, notice_id in asked if notice_id]
    children = {each.id: each for each in family.children()}
    told = []
    for child_id in dict.fromkeys(child_id for child_id, _ in ids if child_id in children):
        standing = {each.id: each for each in _notices(child_id)}
        told += [
            wording.tell(standing[notice_id], children[child_id])
            for whose, notice_id in ids
            if whose == child_id and notice_id in standing
        ]
    if not told:
        return go_to("absences.announce")
    return show("absences_announced.html", told=told)


def _notices(child_id: str) -> Sequence[AttendanceNoticeOut]:
    with suppress(Refused):
        return call(
            lambda client: list_child_absence_notices.sync_detailed(
                child_id, client=client, page_size=lists.LARGEST_PAGE
            )
        )
    return []


def _next_days() -> list[date]:
    """Return today, while there may be school, and the weekday after it."""
    now = showing.now().astimezone(SCHOOLS)
    day = now.date() if now.hour < _SCHOOL_IS_OVER else now.date() + timedelta(days=1)
    days: list[date] = []
    while len(days) < 2:
        if day.weekday() < _SATURDAY:
            days.append(day)
        day += timedelta(days=1)
    return days


def _defaults() -> dict[str, str]:
    first = _next_days()[0].isoformat()
    return {"day": first, "first_day": first, "part": "full_day"}


def _read(form: Form, chosen: Sequence[Offer]) -> tuple[Announcement | None, list[tuple[str, str]]]:
    """Return what a form says, and each child's reason; note in the form what it lacks."""
    if not chosen:
        form.errors["child"] = [words("absences.child_missing")]
    first_on, last_on = _read_days(form)
    part = form.values.get("part", "")
    type_, time = _PARTS.get(part, _PARTS["full_day"])
    if part in _TIMED:
        time = form.values.get("time", "")
        form.require({"time": words("absences.time_missing")})
    reasons = _read_reasons(form, chosen)
    explanation = form.values.get("explanation", "")
    if not explanation and any(found.needs_explanation for _, found in reasons):
        form.errors["explanation"] = [words("absences.explanation_missing")]
    if first_on is None or last_on is None:
        return None, []
    said = Announcement(type=type_, first_on=first_on, last_on=last_on, time=time, explanation=explanation)
    return said, [(offer.child.id, found.code) for offer, found in reasons]


def _read_days(form: Form) -> tuple[date | None, date | None]:
    day = form.values.get("day", "")
    if day != _OTHER_DAY:
        found = _read_day(form, "day", day)
        return found, found
    first_on = _read_day(form, "first_day", form.values.get("first_day", ""))
    last = form.values.get("last_day", "")
    last_on = _read_day(form, "last_day", last) if last else first_on
    if first_on and last_on and last_on < first_on:
        form.errors["last_day"] = [words("absences.days_reversed")]
    return first_on, last_on


def _read_day(form: Form, name: str, said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        form.errors[name] = [words("absences.day_missing")]
        return None


def _read_reasons(form: Form, chosen: Sequence[Offer]) -> list[tuple[Offer, ReasonOut]]:
    common = form.values.get("reason", "")
    found, lacking = [], False
    for offer in chosen:
        name = f"reason-{offer.child.id}"
        label = form.values.get(name) or common
        reason = offer.reason(label)
        if reason is not None:
            found.append((offer, reason))
        elif label:
            form.errors[name] = [words("absences.reason_not_offered", name=offer.name, reason=label)]
        else:
            lacking = True
    if lacking or not chosen:
        form.require({"reason": words("absences.reason_missing")})
    return found


def _show_refused(form: Form, offers: Sequence[Offer], others: Sequence[ChildOut], outcome: Outcome) -> flask.Response:
    """Show the form again for the children of whom nothing was announced, and what was announced of the others."""
    names = {offer.child.id: offer.name for offer in offers}
    children = {offer.child.id: offer.child for offer in offers}
    why: dict[tuple[str, str, str], list[str]] = {}
    status = 503
    for child_id, refusal in outcome.refused.items():
        if refusal is None:
            said = str(words("absences.no_answer")), str(words("absences.no_answer_detail")), ""
        else:
            status = refusal.status
            about = Form()
            about.refuse(refusal, fields=_FIELDS)
            form.errors |= about.errors
            form.wait = about.wait or form.wait
            said = refusal.problem.title, refusal.problem.detail, refusal.code
        why.setdefault(said, []).append(child_id)
    form.title = str(words("absences.refused_some" if outcome.sent else "absences.refused_all"))
    refused = [
        RefusedChildren(spoken_list([names[each] for each in who], language()), title, detail, _ways(code, who, names))
        for (title, detail, code), who in why.items()
    ]
    told = [wording.tell(each, children[each.child_id]) for each in outcome.sent]
    return _show(form, offers, others, list(outcome.refused), status=status, refused=refused, told=told)


def _ways(code: str, child_ids: Sequence[str], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the ways on from a refusal about these children; where they are several, each says whose it is."""
    ways: dict[str, str] = {}
    for child_id in child_ids:
        for said, link in next_steps(code, child_id=child_id):
            ways.setdefault(link, said if len(child_ids) == 1 else f"{said} – {names[child_id]}")
    return [(said, link) for link, said in ways.items()]


def _show(
    form: Form,
    offers: Sequence[Offer],
    others: Sequence[ChildOut],
    chosen: Sequence[str],
    *,
    status: int = 200,
    refused: Sequence[RefusedChildren] = (),
    told: Sequence[Told] = (),
) -> flask.Response:
    choices = offering.choices(offers)
    today = school_years.today()
    days = [(day, _called(day, today), spoken_day(day, language())) for day in _next_days()]
    return show(
        "absences_announce.html",
        status=status,
        form=form,
        offers=offers,
        others=[(family.name_of(each), each.status) for each in others],
        chosen=chosen,
        days=days,
        parts_of_day=tuple(_PARTS),
        choices=choices,
        differ=len(offers) > 1 and any(each.only for each in choices),
        refused=refused,
        told=told,
        # What a school has been told already is not told again by the same form, corrected or not.
        key=showing.key() or showing.new_key(),
        today=today,
    )


def _called(day: date, today: date) -> str:
    return {0: "today", 1: "tomorrow"}.get((day - today).days, "")
