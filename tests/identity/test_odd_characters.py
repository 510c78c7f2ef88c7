"""Characters that a database or an encoding does not take: NUL, and halves of surrogate pairs; on both databases."""

import itertools
import json
from typing import Any

import pytest

from tests.identity.conftest import ANYBODY, Caller
from tests.identity.world import GOOD, Identity

# PostgreSQL's texts hold no NUL, UTF-8 has no lone surrogate, and a right-to-left mark is no part of any address.
ODD = ("\x00", "a\x00b@exemple.ca", "\ud800", "a\udfff@exemple.ca", "\u202e", "\U0001f600" * 40, "é" * 1024)
NAMES = {
    ("POST", "/api/v1/verification-codes"): ("email", "purpose"),
    ("POST", "/api/v1/verification-codes/x/verification"): ("code",),
    ("POST", "/api/v1/accounts"): ("ticket", "password", "password_confirmation"),
    ("POST", "/api/v1/password-resets"): ("ticket", "password", "password_confirmation"),
    ("POST", "/api/v1/email-change-undos"): ("ticket",),
    ("POST", "/api/v1/session"): ("email", "password"),
    ("POST", "/api/v1/session/reauthentication"): ("password", "ticket"),
    ("PATCH", "/api/v1/account"): ("language",),
    ("PUT", "/api/v1/account/password"): ("current_password", "password", "password_confirmation"),
    ("PUT", "/api/v1/account/email"): ("ticket",),
    ("POST", "/api/v1/account/identities"): ("provider", "return_to"),
    ("POST", "/api/v1/social-confirmation"): ("ticket", "email", "password"),
}
USUAL = {"email": "parent@exemple.ca", "purpose": "password_reset", "password": GOOD, "password_confirmation": GOOD}


def bodies(names: tuple[str, ...]) -> list[dict[str, Any]]:
    usual = {name: USUAL.get(name, "x") for name in names}
    return [usual | {name: odd} for name, odd in itertools.product(names, ODD)]


@pytest.mark.requirement("ACC-14")
@pytest.mark.parametrize("endpoint", NAMES, ids=" ".join)
def test_odd_characters_make_no_fault(identity: Identity, endpoint: tuple[str, str]) -> None:
    call = Caller(identity)
    method, path = endpoint
    parent = call.as_parent(identity.make_account().session.token)
    statuses = {
        call(method, path, passport=passport, data=json.dumps(body), content_type="application/json").status_code
        for passport, body in itertools.product((parent, ANYBODY), bodies(NAMES[endpoint]))
    }
    assert max(statuses) < 500, statuses


@pytest.mark.requirement("ACC-14")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/v1/sessions/{}"),
        ("DELETE", "/api/v1/account/identities/{}"),
        ("GET", "/api/v1/verification-codes/{}"),
        ("DELETE", "/api/v1/verification-codes/{}"),
        ("GET", "/api/v1/social/{}/start"),
        ("GET", "/api/v1/social/google/callback?state={}"),
        ("POST", "/api/v1/social/{}/callback"),
    ],
)
@pytest.mark.parametrize("odd", ["%00", "a%00b", "%ed%a0%80", "%ff", "%0d%0aX-Other:%201", "%e2%80%ae"])
def test_odd_characters_in_an_address_make_no_fault(identity: Identity, method: str, path: str, odd: str) -> None:
    call = Caller(identity)
    parent = call.as_parent(identity.make_account().session.token)
    answer = call(method, path.format(odd), passport=parent)
    assert answer.status_code < 500
    assert "X-Other" not in answer.headers


@pytest.mark.requirement("ACC-14")
@pytest.mark.parametrize("token", ["\x00", "é" * 43, "a" * 43, "a" * 5000])
def test_an_odd_cookie_of_a_visit_makes_no_fault(identity: Identity, token: str) -> None:
    call = Caller(identity)
    environ = {"HTTP_SOCIAL_TOKEN": token.encode().decode("latin-1")}
    for method in ("GET", "DELETE"):
        answer = call(method, "/api/v1/social-confirmation", environ_overrides=environ)
        assert answer.status_code in {204, 409}
