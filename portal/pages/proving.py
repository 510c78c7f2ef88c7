"""Proving a mailbox in two steps, e-mail and code, for whatever then needs it: each names its way here (ID-07 to ID-13, ID-20)."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import flask

from portal import showing
from portal.forms import Form
from portal.gateway_calls import Refused
from portal.languages import spoken_span
from portal.pages import signing_in
from portal.showing import Address, call, go_to, show, typed, visit, words
from portal.visits import Flow
from vitrail_client.api.verification_codes import (
    create_verification_code,
    create_verification_code_verification,
    delete_verification_code,
    get_verification_code,
)
from vitrail_client.models.code_in import CodeIn
from vitrail_client.models.verification_code_in import VerificationCodeIn

ACCOUNT, RESET = "account_creation", "password_reset"
EMAIL_CHANGE, EMAIL_UNDO = "email_change", "email_change_undo"
REAUTHENTICATION, SOCIAL = "reauthentication", "social_confirmation"


@dataclass(frozen=True)
class Way:
    """What a mailbox is proven for."""

    # What its addresses and its words are called.
    name: str
    # What the API calls it.
    purpose: str
    # The page after the code, and the one that giving up leads to.
    last: str
    leaves_to: str = "sign_in"


# What is done with a proven mailbox at once, instead of on a page of its own.
Finish = Callable[[Flow], Any]
_FINISHES: dict[str, Finish] = {}


def finishes(purpose: str) -> Callable[[Finish], Finish]:
    """Return the decorator of what is done once a mailbox is proven for this."""

    def keep(finish: Finish) -> Finish:
        _FINISHES[purpose] = finish
        return finish

    return keep


WAYS = {
    ACCOUNT: Way("creation", ACCOUNT, "creation.password"),
    RESET: Way("reset", RESET, "reset.password"),
    EMAIL_CHANGE: Way("email_change", "email_confirmation", "email_change.confirmation", leaves_to="account"),
    EMAIL_UNDO: Way("email_undo", EMAIL_UNDO, "email_undo.confirmation"),
    REAUTHENTICATION: Way("reauthentication", "email_confirmation", "reauthentication", leaves_to="account"),
    SOCIAL: Way("social_confirmation", "email_confirmation", "social_confirmation"),
}
_CODE_FIELDS = {"code_rejected": "code", "code_expired": "code", "code_superseded": "code", "too_many_attempts": "code"}
# With these the three steps begin anew.
OVER = frozenset({"not_found", "code_cancelled", "not_verified"})


def start(purpose: str) -> Any:
    """Ask for the e-mail, and have a code sent there."""
    if flask.request.method != "POST":
        flow = flow_of(purpose)
        form = Form({"email": visit().take_known_email()})
        return _show_start(form, purpose, begun=flow)
    form = Form(typed())
    if not form.require({"email": words("site.email_missing")}):
        return _show_start(form, purpose, status=422)
    try:
        send_code(purpose, form.values["email"], back=showing.local_path(form.values.get("back", "")))
    except Refused as refusal:
        form.refuse(refusal, fields={"email_invalid": "email", "email_not_accepted": "email"})
        return _show_start(form, purpose, status=refusal.status)
    return go_to(f"{WAYS[purpose].name}.code")


def code(purpose: str) -> Any:
    """Take the code that was mailed."""
    flow = flow_of(purpose)
    if flow is None:
        return go_to(f"{WAYS[purpose].name}.start")
    if flask.request.method != "POST":
        if flow.ticket:
            return go_to(WAYS[purpose].last)
        return _show_code(Form(), flow)
    form = Form(typed())
    if not form.require({"code": words("proving.code_missing")}):
        return _show_code(form, flow, status=422)
    try:
        body = CodeIn(code=form.values["code"])
        proof = call(
            lambda client: create_verification_code_verification.sync_detailed(
                flow.challenge_id, client=client, body=body
            ),
            key=showing.key(),
        )
    except Refused as refusal:
        if refusal.code in OVER:
            return begin_anew(purpose)
        form.refuse(refusal, fields=_CODE_FIELDS)
        return _show_code(form, flow, status=refusal.status)
    flow.ticket = proof.ticket
    finish = _FINISHES.get(purpose)
    return go_to(WAYS[purpose].last) if finish is None else finish(flow)


def new_code(purpose: str) -> Any:
    """Have another code sent to the same mailbox; the former one is void then (ID-10, ID-11)."""
    flow = flow_of(purpose)
    if flow is None:
        return go_to(f"{WAYS[purpose].name}.start")
    former = flow.challenge_id
    try:
        wait_s = send_code(purpose, flow.email, back=flow.back)
    except Refused as refusal:
        form = Form()
        form.refuse(refusal, fields={})
        return _show_code(form, flow, status=refusal.status)
    is_same = visit().flow is not None and visit().flow.challenge_id == former  # type: ignore[union-attr]
    visit().told = "code_too_soon" if is_same and wait_s else "code_sent_again"
    return go_to(f"{WAYS[purpose].name}.code")


def cancel(purpose: str) -> Any:
    """Give the steps up: the code is void (ID-20)."""
    flow = flow_of(purpose)
    if flow is not None:
        # What was over already is as good as given up.
        with suppress(Refused):
            call(lambda client: delete_verification_code.sync_detailed(flow.challenge_id, client=client))
        visit().flow = None
    return go_to(WAYS[purpose].leaves_to)


def flow_of(purpose: str) -> Flow | None:
    """Return the mailbox that is being proven for this, None where none is."""
    flow = visit().flow
    return flow if flow is not None and flow.purpose == purpose else None


def send_code(purpose: str, email: str, *, back: str = "") -> int:
    """Have a code sent, and remember for whom and where to go on to; return the seconds until another can be."""
    body = VerificationCodeIn(email=email, purpose=WAYS[purpose].purpose)  # type: ignore[arg-type]
    challenge = call(lambda client: create_verification_code.sync_detailed(client=client, body=body), key=showing.key())
    visit().flow = Flow(
        purpose=purpose,
        email=email,
        challenge_id=challenge.challenge_id,
        expires_at=challenge.expires_at.timestamp(),
        back=back,
    )
    return int(challenge.retry_after_s)


def step_before(purpose: str) -> Any:
    """Return the answer that leads to the step to take before the last one."""
    return go_to(f"{WAYS[purpose].name}.{'code' if flow_of(purpose) else 'start'}")


def begin_anew(purpose: str) -> Any:
    """Return the answer that leads back to the first step: what was proven is worth nothing any more."""
    visit().flow = None
    visit().told = "step_over"
    return go_to(f"{WAYS[purpose].name}.start")


def _show_start(form: Form, purpose: str, *, begun: Flow | None = None, status: int = 200) -> flask.Response:
    way = WAYS[purpose]
    # Who takes an e-mail back has given it up to the school's file, or never changed it there.
    told = {} if purpose == EMAIL_UNDO else signing_in.notices()
    return show(
        "proving_email.html",
        status=status,
        form=form,
        way=way.name,
        leaves_to=way.leaves_to,
        begun=begun,
        hint=told.get(signing_in.EMAIL, ""),
        # Before an account is made, too (ID-33).
        notice=told.get(signing_in.SUBSCRIBED, "") if purpose == ACCOUNT else "",
        back=showing.local_path(form.values.get("back", "") or flask.request.args.get("back", "")),
    )


def _show_code(form: Form, flow: Flow, *, status: int = 200) -> flask.Response:
    try:
        challenge = call(lambda client: get_verification_code.sync_detailed(flow.challenge_id, client=client))
    except Refused as refusal:
        if refusal.status != 404:
            raise
        return begin_anew(flow.purpose)  # type: ignore[no-any-return]
    if challenge.state == "cancelled":
        return begin_anew(flow.purpose)  # type: ignore[no-any-return]
    return show(
        "proving_code.html",
        status=status,
        form=form,
        way=WAYS[flow.purpose].name,
        email=flow.email,
        state=challenge.state,
        wait_s=challenge.retry_after_s,
        open_for=spoken_span((challenge.expires_at - showing.now()).total_seconds(), showing.language()),
    )


def addresses(
    purpose: str, *, fr: str, en: str, guarded: Callable[[showing.View], showing.View] = lambda view: view
) -> tuple[Address, ...]:
    """Return the addresses of the steps up to the code."""
    name, defaults = WAYS[purpose].name, {"purpose": purpose}
    both = ("GET", "POST")
    return (
        Address(f"{name}.start", fr, en, guarded(start), both, defaults),
        Address(f"{name}.code", f"{fr}/code", f"{en}/code", guarded(code), both, defaults),
        Address(f"{name}.new_code", f"{fr}/nouveau-code", f"{en}/new-code", guarded(new_code), ("POST",), defaults),
        Address(f"{name}.cancel", f"{fr}/annuler", f"{en}/cancel", guarded(cancel), ("POST",), defaults),
    )
