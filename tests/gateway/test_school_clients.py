from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from gateway.holders import FRESH_FOR_S, STALE_FOR_S
from gateway.routes import ENROLLMENT, SCHOOL, SESSION, TABLE, route
from shared.passports import GATEWAY, Passport
from tests.gateway.conftest import (
    SCHOOL_TOKEN,
    TOKEN,
    Door,
    FakeSeconds,
    FakeService,
    Reply,
    school_token_document,
)

MARKS = "/school/v1/marks"
FAMILY = "/api/v1/family"
ROUTES = (
    *TABLE,
    route(MARKS, ENROLLMENT, GET=SCHOOL, POST=SCHOOL),
    route(FAMILY, ENROLLMENT, GET=SESSION, POST=SESSION),
)
BEARER = {"Authorization": f"Bearer {SCHOOL_TOKEN}"}
CLIENT = Passport(
    client_id="client-1",
    organisation_code="712000",
    scopes=("claims.read", "registry.write"),
    roles=("school",),
    address="127.0.0.1",
)
FOR_SCHOOLS = [(each.template, method) for each in TABLE for method, guard in each.guards.items() if guard is SCHOOL]


@pytest.fixture
def door(make_door: Callable[..., Door]) -> Door:
    return make_door(table=ROUTES)


@pytest.mark.requirement("S2S-1", "S2S-4")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_school_s_system_comes_in_with_its_organisation_and_scopes(
    door: Door, enrollment: FakeService, identity: FakeService, method: str
) -> None:
    reply = door.request(method, MARKS, **BEARER)

    assert reply.status == 200
    assert reply.headers["Cache-Control"] == "no-store"
    assert enrollment.passport() == CLIENT
    assert identity.introspections == [SCHOOL_TOKEN]
    assert identity.introspection_passports[0].roles == (GATEWAY,)
    assert SCHOOL_TOKEN not in repr(enrollment.seen)


def knock(door: Door, template: str, method: str, headers: dict[str, str]) -> Reply:
    path = "/".join("x" if segment.startswith("{") else segment for segment in template.split("/"))
    return door.request(method, path, **headers)


@pytest.mark.requirement("SES-2")
@pytest.mark.parametrize(
    ("given", "is_named"),
    [
        ({}, False),
        ({"Cookie": f"vitrail={TOKEN}"}, False),
        ({"Cookie": f"vitrail={SCHOOL_TOKEN}"}, False),
        ({"Cookie": f"vitrail={TOKEN}", "X-CSRF-Token": "csrf-token-of-the-session"}, False),
        ({"Authorization": "Basic Y2xpZW50LTE6c2VjcmV0"}, False),
        ({"Authorization": f"Bearer {TOKEN}"}, True),
        ({"Authorization": "Bearer expired-token-of-43-characters-xxxxxxxxxxxx"}, True),
        ({"Authorization": "Bearer revoked-token-of-43-characters-xxxxxxxxxxxx"}, True),
        ({"Authorization": "Bearer x"}, True),
    ],
    ids=[
        *("nothing", "parent-cookie", "own-token-as-cookie", "parent-cookie-and-csrf", "credentials"),
        *("parent-token", "expired", "revoked", "nonsense"),
    ],
)
def test_no_path_for_schools_opens_without_a_live_token_of_a_school(
    door: Door, identity: FakeService, enrollment: FakeService, given: dict[str, str], is_named: bool
) -> None:
    # Identity has forgotten what was revoked; what has expired meanwhile, the gateway does not believe.
    identity.school_tokens["expired-token-of-43-characters-xxxxxxxxxxxx"] = school_token_document(
        expires_at="2026-01-15T14:29:59+00:00"
    )
    replies = {each: knock(door, *each, given) for each in [*FOR_SCHOOLS, (MARKS, "GET"), (MARKS, "POST")]}

    challenge = 'Bearer realm="vitrail"' + (', error="invalid_token"' if is_named else "")
    assert {(reply.status, reply.headers["WWW-Authenticate"]) for reply in replies.values()} == {(401, challenge)}
    assert {reply.code for (_, method), reply in replies.items() if method != "HEAD"} == {"token_rejected"}
    assert enrollment.seen == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_school_s_token_opens_no_path_of_people(door: Door, enrollment: FakeService, method: str) -> None:
    reply = door.request(method, FAMILY, **BEARER)

    assert (reply.status, reply.code) == (401, "not_signed_in")
    assert enrollment.seen == []


def test_a_school_s_token_is_nobody_on_a_public_path(door: Door, identity: FakeService) -> None:
    assert door.get("/api/v1/password-policy", **BEARER).status == 200
    assert identity.passport() == Passport(address="127.0.0.1")


@pytest.mark.requirement("SES-7")
def test_a_page_of_another_site_may_call_with_a_token_and_with_nothing_else(
    door: Door, enrollment: FakeService
) -> None:
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    assert door.post(MARKS, **BEARER, **foreign).status == 200
    assert door.post(MARKS, **foreign, Cookie=f"vitrail={TOKEN}").code == "token_rejected"
    assert len(enrollment.seen) == 1


