"""Proving a mailbox in three steps (e-mail, code, password), for a new account and for a forgotten password (ID-07 to ID-25)."""

from contextlib import suppress
from typing import Any

import flask

from portal import showing
from portal.forms import Form
from portal.gateway_calls import Refused
from portal.languages import spoken_span
from portal.pages import signing_in
from portal.showing import Address, call, go_to, show, typed, visit, words
from portal.visits import Flow
from vitrail_client.api.accounts import create_account, create_password_reset, get_password_policy
from vitrail_client.api.verification_codes import (
    create_verification_code,
    create_verification_code_verification,
    delete_verification_code,
    get_verification_code,
)
from vitrail_client.models.code_in import CodeIn
from vitrail_client.models.password_in import PasswordIn
from vitrail_client.models.verification_code_in import VerificationCodeIn

ACCOUNT, RESET = "account_creation", "password_reset"
# What the addresses of each way are called.
NAMES = {ACCOUNT: "creation", RESET: "reset"}
_CODE_FIELDS = {"code_rejected": "code", "code_expired": "code", "code_superseded": "code", "too_many_attempts": "code"}
_PASSWORD_FIELDS = {"password_mismatch": "password_confirmation", "password_unchanged": "password"}
# With these the three steps begin anew.
_OVER = frozenset({"not_found", "code_cancelled", "not_verified"})


def start(purpose: str) -> Any:
    """Ask for the e-mail, and have a code sent there."""
    if flask.request.method == "GET":
        flow = _flow(purpose)
        form = Form({"email": flask.request.args.get("email", "")[:254]})
        return _show_start(form, purpose, begun=flow)
    form = Form(typed())
    if not form.require({"email": words("proving.email_missing")}):
        return _show_start(form, purpose, status=422)
    try:
        _send_code(purpose, form.values["email"])
    except Refused as refusal:
        form.refuse(refusal, fields={"email_invalid": "email", "email_not_accepted": "email"})
        return _show_start(form, purpose, status=refusal.status)
    return go_to(f"{NAMES[purpose]}.code")


def code(purpose: str) -> Any:
    """Take the code that was mailed."""
    flow = _flow(purpose)
    if flow is None:
        return go_to(f"{NAMES[purpose]}.start")
    if flask.request.method == "GET":
        if flow.ticket:
            return go_to(f"{NAMES[purpose]}.password")
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
        if refusal.code in _OVER:
            return _begin_anew(purpose)
        form.refuse(refusal, fields=_CODE_FIELDS)
        return _show_code(form, flow, status=refusal.status)
    flow.ticket = proof.ticket
    return go_to(f"{NAMES[purpose]}.password")


def new_code(purpose: str) -> Any:
    """Have another code sent to the same mailbox; the former one is void then (ID-10, ID-11)."""
    flow = _flow(purpose)
    if flow is None:
        return go_to(f"{NAMES[purpose]}.start")
    former = flow.challenge_id
    try:
        wait_s = _send_code(purpose, flow.email)
    except Refused as refusal:
        form = Form()
        form.refuse(refusal, fields={})
        return _show_code(form, flow, status=refusal.status)
    is_same = visit().flow is not None and visit().flow.challenge_id == former  # type: ignore[union-attr]
    visit().told = "code_too_soon" if is_same and wait_s else "code_sent_again"
    return go_to(f"{NAMES[purpose]}.code")


def cancel(purpose: str) -> Any:
    """Give the steps up: the code is void (ID-20)."""
    flow = _flow(purpose)
    if flow is not None:
        # What was over already is as good as given up.
        with suppress(Refused):
            call(lambda client: delete_verification_code.sync_detailed(flow.challenge_id, client=client))
        visit().flow = None
    return go_to("sign_in")


def password(purpose: str) -> Any:
    """Take the password, twice, once the mailbox is proven (ID-14, ID-17)."""
    flow = _flow(purpose)
    if flow is None or not flow.ticket:
        return go_to(f"{NAMES[purpose]}.{'code' if flow else 'start'}")
    if flask.request.method == "GET":
        return _show_password(Form(), flow)
    form = Form(typed())
    missing = {
        "password": words("proving.password_missing"),
        "password_confirmation": words("proving.confirmation_missing"),
    }
    if not form.require(missing):
        return _show_password(form, flow, status=422)
    body = PasswordIn(
        ticket=flow.ticket,
        password=form.values["password"],
        password_confirmation=form.values["password_confirmation"],
    )
    try:
        if purpose == RESET:
            call(lambda client: create_password_reset.sync_detailed(client=client, body=body), key=showing.key())
            return _password_is_new()
        created = call(lambda client: create_account.sync_detailed(client=client, body=body), key=showing.key())
    except Refused as refusal:
        return _password_refused(form, flow, refusal)
    visit().sign_in(token=created.token, email=created.account.email)
    visit().told = "account_created"
    return go_to("claiming.organisation")


