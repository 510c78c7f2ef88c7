"""`/api/v1/social…`: signing in through somebody else. The browser itself comes here, so refusals are pages to it."""

from collections.abc import Callable
from functools import wraps
from html import escape
from typing import Any
from urllib.parse import urlencode

import flask
from flask.views import MethodView

from services.identity import operations
from services.identity.api import requests
from services.identity.api.requests import context
from services.identity.context import CALLBACK
from services.identity.errors import ProviderUnknown
from services.identity.operations.signing_in import SignedIn
from services.identity.schemas import (
    LONGEST_ANSWER,
    ArrivalIn,
    ArrivalOut,
    ConfirmationIn,
    ConfirmationOut,
    DepartureOut,
    ProviderOut,
    SignedInOut,
    StartIn,
    VisitIn,
    account_out,
)
from shared import auth, idempotency, logs
from shared.problems import Problem
from shared.texts import language_of
from shared.web import Blueprint
from shared.web.application import language, printer
from shared.web.pages import page

social = Blueprint(
    "social", __name__, url_prefix="/api/v1", description="Signing in through Google, Microsoft, LinkedIn, Facebook …"
)
social.before_request(auth.public)
social.before_request(requests.small_body_only)

_signed_in_out = SignedInOut()
_arrival_out = ArrivalOut()
# What a provider's answer may consist of; whatever else it adds is none of our business.
_ANSWER = ("state", "code", "iss", "error")


def _as_page(view: Callable[..., flask.Response]) -> Callable[..., flask.Response]:
    """Show a refusal to a browser as a page that leads back, with the status that it has as a document."""

    @wraps(view)
    def shown(*args: Any, **kwargs: Any) -> flask.Response:
        try:
            return view(*args, **kwargs)
        except Problem as problem:
            accepted = flask.request.accept_mimetypes
            if accepted["text/html"] <= accepted["application/problem+json"]:
                raise
            return _page_of(problem)

    return shown


def _page_of(problem: Problem) -> flask.Response:
    document, headers = printer().print(problem, language=language(), request_id=logs.request_id.get())
    back = {"fr": "Revenir au portail", "en": "Back to the portal"}[language()]
    body = f"<p>{escape(document['detail'])}</p>"
    body += f'<p><a href="{escape(str(problem.facts.get("return_to", "/")))}">{back}</a></p>'
    flask.g.refused = problem.code()
    kept = {name: value for name, value in headers.items() if name != "Content-Type"}
    return flask.Response(
        page(language(), document["title"], body), status=problem.status, headers=kept, mimetype="text/html"
    )


@social.route("/social-providers")
class SocialProviders(MethodView):
    """Who else signs people in."""

    @social.response(200, ProviderOut(many=True))
    def get(self) -> list[dict[str, str]]:
        """List who else signs people in here, and where to send the browser for it."""
        return [each | {"start": f"/api/v1/social/{each['id']}/start"} for each in operations.list_providers(context())]


@social.route("/social/<provider>/start")
class SocialStart(MethodView):
    """The way there."""

    @_as_page
    @social.arguments(StartIn(), location="query")
    @social.response(303)
    def get(self, query: dict[str, str], provider: str) -> flask.Response:
        """Send the browser to the provider's page; afterwards it comes back to `return_to`, signed in.

        It comes back with `social=email_confirmation` or `social=account_exists` in the query when something is still to
        be confirmed: see `GET /social-confirmation`.
        """
        asked = query["ui_locales"]
        departure = operations.begin_visit(
            context(),
            provider_id=provider,
            return_to=query["return_to"],
            language=language_of(asked.replace(" ", ",")) if asked else language(),
            browser_token=requests.social_token(),
            address=auth.current().address,
        )
        response = flask.redirect(departure.url, code=303)
        requests.keep_social_token(response, departure.browser_token)
        return response  # type: ignore[return-value]  # Flask's redirect is typed as Werkzeug's response


@social.route("/social/<provider>/callback")
class SocialCallback(MethodView):
    """The way back."""

    @_as_page
    @social.response(303)
    def get(self, provider: str) -> flask.Response:
        """Take the browser back from the provider and send it on to where it wanted to go.

        A browser that a program has sent (`POST /social-visits`) takes the provider's answer there in the query.
        """
        answer = _answer(flask.request.args)
        if (handed_on := operations.hand_on(context(), answer=answer)) is not None:
            return flask.redirect(handed_on, code=303)  # type: ignore[return-value]
        arrival = operations.end_visit(
            context(),
            provider_id=provider,
            answer=answer,
            browser_token=requests.social_token(),
            **requests.caller(),
            present_session_id=auth.current().session_id,
        )
        response: flask.Response = flask.redirect(arrival.return_to, code=303)  # type: ignore[assignment]
        if arrival.step is None:
            requests.keep_social_token(response, None)
        if arrival.signed_in is not None:
            requests.set_signed_in(response, arrival.signed_in)
        return response

    @_as_page
    @social.response(303)
    def post(self, provider: str) -> flask.Response:
        """Take a form that a provider's page has sent (`response_mode=form_post`).

        It comes without our cookies, which are not sent with the forms of other sites: the browser is asked to come
        again with its own request.
        """
        if provider not in context().providers.configured:
            raise ProviderUnknown
        url = f"{CALLBACK.format(provider=provider)}?{urlencode(_answer(flask.request.form))}"
        return flask.redirect(url, code=303)  # type: ignore[return-value]


