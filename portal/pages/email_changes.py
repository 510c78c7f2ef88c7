"""Another e-mail for the account, once its mailbox is proven; and taking the former one back, by whoever reads it (ACC-11)."""

from typing import Any

import flask

from portal import showing
from portal.family import signed_in
from portal.forms import Form
from portal.gateway_calls import Refused
from portal.pages import proving, signing_in
from portal.pages.proving import EMAIL_CHANGE, EMAIL_UNDO
from portal.showing import Address, call, go_to, show, visit
from portal.visits import Flow
from vitrail_client.api.account import replace_account_email
from vitrail_client.api.accounts import create_email_change_undo
from vitrail_client.models.ticket_in import TicketIn


@signed_in
def change() -> Any:
    """Take the proven mailbox for the account's, once that is confirmed: every other session ends."""
    flow = proving.flow_of(EMAIL_CHANGE)
    if flow is None or not flow.ticket:
        return proving.step_before(EMAIL_CHANGE)
    if flask.request.method != "POST":
        return _show_change(flow, Form())
    body = TicketIn(ticket=flow.ticket)
    try:
        changed = call(lambda client: replace_account_email.sync_detailed(client=client, body=body))
    except Refused as refusal:
        if refusal.code in {"not_signed_in", "reauthentication_required"}:
            raise
        if refusal.code == "not_verified":
            return proving.begin_anew(EMAIL_CHANGE)
        form = Form()
        form.refuse(refusal, fields={})
        return _show_change(flow, form, status=refusal.status)
    visit().email, visit().flow = changed.email, None
    visit().told = "email_changed"
    return go_to("account")


def take_back() -> Any:
    """Give the account its former e-mail back, once that is confirmed; a new password is chosen next."""
    flow = proving.flow_of(EMAIL_UNDO)
    if flow is None or not flow.ticket:
        return proving.step_before(EMAIL_UNDO)
    if flask.request.method != "POST":
        return show("email_undo.html", form=Form(), email=flow.email)
    body = TicketIn(ticket=flow.ticket)
    try:
        call(lambda client: create_email_change_undo.sync_detailed(client=client, body=body), key=showing.key())
    except Refused as refusal:
        if refusal.code == "not_verified":
            return proving.begin_anew(EMAIL_UNDO)
        form = Form()
        form.refuse(refusal, fields={})
        return show("email_undo.html", status=refusal.status, form=form, email=flow.email)
    # The same proof opens the way to a new password.
    flow.purpose = proving.RESET
    visit().told = "email_taken_back"
    return go_to(proving.WAYS[proving.RESET].last)


def _show_change(flow: Flow, form: Form, *, status: int = 200) -> flask.Response:
    hint = signing_in.notices().get(signing_in.EMAIL, "")
    return show("email_change.html", status=status, form=form, email=flow.email, hint=hint)


_BOTH = ("GET", "POST")
ADDRESSES = (
    *proving.addresses(EMAIL_CHANGE, fr="/compte/courriel", en="/en/account/e-mail", guarded=signed_in),
    Address(
        proving.WAYS[EMAIL_CHANGE].last,
        "/compte/courriel/confirmation",
        "/en/account/e-mail/confirmation",
        change,
        _BOTH,
    ),
    *proving.addresses(EMAIL_UNDO, fr="/ce-n-est-pas-moi", en="/en/it-was-not-me"),
    Address(
        proving.WAYS[EMAIL_UNDO].last,
        "/ce-n-est-pas-moi/confirmation",
        "/en/it-was-not-me/confirmation",
        take_back,
        _BOTH,
    ),
)