def _password_is_new() -> Any:
    visit().flow = None
    visit().told = "password_changed"
    return go_to("sign_in")


def _password_refused(form: Form, flow: Flow, refusal: Refused) -> Any:
    if refusal.code in _OVER:
        return _begin_anew(flow.purpose)
    form.refuse(refusal, fields=_PASSWORD_FIELDS)
    if refusal.code == "account_exists":
        # The mailbox is proven: the way to a new password is open from here.
        flow.purpose = RESET
        return show("account_exists.html", status=refusal.status, form=form)
    if refusal.code == "account_missing":
        visit().flow = None
        return show("account_missing.html", status=refusal.status, form=form, email=flow.email)
    return _show_password(form, flow, status=refusal.status)


def _flow(purpose: str) -> Flow | None:
    flow = visit().flow
    return flow if flow is not None and flow.purpose == purpose else None


def _send_code(purpose: str, email: str) -> int:
    """Have a code sent, and remember for whom; return the seconds until another can be."""
    body = VerificationCodeIn(email=email, purpose=purpose)  # type: ignore[arg-type]
    challenge = call(lambda client: create_verification_code.sync_detailed(client=client, body=body), key=showing.key())
    visit().flow = Flow(
        purpose=purpose,
        email=email,
        challenge_id=challenge.challenge_id,
        expires_at=challenge.expires_at.timestamp(),
    )
    return int(challenge.retry_after_s)


def _begin_anew(purpose: str) -> Any:
    visit().flow = None
    visit().told = "step_over"
    return go_to(f"{NAMES[purpose]}.start")


def _show_start(form: Form, purpose: str, *, begun: Flow | None = None, status: int = 200) -> flask.Response:
    hint = signing_in.notices().get(signing_in.EMAIL, "")
    return show("proving_email.html", status=status, form=form, way=NAMES[purpose], begun=begun, hint=hint)


def _show_code(form: Form, flow: Flow, *, status: int = 200) -> flask.Response:
    try:
        challenge = call(lambda client: get_verification_code.sync_detailed(flow.challenge_id, client=client))
    except Refused as refusal:
        if refusal.status != 404:
            raise
        return _begin_anew(flow.purpose)  # type: ignore[no-any-return]
    if challenge.state == "cancelled":
        return _begin_anew(flow.purpose)  # type: ignore[no-any-return]
    return show(
        "proving_code.html",
        status=status,
        form=form,
        way=NAMES[flow.purpose],
        email=flow.email,
        state=challenge.state,
        wait_s=challenge.retry_after_s,
        open_for=spoken_span((challenge.expires_at - showing.now()).total_seconds(), showing.language()),
    )


def _show_password(form: Form, flow: Flow, *, status: int = 200) -> flask.Response:
    policy = call(lambda client: get_password_policy.sync_detailed(client=client))
    return show(
        "proving_password.html", status=status, form=form, way=NAMES[flow.purpose], email=flow.email, hint=policy.hint
    )


def _addresses(purpose: str, *, fr: str, en: str) -> tuple[Address, ...]:
    name, defaults = NAMES[purpose], {"purpose": purpose}
    both = ("GET", "POST")
    return (
        Address(f"{name}.start", fr, en, start, both, defaults),
        Address(f"{name}.code", f"{fr}/code", f"{en}/code", code, both, defaults),
        Address(f"{name}.new_code", f"{fr}/nouveau-code", f"{en}/new-code", new_code, ("POST",), defaults),
        Address(f"{name}.password", f"{fr}/mot-de-passe", f"{en}/password", password, both, defaults),
        Address(f"{name}.cancel", f"{fr}/annuler", f"{en}/cancel", cancel, ("POST",), defaults),
    )


ADDRESSES = (
    *_addresses(ACCOUNT, fr="/creer-un-compte", en="/en/create-an-account"),
    *_addresses(RESET, fr="/mot-de-passe-oublie", en="/en/forgotten-password"),
)
