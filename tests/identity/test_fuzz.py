"""Whatever is sent, the answer is an answer: two thousand cases and not one 500 (ACC-14)."""

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from services.identity.rules import codes
from tests.identity.conftest import ANYBODY, AS_GATEWAY, Caller
from tests.identity.world import GOOD

ASK = "/api/v1/verification-codes"
LIMITLESS = {
    "address_minute_limit": 1_000_000,
    "address_day_limit": 1_000_000,
    "address_sign_in_limit": 1_000_000,
    "address_wrong_limit": 1_000_000,
    "account_sign_in_limit": 1_000_000,
    "mailbox_quarter_limit": 1_000_000,
    "mailbox_day_limit": 1_000_000,
    "client_wrong_limit": 1_000_000,
    "address_client_limit": 1_000_000,
}

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=8,
)
close_to_right = {
    "email": st.emails() | st.sampled_from(["parent@exemple.ca", "a@b", "é@é.é", "\x00@x.ca", "x" * 300]),
    "purpose": st.sampled_from([*codes.PURPOSES, "login"]),
    "code": st.text(st.characters(categories=["Nd", "Zs", "Cc", "Pd"]), max_size=12),
    "ticket": st.text(max_size=40),
    "password": st.text(st.characters(exclude_categories=["Cs"]), max_size=200) | st.just(GOOD),
    "password_confirmation": st.just(GOOD),
    "current_password": st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    "provider": st.sampled_from(["google", "x", ""]),
    "return_to": st.sampled_from(["/", "//x", "/é"]),
    "language": st.sampled_from(["fr", "en", "de"]),
    "x": anything,
    "token": st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
}


def body_of(*names: str) -> st.SearchStrategy[Any]:
    """Return bodies of one endpoint: right in shape, nearly right, and anything."""
    right = st.fixed_dictionaries({name: close_to_right[name] for name in names})
    nearly = st.fixed_dictionaries({}, optional={name: close_to_right[name] | anything for name in (*names, "x")})
    return right | nearly | anything


parts = st.sampled_from(["", "%00", "..", "é", "'", "a" * 300, "01a20370-755c-701b-ad3c-db075ca1a658", "%ff%fe"])


@pytest.fixture
def quiet_call(make_call: Callable[..., Caller]) -> Caller:
    return make_call(**LIMITLESS)


@pytest.mark.slow
@pytest.mark.requirement("ACC-14")
def test_no_body_and_no_path_makes_a_fault(quiet_call: Caller) -> None:
    call = quiet_call
    parent = call.as_parent(call.identity.make_account().session.token)
    saving = body_of("ticket", "password", "password_confirmation")
    nothing = st.none()
    endpoints: dict[tuple[str, str], tuple[st.SearchStrategy[Any], Any]] = {
        ("POST", ASK): (body_of("email", "purpose"), ANYBODY),
        ("POST", f"{ASK}/{{}}/verification"): (body_of("code"), ANYBODY),
        ("GET", f"{ASK}/{{}}"): (nothing, ANYBODY),
        ("DELETE", f"{ASK}/{{}}"): (nothing, ANYBODY),
        ("POST", "/api/v1/accounts"): (saving, ANYBODY),
        ("POST", "/api/v1/password-resets"): (saving, ANYBODY),
        ("POST", "/api/v1/session"): (body_of("email", "password"), ANYBODY),
        ("PATCH", "/api/v1/account"): (body_of("language"), parent),
        ("PUT", "/api/v1/account/password"): (
            body_of("current_password", "password", "password_confirmation"),
            parent,
        ),
        ("PUT", "/api/v1/account/email"): (body_of("ticket"), parent),
        ("POST", "/api/v1/email-change-undos"): (body_of("ticket"), ANYBODY),
        ("POST", "/api/v1/session/reauthentication"): (body_of("password", "ticket"), parent),
        ("GET", "/api/v1/account/activity?page={}&page_size={}"): (nothing, parent),
        ("DELETE", "/api/v1/sessions/{}"): (nothing, parent),
        ("GET", "/api/v1/sessions?page={}&page_size={}"): (nothing, parent),
        ("POST", "/api/v1/account/identities"): (body_of("provider", "return_to"), parent),
        ("DELETE", "/api/v1/account/identities/{}"): (nothing, parent),
        ("POST", "/api/v1/social-confirmation"): (body_of("ticket", "email", "password"), ANYBODY),
        ("GET", "/api/v1/social/{}/start?return_to={}&ui_locales={}"): (nothing, ANYBODY),
        ("GET", "/api/v1/social/{}/callback?state={}&code={}"): (nothing, ANYBODY),
        ("POST", "/internal/session-introspections"): (body_of("token"), AS_GATEWAY),
        ("POST", "/internal/school-token-introspections"): (body_of("token"), AS_GATEWAY),
    }
    statuses: list[int] = []

    @settings(
        max_examples=2000,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        data=st.data(),
        endpoint=st.sampled_from(list(endpoints)),
        part=parts,
        header=st.sampled_from(["fr", "en", "*", "fr;q=x", ""]),
    )
    def send(data: st.DataObject, endpoint: tuple[str, str], part: str, header: str) -> None:
        method, path = endpoint
        strategy, passport = endpoints[endpoint]
        body = data.draw(strategy)
        answer = call(method, path.replace("{}", part), body, passport=passport, headers={"Accept-Language": header})
        statuses.append(answer.status_code)
        assert answer.status_code < 500, (method, path, body)
        assert answer.status_code < 400 or answer.mimetype == "application/problem+json"

    send()
    assert len(statuses) >= 2000
    assert {200, 202, 401, 404, 409, 422} <= set(statuses)


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
form_names = st.sampled_from(["grant_type", "scope", "client_id", "client_secret", "x", ""])


@pytest.mark.slow
@pytest.mark.requirement("ACC-14")
def test_no_form_and_no_credentials_make_a_fault(quiet_call: Caller) -> None:
    client = quiet_call.identity.add_client()
    values = words | st.sampled_from(["client_credentials", "claims.read", client.client_id, client.secret])
    pairs = st.tuples(values, values).map(":".join).map(str.encode) | st.binary(max_size=60)
    encoded = pairs.map(base64.b64encode).map(bytes.decode)
    schemes = st.sampled_from(["Basic ", "basic  ", "Bearer ", ""])
    headers = st.tuples(schemes, encoded | st.text("aZ9=%+/ ", max_size=30)).map("".join)
    bodies = st.lists(st.tuples(form_names, values), max_size=6).map(urlencode).map(str.encode) | st.binary(max_size=80)
    statuses: list[int] = []

    @settings(
        max_examples=1000, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(body=bodies, authorization=st.none() | headers, language=st.sampled_from(["fr", "en", ""]))
    def send(body: bytes, authorization: str | None, language: str) -> None:
        sent = {"Accept-Language": language} | ({} if authorization is None else {"Authorization": authorization})
        answer = quiet_call(
            "POST", "/school/v1/token", data=body, headers=sent, content_type="application/x-www-form-urlencoded"
        )
        statuses.append(answer.status_code)
        assert answer.status_code < 500, (body, authorization)
        assert answer.mimetype == "application/json"
        assert answer.status_code == 200 or answer.json["error"].startswith(("invalid_", "unsupported_"))

    send()
    assert {400, 401} <= set(statuses)
