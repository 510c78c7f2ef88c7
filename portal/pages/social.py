"""Signing in through somebody else, and linking them to the account (ID-02 to ID-06).

    start ─▶ (the provider's page) ─▶ arrival ─┬─ known, or vouched for ─▶ signed in (ID-04)
                                               ├─ mailbox to be proven ─▶ « Confirmez votre courriel » (ID-05)
                                               └─ there is an account ─▶ its password, or a code

The provider sends the browser back to the API, which hands its answer on to `arrival`: it is worth nothing without what the
portal keeps sealed for this browser (RFC 9700 §4.7), and the session's token comes from the API to the portal alone.
"""

from contextlib import suppress
from typing import Any

import flask

from portal import showing
from portal.forms import Form
from portal.gateway_calls import Refused
from portal.pages import proving, signing_in
from portal.pages.proving import SOCIAL
from portal.showing import Address, address, call, go_to, show, typed, visit, words
from portal.visits import Flow
from vitrail_client.api.account import create_account_identity
from vitrail_client.api.social import (
    create_social_arrival,
    create_social_confirmation,
    create_social_visit,
    delete_social_confirmation,
    get_social_confirmation,
)
from vitrail_client.models.arrival_in import ArrivalIn
from vitrail_client.models.confirmation_in import ConfirmationIn
from vitrail_client.models.confirmation_out import ConfirmationOut
from vitrail_client.models.identity_in import IdentityIn
from vitrail_client.models.signed_in_out import SignedInOut
from vitrail_client.models.visit_in import VisitIn

NAME = "social_confirmation"
# No way back is longer: what a provider's answer adds to it must fit into an address too.
LONGEST_BACK = 200


def start(provider: str) -> Any:
    """Send the browser to a provider; whoever is signed in links it to their account."""
    back = _back(flask.request.args.get("back", ""))
    return_to = address("social.arrival", provider=provider, **({"back": back} if back else {}))
    if visit().is_signed_in:
        link = IdentityIn(provider=provider, return_to=return_to, is_handed_on=True)
        departure = call(lambda client: create_account_identity.sync_detailed(client=client, body=link))
    else:
        enter = VisitIn(provider=provider, return_to=return_to)
        try:
            departure = call(lambda client: create_social_visit.sync_detailed(client=client, body=enter))
        except Refused as refusal:
            return signing_in.show_refused(refusal)
    return flask.redirect(departure.url, code=303)


def arrival(provider: str) -> Any:
    """Take a browser back from a provider."""
    back = _back(flask.request.args.get("back", ""))
    was_signed_in = visit().is_signed_in
    given = {name: flask.request.args.get(name, "") for name in ("state", "code", "iss", "error")}
    arrived = ArrivalIn(provider=provider, **given)
    try:
        told = call(lambda client: create_social_arrival.sync_detailed(client=client, body=arrived))
    except Refused as refusal:
        if was_signed_in:
            if refusal.code == "social_sign_in_failed" and not given["error"]:
                # The « back » button, or a second click: what the first one has brought about is there.
                return flask.redirect(back or address("children"), code=303)
            raise
        return signing_in.show_refused(refusal)
    if told.step == "linked":
        visit().told = "social_linked"
        return go_to("account")
    if told.session is None:
        return go_to(NAME, **({"back": back} if back else {}))
    return _enter(told.session, back)


def confirm() -> Any:
    """Confirm whom a provider has recognized: by a code to the mailbox, or by the password of the account that there is."""
    form = Form(typed())
    back = _back(form.values.get("back", "") or flask.request.args.get("back", ""))
    try:
        waiting = call(lambda client: get_social_confirmation.sync_detailed(client=client))
    except Refused as refusal:
        return _over(refusal)
    if waiting.step == "email_confirmation":
        visit().known_email = waiting.email or ""
        return go_to(f"{NAME}.start", **({"back": back} if back else {}))
    if flask.request.method != "POST":
        return _show(Form({"email": waiting.email or ""}), waiting, back)
    if not form.require({"password": words("sign_in.password_missing")}):
        return _show(form, waiting, back, status=422)
    proof = ConfirmationIn(email=waiting.email or "", password=form.values["password"])
    try:
        opened = call(
            lambda client: create_social_confirmation.sync_detailed(client=client, body=proof), key=showing.key()
        )
    except Refused as refusal:
        if refusal.code == "confirmation_missing":
            return _over(refusal)
        form.refuse(refusal, fields={})
        return _show(form, waiting, back, status=refusal.status)
    return _enter(opened, back)


@proving.finishes(SOCIAL)
def finish(flow: Flow) -> Any:
    """Enter by the mailbox that has just been proven."""
    proof = ConfirmationIn(ticket=flow.ticket)
    try:
        opened = call(
            lambda client: create_social_confirmation.sync_detailed(client=client, body=proof), key=showing.key()
        )
    except Refused as refusal:
        if refusal.code == "not_verified":
            return proving.begin_anew(SOCIAL)
        visit().flow = None
        return _over(refusal)
    return _enter(opened, flow.back)


def leave() -> Any:
    """Give it up (« Annuler »)."""
    with suppress(Refused):
        call(lambda client: delete_social_confirmation.sync_detailed(client=client))
    return go_to("sign_in")


def _enter(opened: SignedInOut, back: str) -> Any:
    showing.begin_session(token=opened.token, email=opened.account.email)
    return flask.redirect(back or address("children"), code=303)


def _over(refusal: Refused) -> Any:
    if refusal.code != "confirmation_missing":
        return signing_in.show_refused(refusal)
    visit().told = "confirmation_over"
    return go_to("sign_in")


def _back(given: str) -> str:
    path = showing.local_path(given)
    return path if len(path) <= LONGEST_BACK else ""


def _show(form: Form, waiting: ConfirmationOut, back: str, *, status: int = 200) -> flask.Response:
    # For whoever would rather prove the mailbox by a code.
    visit().known_email = waiting.email or ""
    return show("social_confirmation.html", status=status, form=form, waiting=waiting, back=back)


ADDRESSES = (
    Address("social.start", "/connexion/<provider>", "/en/sign-in/<provider>", start),
    Address("social.arrival", "/connexion/<provider>/retour", "/en/sign-in/<provider>/return", arrival),
    Address(NAME, "/confirmer-mon-compte-social", "/en/confirm-my-social-account", confirm, ("GET", "POST")),
    Address(
        f"{NAME}.leave", "/confirmer-mon-compte-social/quitter", "/en/confirm-my-social-account/leave", leave, ("POST",)
    ),
    *proving.addresses(SOCIAL, fr="/confirmer-mon-courriel", en="/en/confirm-my-e-mail"),
)
