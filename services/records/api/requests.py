"""What the endpoints take from a request beside its body: the context, who asks, in which language, and a page's bounds."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import flask

from services.records.context import Context
from services.records.operations import children
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


def client_id() -> str | None:
    """Return which of the organisation's systems asks."""
    return auth.current().client_id


def system() -> dict[str, str | None]:
    """Return which organisation's system asks, and which of its clients: what is written is known by both."""
    asking = auth.current()
    return {"organisation_code": asking.organisation_code, "client_id": asking.client_id}


def language() -> str:
    """Return the language that the answer is wanted in, French unless asked otherwise."""
    return language_of(flask.request.headers.get("Accept-Language"))


def of_a_child(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse whoever may not see the child before anything is said about the body of the request (CHD-13)."""

    @wraps(view)
    def guarded(*args: Any, child_id: str, **kwargs: Any) -> Any:
        children.require_child_to_see(context(), account_id=account_id(), child_id=child_id)
        return view(*args, child_id=child_id, **kwargs)

    return guarded
