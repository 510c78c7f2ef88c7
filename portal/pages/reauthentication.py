"""Proving again who one is, before what matters: an unlocked screen must not be enough (ACC-11, SES-6).

Whatever the API refuses with `reauthentication_required` leads here (portal/app.py), and from here back to the page that asked.
"""

from typing import Any

import flask

from portal import showing
from portal.family import signed_in
from portal.forms import Form
from portal.gateway_calls import Refused
from portal.pages import proving
from portal.pages.proving import REAUTHENTICATION
from portal.showing import Address, address, call, go_to, show, typed, visit, words
from portal.visits import Flow
from vitrail_client.api.account import get_account
from vitrail_client.api.session import create_session_reauthentication
from vitrail_client.models.reauthentication_in import ReauthenticationIn

NAME = "reauthentication"


@signed_in
def prove() -> Any:
    """Ask for the password again; an account without one has a code mailed."""
    account = call(lambda client: get_account.sync_detailed(client=client))
    form = Form(typed())
    if flask.request.method != "POST" or not account.has_password:
        return _show(Form(), has_password=account.has_password)
    if not form.require({"password": words("sign_in.password_missing")}):
        return _show(form, has_password=True, status=422)
    try:
        _prove(ReauthenticationIn(password=form.values["password"]))
    except Refused as refusal:
        if refusal.code == "not_signed_in":
            raise
        form.refuse(refusal, fields={"current_password_wrong": "password"})
        return _show(form, has_password=True, status=refusal.status)
    return _go_on(form.values.get("back", ""))


@signed_in
def mail() -> Any:
    """Have a code mailed to the account's own mailbox."""
    if flask.request.method != "POST":
        return go_to(NAME)
    back = showing.local_path(flask.request.form.get("back", ""))
    try:
        proving.send_code(REAUTHENTICATION, visit().email, back=back)
    except Refused as refusal:
        form = Form(typed())
        form.refuse(refusal, fields={})
        return _show(form, has_password=False, status=refusal.status)
    return go_to(f"{NAME}.code")


@proving.finishes(REAUTHENTICATION)
def finish(flow: Flow) -> Any:
    """Go on with the proof of the mailbox."""
    try:
        _prove(ReauthenticationIn(ticket=flow.ticket))
    except Refused as refusal:
        if refusal.code == "not_verified":
            return proving.begin_anew(REAUTHENTICATION)
        raise
    visit().flow = None
    return _go_on(flow.back)


def _prove(proof: ReauthenticationIn) -> None:
    renewed = call(
        lambda client: create_session_reauthentication.sync_detailed(client=client, body=proof), key=showing.key()
    )
    visit().renew(token=renewed.token)


def _go_on(back: str) -> Any:
    visit().told = "identity_confirmed"
    return flask.redirect(showing.local_path(back) or address("children"), code=303)


def _show(form: Form, *, has_password: bool, status: int = 200) -> flask.Response:
    back = showing.local_path(form.values.get("back", "") or flask.request.args.get("back", ""))
    return show("reauthentication.html", status=status, form=form, has_password=has_password, back=back)


_, *_STEPS = proving.addresses(
    REAUTHENTICATION, fr="/confirmer-mon-identite", en="/en/confirm-my-identity", guarded=signed_in
)
ADDRESSES = (
    Address(NAME, "/confirmer-mon-identite", "/en/confirm-my-identity", prove, ("GET", "POST")),
    Address(
        f"{NAME}.start", "/confirmer-mon-identite/courriel", "/en/confirm-my-identity/e-mail", mail, ("GET", "POST")
    ),
    *_STEPS,
)
