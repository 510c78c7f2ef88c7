"""The first page: signing in, and the way to an account; and signing out."""

from contextlib import suppress
from typing import Any

import flask

from portal import showing
from portal.forms import Form
from portal.gateway_calls import Refused, Unreachable
from portal.showing import Address, address, call, go_to, show, typed, visit, words
from vitrail_client.api.accounts import list_help_links, list_notices
from vitrail_client.api.session import sign_in as sign_in_operation, sign_out as sign_out_operation
from vitrail_client.api.social import list_social_providers
from vitrail_client.models.credentials_in import CredentialsIn
from vitrail_client.models.help_link_out import HelpLinkOut
from vitrail_client.models.provider_out import ProviderOut

# Instructions for everybody; the one about the e-mail stands beside its field.
SUBSCRIBED = "school_subscribed"
EMAIL = "email_given_to_school"


def sign_in() -> Any:
    """Show the first page; whoever is signed in goes on to the children."""
    if flask.request.method == "POST":
        return _sign_in(Form(typed()))
    if visit().is_signed_in:
        return go_to("children")
    return _show(Form())


def sign_out() -> Any:
    """End the session, here and at the API: by its holder, or because nobody has used the page for so long."""
    try:
        if visit().is_signed_in:
            # A session that had ended already is as good as ended.
            with suppress(Refused):
                call(lambda client: sign_out_operation.sync_detailed(client=client))
    finally:
        # Though the API is away: whoever sits there next must find nothing.
        visit().sign_out()
        visit().flow = None
    if flask.request.form.get("reason") != "over":
        visit().told = "signed_out"
        return go_to("sign_in")
    visit().told = "session_over"
    back = showing.local_path(flask.request.form.get("back", ""))
    return go_to("sign_in", **({"back": back} if back else {}))


def extend() -> Any:
    """Use the session, because its holder says « Rester connecté »; a script is told until when it lasts."""
    if not visit().is_signed_in:
        return showing.session_over()
    back = showing.local_path(flask.request.form.get("back", ""))
    showing.learn_session_end(anew=True)
    if "application/json" in flask.request.accept_mimetypes.values():
        answer = flask.jsonify({"rest_s": showing.session_rest_s() or 0, "words": showing.session_words()})
        answer.headers["Cache-Control"] = "no-store"
        return answer
    visit().told = "session_extended"
    return flask.redirect(back or address("children"), code=303)


def show_refused(refusal: Refused) -> flask.Response:
    """Return the first page with why somebody else could not sign the visitor in."""
    form = Form()
    form.refuse(refusal, fields={})
    return _show(form, status=refusal.status)


def notices() -> dict[str, str]:
    """Return the instructions that stand on the pages before signing in, by their code."""
    return {each.code: each.text for each in call(lambda client: list_notices.sync_detailed(client=client))}


def _sign_in(form: Form) -> Any:
    if form.require({"email": words("site.email_missing"), "password": words("sign_in.password_missing")}):
        body = CredentialsIn(email=form.values["email"], password=form.values["password"])
        try:
            opened = call(lambda client: sign_in_operation.sync_detailed(client=client, body=body), key=showing.key())
        except Refused as refusal:
            form.refuse(refusal, fields={"email_invalid": "email"})
            return _show(form, status=refusal.status)
        showing.begin_session(token=opened.token, email=opened.account.email)
        back = showing.local_path(form.values.get("back", ""))
        return flask.redirect(back or address("children"), code=303)
    return _show(form, status=422)


def _show(form: Form, *, status: int = 200) -> flask.Response:
    back = showing.local_path(form.values.get("back", "") or flask.request.args.get("back", ""))
    links: list[HelpLinkOut] = []
    providers: list[ProviderOut] = []
    try:
        providers = call(lambda client: list_social_providers.sync_detailed(client=client))
        links = call(lambda client: list_help_links.sync_detailed(client=client))
        told = notices()
    except Unreachable:
        if flask.request.method == "POST":
            raise
        told = {}
    return show(
        "sign_in.html",
        status=status,
        form=form,
        back=back,
        notice=told.get(SUBSCRIBED, ""),
        help_links=links,
        providers=providers,
    )


ADDRESSES = (
    Address("sign_in", "/", "/en/", sign_in, ("GET", "POST")),
    Address("sign_out", "/se-deconnecter", "/en/sign-out", sign_out, ("POST",)),
    Address("session.extend", "/rester-connecte", "/en/stay-signed-in", extend, ("POST",)),
)