@pytest.mark.requirement("SES-5")
def test_a_revoked_token_writes_no_more_at_once_and_reads_no_more_after_two_seconds(
    door: Door, identity: FakeService, seconds: FakeSeconds
) -> None:
    assert door.get(MARKS, **BEARER).status == 200
    identity.school_tokens.clear()
    assert door.get(MARKS, **BEARER).status == 200
    seconds.advance(FRESH_FOR_S)
    assert door.get(MARKS, **BEARER).status == 401
    identity.school_tokens[SCHOOL_TOKEN] = school_token_document()
    assert door.get(MARKS, **BEARER).status == 200
    identity.school_tokens.clear()
    assert door.post(MARKS, **BEARER).status == 401
    # What the write has learnt holds for reads.
    assert door.get(MARKS, **BEARER).status == 401


@pytest.mark.requirement("GWY-5")
def test_with_identity_down_reads_pass_for_a_minute_and_writes_do_not(
    door: Door, identity: FakeService, seconds: FakeSeconds
) -> None:
    async def break_down(_request: web.Request) -> web.Response:
        return web.Response(status=500, body=b"{}")

    assert door.get(MARKS, **BEARER).status == 200
    identity.introspection = break_down
    seconds.advance(STALE_FOR_S - 1)
    assert door.get(MARKS, **BEARER).status == 200
    assert door.post(MARKS, **BEARER).status == 503
    seconds.advance(1)
    assert door.get(MARKS, **BEARER).status == 503


@pytest.mark.requirement("GWY-5")
@pytest.mark.parametrize(
    "changed", [{"scopes": None}, {"expires_at": "2026-01-15T22:30:00"}, {"organisation_code": ...}, {"client_id": ...}]
)
def test_an_introspection_that_is_not_as_agreed_opens_nothing(
    door: Door, identity: FakeService, enrollment: FakeService, changed: dict[str, Any]
) -> None:
    document = school_token_document(**changed)
    identity.school_tokens[SCHOOL_TOKEN] = {name: value for name, value in document.items() if value is not ...}

    assert door.get(MARKS, **BEARER).status == 503
    assert enrollment.seen == []


@pytest.mark.requirement("GWY-4")
def test_each_client_has_a_minute_of_its_own(make_door: Callable[..., Door], identity: FakeService) -> None:
    door = make_door(table=ROUTES, client_requests_per_minute=3)
    identity.school_tokens["another-token-of-43-characters-xxxxxxxxxxxxx"] = school_token_document(client_id="client-2")

    statuses = [door.get(MARKS, **BEARER).status for _ in range(4)]
    refused = door.get(MARKS, **BEARER)

    assert statuses == [200, 200, 200, 429]
    assert refused.code == "too_many_requests"
    assert refused.headers["RateLimit-Policy"] == '"client";q=3;w=60'
    assert 1 <= int(refused.headers["Retry-After"]) <= 120
    assert door.get(MARKS, Authorization="Bearer another-token-of-43-characters-xxxxxxxxxxxxx").status == 200
    assert door.get(FAMILY, Authorization=f"Bearer {TOKEN}").status == 200


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_the_place_of_tokens_hears_the_credentials_and_nothing_of_a_browser(door: Door, identity: FakeService) -> None:
    reply = door.request(
        "POST",
        "/school/v1/token",
        body=b"grant_type=client_credentials",
        **FORM,
        Authorization="Basic Y2xpZW50LTE6c2VjcmV0",
        Cookie=f"vitrail={TOKEN}; vitrail-device=known; vitrail-social=way",
        Origin="https://evil.example",
    )

    assert reply.status == 200
    seen = identity.seen[0]
    assert seen.headers["Authorization"] == "Basic Y2xpZW50LTE6c2VjcmV0"
    assert seen.body == b"grant_type=client_credentials"
    assert identity.passport() == Passport(address="127.0.0.1")
    assert not {"cookie", "device-token", "social-token"} & {name.lower() for name in seen.headers}
    assert identity.introspections == []


@pytest.mark.requirement("S2S-2")
def test_no_other_path_passes_the_authorization_on(door: Door, identity: FakeService, enrollment: FakeService) -> None:
    door.get("/api/v1/password-policy", Authorization="Basic Y2xpZW50LTE6c2VjcmV0")
    door.get(MARKS, **BEARER)

    assert "Authorization" not in identity.seen[0].headers
    assert "Authorization" not in enrollment.seen[0].headers


def test_the_place_of_tokens_takes_a_form_alone_and_a_small_one(door: Door, identity: FakeService) -> None:
    refused = door.post("/school/v1/token", {"grant_type": "client_credentials"})
    assert (refused.code, "«\u00a0application/x-www-form-urlencoded\u00a0»" in refused.json()["detail"]) == (
        "unsupported_media_type",
        True,
    )
    assert door.request("POST", "/school/v1/token", body=b"x" * 65_537, **FORM).code == "body_too_large"
    assert door.get("/school/v1/token").code == "method_not_allowed"
    assert identity.seen == []


def test_a_refusal_of_the_place_of_tokens_passes_as_it_is(door: Door, identity: FakeService) -> None:
    told = {"Content-Type": "application/json", "WWW-Authenticate": 'Basic realm="vitrail"', "Pragma": "no-cache"}
    identity.answer("/school/v1/token", status=401, body=b'{"error": "invalid_client"}', headers=told)

    reply = door.request("POST", "/school/v1/token", body=b"grant_type=client_credentials", **FORM)

    assert (reply.status, reply.json()) == (401, {"error": "invalid_client"})
    assert {name: reply.headers[name] for name in told} == told
