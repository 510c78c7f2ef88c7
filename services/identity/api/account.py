"""`/api/v1/account`: the account as its holder sees it, what guards it, what happened to it, and its end."""

from typing import Any

import flask
from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from services.identity import operations
from services.identity.api import requests
from services.identity.api.requests import context
from services.identity.schemas import (
    AccountDetailsOut,
    AccountIn,
    ActivityOut,
    DepartureOut,
    ExportOut,
    IdentityIn,
    IdentityOut,
    PasswordChangeIn,
    RenewedSessionOut,
    TicketIn,
    account_details_out,
)
from shared import auth, idempotency
from shared.passports import PARENT
from shared.web import Blueprint
from shared.web.application import language

account = Blueprint("account", __name__, url_prefix="/api/v1/account", description="The account itself.")
account.before_request(auth.require(PARENT))
account.before_request(requests.small_body_only)

_export_out = ExportOut()


@account.route("")
class Account(MethodView):
    """The account."""

    @account.response(200, AccountDetailsOut)
    def get(self) -> dict[str, Any]:
        """Show the account."""
        account_id = requests.own()["account_id"]
        return account_details_out(operations.read_account(context(), account_id=account_id))

    @account.arguments(AccountIn())
    @account.response(200, AccountDetailsOut)
    def patch(self, body: dict[str, Any]) -> dict[str, Any]:
        """Change the language of the account's letters."""
        account_id = requests.own()["account_id"]
        return account_details_out(operations.change_language(context(), account_id=account_id, **body))

    @account.response(204)
    def delete(self) -> flask.Response:
        """Delete the account with everything that is kept about it; whoever asks has just proven who they are."""
        own = requests.own()
        operations.delete_account(context(), **own)
        response = flask.Response(status=204)
        requests.signed_out(response)
        response.headers["Clear-Site-Data"] = '"cookies"'
        requests.tell_ended(response, (f"account:{own['account_id']}",))
        return response


@account.route("/password")
class Password(MethodView):
    """The password."""

    @idempotency.once
    @account.arguments(PasswordChangeIn())
    @account.response(200, RenewedSessionOut)
    def put(self, body: dict[str, Any]) -> flask.Response:
        """Change the password. Every other session ends, and this one goes on with new tokens."""
        own = requests.own()
        renewed = operations.change_password(context(), **own, **body, **requests.caller())
        response = requests.renewed(renewed)
        requests.tell_ended(response, (f"account:{own['account_id']}",))
        return response


@account.route("/email")
class Email(MethodView):
    """The e-mail."""

    @account.arguments(TicketIn())
    @account.response(200, AccountDetailsOut)
    def put(self, body: dict[str, Any]) -> flask.Response:
        """Change the e-mail to the one that an `email_confirmation` has proven. Every other session ends.

        The former mailbox is told, and can take the change back for a week (`POST /email-change-undos`).
        """
        own = requests.own()
        operations.change_email(context(), **own, **body, **requests.caller())
        changed = operations.read_account(context(), account_id=own["account_id"])
        response = flask.jsonify(AccountDetailsOut().dump(account_details_out(changed)))
        # Those that ended, and what the gateway remembers of the one that goes on: it holds the former e-mail.
        requests.tell_ended(response, (f"account:{own['account_id']}",))
        return response


@account.route("/activity")
class Activity(MethodView):
    """What happened."""

    @account.response(200, ActivityOut(many=True))
    @account.paginate(page_size=20, max_page_size=100)
    def get(self, pagination_parameters: PaginationParameters) -> list[dict[str, Any]]:
        """List what happened to the account, the latest first: who signed in from where, and what was changed."""
        page = operations.list_activity(
            context(),
            account_id=requests.own()["account_id"],
            limit=pagination_parameters.page_size,
            offset=pagination_parameters.first_item,
        )
        pagination_parameters.item_count = page.total
        return [{name: getattr(row, name) for name in ("kind", "at", "device", "network")} for row in page.rows]


@account.route("/exports")
class Exports(MethodView):
    """Copies to take away."""

    @idempotency.once
    @account.response(201, ExportOut)
    def post(self) -> flask.Response:
        """Hand over everything that is kept about the account, as a file; whoever asks has just proven who they are."""
        document = operations.export_account(context(), **requests.own(), **requests.caller())
        response = flask.jsonify(_export_out.dump(document))
        response.status_code = 201
        response.headers["Content-Disposition"] = 'attachment; filename="account.json"'
        return response


@account.route("/identities")
class Identities(MethodView):
    """The other providers that open the account."""

    @account.response(200, IdentityOut(many=True))
    def get(self) -> list[dict[str, Any]]:
        """List the other providers that open the account."""
        listed = operations.list_identities(context(), account_id=requests.own()["account_id"])
        return [{name: getattr(each, name) for name in ("id", "provider", "linked_at")} for each in listed]

    @account.arguments(IdentityIn())
    @account.response(201, DepartureOut)
    def post(self, body: dict[str, Any]) -> flask.Response:
        """Begin to link another provider: send the browser to `url`. Whoever asks has just proven who they are.

        With `is_handed_on` the answer goes the way of `POST /social-visits`.
        """
        departure = operations.begin_visit(
            context(),
            provider_id=body["provider"],
            return_to=body["return_to"],
            language=language(),
            browser_token=requests.social_token(),
            address=auth.current().address,
            is_handed_on=body["is_handed_on"],
            **requests.own(),
        )
        return requests.departed(departure.url, departure.browser_token)


@account.route("/identities/<identity_id>")
class Identity(MethodView):
    """One of them."""

    @account.response(204)
    def delete(self, identity_id: str) -> flask.Response:
        """Take a provider away from the account; sessions that it opened end. The last way in is refused."""
        own = requests.own()
        ended = operations.unlink_identity(context(), **own, identity_id=identity_id, **requests.caller())
        response = flask.Response(status=204)
        if own["session_id"] in ended:
            requests.signed_out(response)
        requests.tell_ended(response, tuple(ended))
        return response