@social.route("/social-visits")
class SocialVisits(MethodView):
    """The way there, for a program that keeps the session's token away from its visitors' browsers."""

    @social.arguments(VisitIn())
    @social.response(201, DepartureOut)
    def post(self, body: dict[str, str]) -> flask.Response:
        """Begin to sign somebody in through a provider: send the browser to `url`.

        It comes back to `return_to` with the provider's answer in its query (`state`, and `code`, `iss` or `error`), which
        `POST /social-arrivals` takes. The cookie that this answer sets binds the visit to the browser: send it with that
        call, and with those of `/social-confirmation`.
        """
        departure = operations.begin_visit(
            context(),
            provider_id=body["provider"],
            return_to=body["return_to"],
            language=language(),
            browser_token=requests.social_token(),
            address=auth.current().address,
            is_handed_on=True,
        )
        return requests.departed(departure.url, departure.browser_token)


@social.route("/social-arrivals")
class SocialArrivals(MethodView):
    """The way back, for the same programs."""

    @idempotency.once
    @social.arguments(ArrivalIn())
    @social.response(201, ArrivalOut)
    def post(self, body: dict[str, str]) -> flask.Response:
        """Take what a browser has brought back from a provider, once."""
        arrival = operations.end_visit(
            context(),
            provider_id=body.pop("provider"),
            answer={name: value for name, value in body.items() if value},
            browser_token=requests.social_token(),
            **requests.caller(),
            present_session_id=auth.current().session_id,
        )
        opened = arrival.signed_in
        step = arrival.step or ("linked" if opened is None else "signed_in")
        response = flask.jsonify(
            _arrival_out.dump({"step": step, "session": None if opened is None else _told(opened)})
        )
        response.status_code = 201
        if arrival.step is None:
            requests.keep_social_token(response, None)
        if opened is not None:
            requests.set_signed_in(response, opened)
        return response


@social.route("/social-confirmation")
class SocialConfirmation(MethodView):
    """What is still to be confirmed."""

    @social.response(200, ConfirmationOut)
    def get(self) -> dict[str, Any]:
        """Tell what this browser has still to confirm.

        `email_confirmation`: prove a mailbox with a code of that purpose, then post its ticket. `account_exists`: the same,
        or post the e-mail and the password of the account.
        """
        told = operations.read_confirmation(context(), browser_token=requests.social_token())
        names = ("provider", "provider_name", "step", "email", "expires_at")
        return {name: getattr(told, name) for name in names}

    @idempotency.once
    @social.arguments(ConfirmationIn())
    @social.response(201, SignedInOut)
    def post(self, body: dict[str, Any]) -> flask.Response:
        """Confirm, and sign in: by the ticket of a proven mailbox, or by the e-mail and password of an account."""
        given = {
            "browser_token": requests.social_token(),
            **requests.caller(),
            "replaced_session_id": auth.current().session_id,
        }
        if body["ticket"]:
            opened = operations.confirm_by_mailbox(context(), ticket=body["ticket"], **given)
        else:
            opened = operations.confirm_by_password(
                context(),
                email=body["email"],
                password=body["password"],
                device_token=requests.device_token(),
                **given,
            )
        response = requests.signed_in(_signed_in_out.dump(_told(opened)), opened)
        requests.keep_social_token(response, None)
        return response

    @social.response(204)
    def delete(self) -> flask.Response:
        """Give it up."""
        operations.cancel_confirmation(context(), browser_token=requests.social_token())
        response = flask.Response(status=204)
        requests.keep_social_token(response, None)
        return response


def _told(opened: SignedIn) -> dict[str, Any]:
    return {
        "account": account_out(opened.account),
        "token": opened.session.token,
        "csrf_token": opened.session.csrf_token,
        "must_confirm_children": opened.account.must_confirm_children,
    }


def _answer(given: Any) -> dict[str, str]:
    """Return the parts of a provider's answer: each once, and none of them long."""
    found = {name: given.getlist(name) for name in _ANSWER}
    return {name: values[0] for name, values in found.items() if len(values) == 1 and len(values[0]) <= LONGEST_ANSWER}
