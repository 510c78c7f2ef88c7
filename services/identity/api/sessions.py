"""`/api/v1/session` and `/api/v1/sessions`: signing in and out, and the other places where one is signed in."""

from typing import Any

import flask
from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from services.identity import operations
from services.identity.api import requests
from services.identity.api.requests import context
from services.identity.schemas import (
    CredentialsIn,
    ListedSessionOut,
    ReauthenticationIn,
    RenewedSessionOut,
    SessionOut,
    SignedInOut,
    account_out,
)
from shared import auth, idempotency
from shared.passports import PARENT
from shared.web import Blueprint

session = Blueprint("session", __name__, url_prefix="/api/v1/session", description="Signing in and out.")
session.before_request(auth.public)
session.before_request(requests.small_body_only)

sessions = Blueprint("sessions", __name__, url_prefix="/api/v1/sessions", description="Where the account is signed in.")
sessions.before_request(auth.require(PARENT))

# Made once: a schema that is made for each request costs more than what it prints.
_signed_in_out = SignedInOut()


@session.route("")
class Session(MethodView):
    """The present session."""

    @idempotency.once
    @session.arguments(CredentialsIn())
    @session.response(201, SignedInOut)
    def post(self, body: dict[str, Any]) -> flask.Response:
        """Sign in.

        One answer for an unknown address, a wrong password and an account that waits after wrong passwords.
        """
        opened = operations.sign_in(
            context(),
            **body,
            address=auth.current().address,
            device=requests.device(),
            device_token=requests.device_token(),
            replaced_session_id=auth.current().session_id,
        )
        return requests.signed_in(
            _signed_in_out.dump(
                {
                    "account": account_out(opened.account),
                    "token": opened.session.token,
                    "csrf_token": opened.session.csrf_token,
                    "must_confirm_children": opened.account.must_confirm_children,
                }
            ),
            opened,
        )

    @session.response(200, SessionOut)
    def get(self) -> dict[str, Any]:
        """Tell who is signed in, and the token that writes need beside the cookie."""
        live = operations.read_session(context(), **requests.own())
        return {
            "account": account_out(live.account),
            "csrf_token": live.csrf_token,
            "expires_at": live.expires_at,
            "must_confirm_children": live.account.must_confirm_children,
        }

    @session.response(204)
    def delete(self) -> flask.Response:
        """Sign out: the session ends everywhere."""
        own = requests.own()
        operations.sign_out(context(), **own, **requests.caller())
        response = flask.Response(status=204)
        requests.signed_out(response)
        response.headers["Clear-Site-Data"] = '"cookies"'
        requests.tell_ended(response, (own["session_id"],))
        return response


@session.route("/reauthentication")
class Reauthentication(MethodView):
    """Proving again who one is."""

    @idempotency.once
    @session.arguments(ReauthenticationIn())
    @session.response(200, RenewedSessionOut)
    def post(self, body: dict[str, Any]) -> flask.Response:
        """Prove again who one is, before what matters; the session goes on with new tokens."""
        return requests.renewed(operations.reauthenticate(context(), **requests.own(), **body, **requests.caller()))


@sessions.route("")
class Sessions(MethodView):
    """Every session of the account."""

    @sessions.response(200, ListedSessionOut(many=True))
    @sessions.paginate(page_size=20, max_page_size=100)
    def get(self, pagination_parameters: PaginationParameters) -> list[dict[str, Any]]:
        """List where the account is signed in, the last used first."""
        own = requests.own()
        page = operations.list_sessions(
            context(),
            account_id=own["account_id"],
            limit=pagination_parameters.page_size,
            offset=pagination_parameters.first_item,
        )
        pagination_parameters.item_count = page.total
        names = ("id", "device", "created_at", "last_used_at", "expires_at")
        return [
            {name: getattr(row, name) for name in names} | {"is_current": row.id == own["session_id"]}
            for row in page.rows
        ]

    @sessions.response(204)
    def delete(self) -> flask.Response:
        """Sign out everywhere else; whoever asks has just proven who they are."""
        own = requests.own()
        ended = operations.end_other_sessions(
            context(), kept_session_id=own["session_id"], account_id=own["account_id"], **requests.caller()
        )
        response = flask.Response(status=204)
        requests.tell_ended(response, tuple(ended))
        return response


@sessions.route("/<session_id>")
class OneSession(MethodView):
    """One of them."""

    @sessions.response(204)
    def delete(self, session_id: str) -> flask.Response:
        """End a session of the account; another account's is not found."""
        own = requests.own()
        operations.end_session(
            context(),
            session_id=session_id,
            account_id=own["account_id"],
            by_session_id=own["session_id"],
            **requests.caller(),
        )
        response = flask.Response(status=204)
        if session_id == own["session_id"]:
            requests.signed_out(response)
        requests.tell_ended(response, (session_id,))
        return response
