"""Guards: who may knock at a blueprint, told by the gateway's passport."""

from collections.abc import Callable

import flask

from shared.passports import HEADER, Passport, PassportOffice, PassportRefused
from shared.problems import NotAllowed, NotSignedIn, Problem


class PassportRequired(Problem):
    """A call that did not come through the gateway (S2S-3)."""

    type = "/problems/{service}/passport-required"
    status = 401
    headers = {"WWW-Authenticate": "Passport"}


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
