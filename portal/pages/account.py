"""The account: who one is, what opens it, where it is open, what happened to it, a copy of it, and its end."""

from typing import Any, cast

import flask

from portal import devices, documents, showing
from portal.family import signed_in
from portal.forms import Form
from portal.gateway_calls import Refused
from portal.languages import LANGUAGES, spoken_list
from portal.showing import Address, address, call, call_for_page, go_to, show, typed, visit, words
from vitrail_client.api.account import (
    change_account,
    delete_account,
    delete_account_identity,
    get_account,
    list_account_activity,
    list_account_identities,
    replace_account_password,
)
from vitrail_client.api.accounts import get_password_policy
from vitrail_client.api.session import create_session_reauthentication
from vitrail_client.api.sessions import delete_session, delete_sessions, list_sessions
from vitrail_client.api.social import list_social_providers
from vitrail_client.models.account_in import AccountIn
from vitrail_client.models.account_in_language import AccountInLanguage
from vitrail_client.models.identity_out import IdentityOut
from vitrail_client.models.password_change_in import PasswordChangeIn
from vitrail_client.models.reauthentication_in import ReauthenticationIn

EXPORTS = "/api/v1/account/exports"
# What happened is said in these words; the API may come to know of more.
KINDS = frozenset(
    {
        *("account_created", "signed_in", "sign_in_failed", "reauthenticated", "password_changed", "password_reset"),
        *("email_changed", "email_change_undone", "session_ended", "other_sessions_ended", "data_exported"),
        *("identity_linked", "identity_unlinked"),
    }
)
CLASSES = frozenset({"lower", "upper", "digit", "symbol"})
_PASSWORD_FIELDS = {
    "current_password_wrong": "current_password",
    "password_mismatch": "password_confirmation",
    "password_unchanged": "password",
}


@signed_in
def account() -> Any:
    """Show the account."""
    shown = call(lambda client: get_account.sync_detailed(client=client))
    linked = call(lambda client: list_account_identities.sync_detailed(client=client))
    names = _provider_names()
    opening = {each.provider for each in linked}
    ways = {provider: address("social.start", provider=provider) for provider in names if provider not in opening}
    return show("account.html", account=shown, identities=linked, names=names, ways=ways, languages=LANGUAGES)


@signed_in
def language() -> Any:
    """Have the account's letters written in another language."""
    chosen = typed().get("language", "")
    if chosen in LANGUAGES:
        body = AccountIn(language=cast(AccountInLanguage, chosen))
        call(lambda client: change_account.sync_detailed(client=client, body=body))
        visit().told = "language_changed"
    return go_to("account")


@signed_in
def password() -> Any:
    """Change the password, or choose the first one; every other session ends (PWD-11)."""
    if flask.request.method != "POST":
        return _show_password(Form())
    form = Form(typed())
    missing = {
        "password": words("proving.password_missing"),
        "password_confirmation": words("proving.confirmation_missing"),
    }
    if "current_password" in form.values:
        missing = {"current_password": words("account.current_password_missing")} | missing
    if not form.require(missing):
        return _show_password(form, status=422)
    body = PasswordChangeIn(
        current_password=form.values.get("current_password", ""),
        password=form.values["password"],
        password_confirmation=form.values["password_confirmation"],
    )
    try:
        renewed = call(
            lambda client: replace_account_password.sync_detailed(client=client, body=body), key=showing.key()
        )
    except Refused as refusal:
        if refusal.code in {"not_signed_in", "reauthentication_required"}:
            raise
        form.refuse(refusal, fields=_PASSWORD_FIELDS)
        return _show_password(form, status=refusal.status)
    visit().renew(token=renewed.token)
    visit().told = "password_is_new"
    return go_to("account")


@signed_in
def identity(identity_id: str) -> Any:
    """Take a social account away from the account, once that is confirmed (OID-9)."""
    linked = call(lambda client: list_account_identities.sync_detailed(client=client))
    found = next((each for each in linked if each.id == identity_id), None)
    if found is None:
        return go_to("account")
    if flask.request.method != "POST":
        return _show_identity(found, Form())
    try:
        call(lambda client: delete_account_identity.sync_detailed(identity_id, client=client))
    except Refused as refusal:
        if refusal.code != "last_credential":
            raise
        form = Form()
        form.refuse(refusal, fields={})
        return _show_identity(found, form, status=refusal.status)
    visit().told = "identity_unlinked"
    return go_to("account")


