"""`/api/v1/accounts`, `/password-resets`, `/email-change-undos`, `/password-policy`, `/notices` and `/help-links`: what surrounds a proven mailbox."""

from typing import Any

import flask
from flask.views import MethodView

from services.identity import operations
from services.identity.api import requests
from services.identity.api.requests import context
from services.identity.rules.passwords.policies import GUIDE_SYMBOLS, SYMBOL
from services.identity.schemas import (
    AccountCreatedOut,
    HelpLinkOut,
    NoticeOut,
    PasswordIn,
    PolicyOut,
    TicketIn,
    account_out,
)
from shared import auth, idempotency
from shared.web import Blueprint
from shared.web.application import language

accounts = Blueprint(
    "accounts", __name__, url_prefix="/api/v1", description="New accounts, forgotten passwords, the password policy."
)
accounts.before_request(auth.public)
accounts.before_request(requests.small_body_only)

# Made once: a schema that is made for each request costs more than what it prints.
_created_out = AccountCreatedOut()


@accounts.route("/password-policy")
class PasswordPolicy(MethodView):
    """The policy."""

    @accounts.response(200, PolicyOut)
    def get(self) -> dict[str, Any]:
        """Tell what a password must be."""
        told = operations.read_policy(context(), language=language())
        policy = told.policy
        return {
            "name": policy.name,
            "min_length": policy.min_length,
            "max_length": policy.max_length,
            "required_classes": policy.required_classes,
            "classes": list(policy.classes),
            "symbols": GUIDE_SYMBOLS if SYMBOL in policy.classes else "",
            "hint": told.hint,
        }


@accounts.route("/notices")
class Notices(MethodView):
    """Instructions."""

    @accounts.response(200, NoticeOut(many=True))
    def get(self) -> list[dict[str, Any]]:
        """List the instructions that are always shown before signing in. They are no errors: `severity` is `info`."""
        return [
            {"code": notice.code, "severity": "info", "text": notice.text}
            for notice in operations.list_notices(context(), language=language())
        ]


@accounts.route("/help-links")
class HelpLinks(MethodView):
    """Help."""

    @accounts.response(200, HelpLinkOut(many=True))
    def get(self) -> list[operations.HelpLink]:
        """List the links that the sign-in pages show to whoever needs help; none where the operator gave none."""
        return operations.list_help_links(context(), language=language())


@accounts.route("/accounts")
class Accounts(MethodView):
    """New accounts."""

    @idempotency.once
    @accounts.arguments(PasswordIn())
    @accounts.response(201, AccountCreatedOut)
    def post(self, body: dict[str, Any]) -> flask.Response:
        """Create the account of a proven mailbox and sign it in.

        When the mailbox has an account already, the ticket is good for `POST /password-resets` from then on.
        """
        created = operations.create_account(context(), **body, language=language(), **requests.caller())
        return requests.signed_in(
            _created_out.dump(
                {
                    "account": account_out(created.account),
                    "token": created.session.token,
                    "csrf_token": created.session.csrf_token,
                }
            ),
            created,
        )


@accounts.route("/password-resets")
class PasswordResets(MethodView):
    """Forgotten passwords."""

    @idempotency.once
    @accounts.arguments(PasswordIn())
    @accounts.response(204)
    def post(self, body: dict[str, Any]) -> flask.Response:
        """Choose a new password; every session of the account ends, and nobody is signed in by it."""
        account_id = operations.reset_password(context(), **body, **requests.caller())
        response = flask.Response(status=204)
        requests.signed_out(response)
        requests.tell_ended(response, (f"account:{account_id}",))
        return response


@accounts.route("/email-change-undos")
class EmailChangeUndos(MethodView):
    """E-mails taken back."""

    @idempotency.once
    @accounts.arguments(TicketIn())
    @accounts.response(204)
    def post(self, body: dict[str, Any]) -> flask.Response:
        """Give an account back the e-mail that an `email_change_undo` has proven.

        Its password is void, every session ends and no other provider opens it any more. The ticket is good for
        `POST /password-resets` from then on.
        """
        account_id = operations.undo_email_change(context(), **body, **requests.caller())
        response = flask.Response(status=204)
        requests.tell_ended(response, (f"account:{account_id}",))
        return response
