"""What the endpoints take from a request beside its body: the context, who asks, and the bounds of a page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import flask

from services.enrollment.context import Context
from services.enrollment.operations import children
from services.enrollment.operations.imports import ImportPlaces
from shared import auth

LARGEST_PAGE = 100


def context() -> Context:
    """Return what the operations are given."""
    ctx: Context = flask.current_app.extensions["context"]
    return ctx


def import_places() -> ImportPlaces:
    """Return this process's places for imports."""
    places: ImportPlaces = flask.current_app.extensions["import_places"]
    return places


def organisation_code() -> str:
    """Return the ministry's code of the organisation whose client asks; the guard has let in nobody without one."""
    return auth.current().organisation_code or ""


def client_id() -> str:
    """Return the client that asks on its organisation's behalf."""
    return auth.current().client_id or ""


def whose() -> dict[str, str]:
    """Return the account that asks and its proven e-mail."""
    passport = auth.current()
    return {"account_id": passport.account_id or "", "email": passport.email or ""}


def of_a_child(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse whoever may not see the child before anything is said about the body of the request (CHD-13)."""

    @wraps(view)
    def guarded(*args: Any, child_id: str, **kwargs: Any) -> Any:
        children.get_child(context(), **whose(), child_id=child_id)
        return view(*args, child_id=child_id, **kwargs)

    return guarded
