"""What the endpoints take from a request beside its body: the context, who asks, in which language, and a page's bounds."""

import flask

from services.attendance.context import Context
from shared import auth
from shared.texts import language_of

LARGEST_PAGE = 100


def context() -> Context:
    """Return what the operations are given."""
    ctx: Context = flask.current_app.extensions["context"]
    return ctx


def account_id() -> str:
    """Return the account that asks."""
    return auth.current().account_id or ""


def organisation_code() -> str | None:
    """Return the code of the organisation whose system asks."""
    return auth.current().organisation_code


def language() -> str:
    """Return the language that the answer is wanted in, French unless asked otherwise."""
    return language_of(flask.request.headers.get("Accept-Language"))
