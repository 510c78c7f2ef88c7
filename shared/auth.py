"""Guards: who may knock at a blueprint, told by the gateway's passport."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ClassVar

import flask
import flask_smorest

from shared.passports import HEADER, Passport, PassportOffice, PassportRefused
from shared.problems import NotAllowed, NotSignedIn, Problem

# The name of the scheme that documents where a client gets its token.
OAUTH2 = "oauth2"


class PassportRequired(Problem):
    """A call that did not come through the gateway (S2S-3)."""

    type = "/problems/{service}/passport-required"
    status = 401
    headers = {"WWW-Authenticate": "Passport"}


class ScopeMissing(Problem):
    """The client's token does not carry the scope that the call needs (RFC 6750 §3.1); `scope` names it."""

    type = "/problems/{service}/scope-missing"
    status = 403
    extensions: ClassVar[tuple[str, ...]] = ("scope",)
    headers: ClassVar[Mapping[str, str]] = {
        "WWW-Authenticate": 'Bearer realm="vitrail", error="insufficient_scope", scope="{scope}"'
    }


def public() -> None:
    """Let everybody in who comes through the gateway, signed in or not."""
    _open()


def require(*roles: str) -> Callable[[], None]:
    """Return a guard that lets in whoever has one of `roles`.

    The guard raises:
        PassportRequired: the call did not come through the gateway.
        NotSignedIn: the caller has no session.
        NotAllowed: the caller is signed in without any of the roles.
    """

    def guard() -> None:
        passport = _open()
        if not passport.roles:
            raise NotSignedIn
        if not set(roles) & set(passport.roles):
            raise NotAllowed

    guard.roles = roles  # type: ignore[attr-defined]  # read by the architecture tests
    return guard


def scope(word: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that lets a method be called only with the scope `word`; outermost of the method.

    The blueprint's guard has asked for the role already. The OpenAPI document names the scope beside the method.

    The method raises:
        ScopeMissing: the client's token does not carry the scope.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if word not in current().scopes:
                raise ScopeMissing(scope=word)
            return view(*args, **kwargs)

        guarded.scope = word  # type: ignore[attr-defined]  # read by the architecture tests
        documented: Callable[..., Any] = flask_smorest.Blueprint.doc(security=[{OAUTH2: [word]}])(guarded)
        return documented

    return decorate


def current() -> Passport:
    """Return the passport of this request; a guard has opened it."""
    passport: Passport = flask.g.passport
    return passport


def _open() -> Passport:
    office: PassportOffice = flask.current_app.extensions["passport_office"]
    try:
        passport = office.open(flask.request.headers.get(HEADER))
    except PassportRefused:
        raise PassportRequired from None
    flask.g.passport = passport
    return passport
