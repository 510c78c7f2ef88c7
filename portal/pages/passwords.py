"""A password for the mailbox that has just been proven: a new account's, or in place of a forgotten one (ID-14 to ID-25)."""

from typing import Any

import flask

from portal import showing
from portal.forms import Form
from portal.gateway_calls import Refused
from portal.pages import proving
from portal.pages.proving import ACCOUNT, RESET
from portal.showing import Address, call, go_to, show, typed, visit, words
from portal.visits import Flow
from vitrail_client.api.accounts import create_account, create_password_reset, get_password_policy
from vitrail_client.models.password_in import PasswordIn

_FIELDS = {"password_mismatch": "password_confirmation", "password_unchanged": "password"}


def password(purpose: str) -> Any:
    """Take the password, twice, once the mailbox is proven (ID-14, ID-17)."""
    flow = proving.flow_of(purpose)
    if flow is None or not flow.ticket:
        return proving.step_before(purpose)
    if flask.request.method != "POST":
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
    showing.begin_session(token=created.token, email=created.account.email)
    visit().told = "account_created"
    return go_to("claiming.organisation")


def _password_is_new() -> Any:
    visit().flow = None
    visit().told = "password_changed"
    return go_to("sign_in")


def _password_refused(form: Form, flow: Flow, refusal: Refused) -> Any:
    if refusal.code in proving.OVER:
        return proving.begin_anew(flow.purpose)
    form.refuse(refusal, fields=_FIELDS)
    if refusal.code == "account_exists":
        # The mailbox is proven: the way to a new password is open from here.
        flow.purpose = RESET
        return show("account_exists.html", status=refusal.status, form=form)
    if refusal.code == "account_missing":
        visit().flow = None
        visit().known_email = flow.email
        return show("account_missing.html", status=refusal.status, form=form)
    return _show_password(form, flow, status=refusal.status)


def _show_password(form: Form, flow: Flow, *, status: int = 200) -> flask.Response:
    policy = call(lambda client: get_password_policy.sync_detailed(client=client))
    return show(
        "proving_password.html",
        status=status,
        form=form,
        way=proving.WAYS[flow.purpose].name,
        email=flow.email,
        hint=policy.hint,
    )


def _with_password(purpose: str, *, fr: str, en: str) -> tuple[Address, ...]:
    last = Address(
        proving.WAYS[purpose].last,
        f"{fr}/mot-de-passe",
        f"{en}/password",
        password,
        ("GET", "POST"),
        {"purpose": purpose},
    )
    return (*proving.addresses(purpose, fr=fr, en=en), last)


ADDRESSES = (
    *_with_password(ACCOUNT, fr="/creer-un-compte", en="/en/create-an-account"),
    *_with_password(RESET, fr="/mot-de-passe-oublie", en="/en/forgotten-password"),
)