@signed_in
def sessions() -> Any:
    """List where the account is open; the form ends them all but this one."""
    if flask.request.method == "POST":
        call(lambda client: delete_sessions.sync_detailed(client=client))
        visit().told = "other_sessions_ended"
        return go_to("account.sessions")
    listed, page = call_for_page(lambda client: list_sessions.sync_detailed(client=client, page=showing.page_asked()))
    return show("account_sessions.html", sessions=listed, page=page, named=devices.name)


@signed_in
def session(session_id: str) -> Any:
    """End one of the account's sessions; one that has ended in the meantime is as good as ended."""
    try:
        call(lambda client: delete_session.sync_detailed(session_id, client=client))
    except Refused as refusal:
        if refusal.status != 404:
            raise
    visit().told = "session_ended"
    return go_to("account.sessions")


@signed_in
def activity() -> Any:
    """List what happened to the account."""
    listed, page = call_for_page(
        lambda client: list_account_activity.sync_detailed(client=client, page=showing.page_asked())
    )
    return show("account_activity.html", activity=listed, page=page, kinds=KINDS, named=devices.name)


@signed_in
def export() -> Any:
    """Hand over a copy of what is kept about the account, as it comes from the API."""
    if flask.request.method != "POST":
        return show("account_export.html")
    return documents.pass_on(EXPORTS)


@signed_in
def deletion() -> Any:
    """Delete the account, once whoever asks has read what that means, and has proven who they are."""
    held = call(lambda client: get_account.sync_detailed(client=client))
    form = Form(typed() if flask.request.method == "POST" else {})
    if flask.request.method != "POST":
        return show("account_deletion.html", account=held, form=form)
    missing = {"understood": words("account.understood_missing")}
    if held.has_password:
        missing |= {"password": words("account.current_password_missing")}
    if not form.require(missing):
        return show("account_deletion.html", status=422, account=held, form=form)
    if held.has_password:
        body = ReauthenticationIn(password=form.values["password"])
        try:
            renewed = call(
                lambda client: create_session_reauthentication.sync_detailed(client=client, body=body),
                key=showing.key(),
            )
        except Refused as refusal:
            if refusal.code == "not_signed_in":
                raise
            form.refuse(refusal, fields={"current_password_wrong": "password"})
            return show("account_deletion.html", status=refusal.status, account=held, form=form)
        visit().renew(token=renewed.token)
    call(lambda client: delete_account.sync_detailed(client=client))
    visit().sign_out()
    visit().flow = None
    visit().told = "account_deleted"
    return go_to("sign_in")


def _show_password(form: Form, *, status: int = 200) -> flask.Response:
    held = call(lambda client: get_account.sync_detailed(client=client))
    policy = call(lambda client: get_password_policy.sync_detailed(client=client))
    classes = [str(words(f"account.class_{each}")) for each in policy.classes if each in CLASSES]
    return show(
        "account_password.html",
        status=status,
        form=form,
        account=held,
        policy=policy,
        classes=spoken_list(classes, showing.language()),
    )


def _show_identity(found: IdentityOut, form: Form, *, status: int = 200) -> flask.Response:
    return show("account_identity.html", status=status, form=form, identity=found, names=_provider_names())


def _provider_names() -> dict[str, str]:
    return {each.id: each.name for each in call(lambda client: list_social_providers.sync_detailed(client=client))}


_BOTH = ("GET", "POST")
ADDRESSES = (
    Address("account", "/compte", "/en/account", account),
    Address("account.language", "/compte/langue", "/en/account/language", language, ("POST",)),
    Address("account.password", "/compte/mot-de-passe", "/en/account/password", password, _BOTH),
    Address(
        "account.identity",
        "/compte/comptes-sociaux/<identity_id>",
        "/en/account/social-accounts/<identity_id>",
        identity,
        _BOTH,
    ),
    Address("account.sessions", "/compte/sessions", "/en/account/sessions", sessions, _BOTH),
    Address(
        "account.session", "/compte/sessions/<session_id>", "/en/account/sessions/<session_id>", session, ("POST",)
    ),
    Address("account.activity", "/compte/activite", "/en/account/activity", activity),
    Address("account.export", "/compte/copie", "/en/account/copy", export, _BOTH),
    Address("account.deletion", "/compte/suppression", "/en/account/deletion", deletion, _BOTH),
)
