from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from gateway.holders import FRESH_FOR_S, STALE_FOR_S
from shared.passports import GATEWAY, Passport
from tests.gateway.conftest import CSRF_TOKEN, TOKEN, Door, FakeSeconds, FakeService

BEARER = f"Bearer {TOKEN}"
COOKIE = f"vitrail={TOKEN}"


def refuse(status: int, code: str) -> Callable[[web.Request], Any]:
    async def give(request: web.Request) -> web.Response:
        return web.json_response({"code": code}, status=status)

    return give


def test_introspection_is_asked_by_the_gateway_itself(door: Door, identity: FakeService) -> None:
    door.get("/api/v1/children", Authorization=BEARER)

    assert identity.introspections == [TOKEN]
    assert identity.introspection_passports == [Passport(roles=(GATEWAY,))]


@pytest.mark.parametrize("signed_in", [{"Authorization": BEARER}, {"Cookie": COOKIE}])
def test_a_session_opens_its_paths(door: Door, signed_in: dict[str, str]) -> None:
    assert door.get("/api/v1/children", **signed_in).status == 200


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Authorization": "Bearer unknown-token-of-forty-three-characters"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic cGFyZW50OnBhc3M="},
        {"Cookie": "vitrail=unknown-token-of-forty-three-characters"},
        {"Cookie": "vitrail="},
        {"Cookie": f"another={TOKEN}"},
    ],
)
def test_a_session_path_refuses_strangers(door: Door, enrollment: FakeService, given: dict[str, str]) -> None:
    reply = door.get("/api/v1/children", **given)

    assert (reply.status, reply.code) == (401, "not_signed_in")
    assert reply.json()["type"] == "/problems/gateway/not-signed-in"
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    assert enrollment.seen == []


@pytest.mark.requirement("ID-38", "GWY-6")
@pytest.mark.parametrize("origin", ["https://portail.example.ca", "https://inscription.example.ca"])
@pytest.mark.parametrize(
    "signed_in",
    [{"Cookie": f"__Host-vitrail={TOKEN}", "X_CSRF_Token": CSRF_TOKEN}, {"Authorization": BEARER}],
    ids=["cookie", "bearer"],
)
def test_one_sign_in_serves_every_application_that_the_operator_names(
    make_door: Callable[..., Door], enrollment: FakeService, origin: str, signed_in: dict[str, str]
) -> None:
    applications = ("https://portail.example.ca", "https://inscription.example.ca")
    door = make_door(public_url="https://api.example.ca", allowed_origins=applications)
    asked = {"Origin": origin, "Sec_Fetch_Site": "same-site", **signed_in}

    read = door.get("/api/v1/children", **asked)
    account = enrollment.passport().account_id
    written = door.request("POST", "/api/v1/claims", body={}, **asked)

    assert (read.status, written.status) == (200, 200)
    assert {account, enrollment.passport().account_id} == {"account-1"}
    assert read.headers["Access-Control-Allow-Origin"] == written.headers["Access-Control-Allow-Origin"] == origin
    assert read.headers["Access-Control-Allow-Credentials"] == "true"


@pytest.mark.requirement("ID-38")
def test_another_application_is_not_served_by_it(make_door: Callable[..., Door], enrollment: FakeService) -> None:
    door = make_door(public_url="https://api.example.ca", allowed_origins=("https://portail.example.ca",))
    asked = {"Origin": "https://ailleurs.example", "Cookie": f"__Host-vitrail={TOKEN}", "X_CSRF_Token": CSRF_TOKEN}

    read = door.get("/api/v1/children", **asked)
    written = door.request("POST", "/api/v1/claims", body={}, **asked)

    assert "Access-Control-Allow-Origin" not in read.headers
    assert (written.status, written.code) == (403, "csrf_rejected")
    assert [seen.method for seen in enrollment.seen] == ["GET"]


def test_a_public_path_takes_an_ended_session_for_a_stranger(door: Door, enrollment: FakeService) -> None:
    reply = door.get("/api/v1/organisations", Authorization="Bearer an-ended-token-of-forty-three-characters")

    assert reply.status == 200
    assert enrollment.passport().account_id is None


def test_the_bearer_token_counts_and_the_cookie_does_not(door: Door, enrollment: FakeService) -> None:
    reply = door.get("/api/v1/children", Authorization="Bearer another-token-of-forty-three-character", Cookie=COOKIE)

    assert reply.code == "not_signed_in"


@pytest.mark.requirement("SES-2")
def test_the_plain_cookie_means_nothing_in_public(make_door: Callable[..., Door]) -> None:
    door = make_door(public_url="https://portail.example.ca")

    assert door.get("/api/v1/children", Cookie=COOKIE).code == "not_signed_in"
    assert door.get("/api/v1/children", Cookie=f"__Host-{COOKIE}").status == 200


@pytest.mark.requirement("SES-7")
def test_a_write_with_the_cookie_needs_the_token_of_the_session(door: Door, enrollment: FakeService) -> None:
    reply = door.post("/api/v1/claims", {"a": 1}, Cookie=COOKIE)

    assert (reply.status, reply.code) == (403, "csrf_rejected")
    assert enrollment.seen == []


@pytest.mark.requirement("SES-7")
@pytest.mark.parametrize(
    "given",
    [
        {"X_CSRF_Token": "wrong"},
        {"X_CSRF_Token": CSRF_TOKEN, "Origin": "https://evil.example"},
        {"X_CSRF_Token": CSRF_TOKEN, "Origin": "null"},
        {"X_CSRF_Token": CSRF_TOKEN, "Sec_Fetch_Site": "cross-site"},
        {"X_CSRF_Token": CSRF_TOKEN, "Sec_Fetch_Site": "same-site"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/api/v1/claims"), ("DELETE", "/api/v1/children/c1")])
def test_a_write_with_the_cookie_must_come_from_our_pages(
    door: Door, enrollment: FakeService, method: str, path: str, given: dict[str, str]
) -> None:
    reply = door.request(method, path, Cookie=COOKIE, **given)

    assert reply.code == "csrf_rejected"
    assert enrollment.seen == []


@pytest.mark.requirement("SES-7")
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Origin": "http://127.0.0.1:8080", "Sec_Fetch_Site": "same-origin"},
        {"Origin": "http://localhost:8080"},
    ],
)
def test_a_write_with_the_cookie_and_its_token_passes(
    door: Door, enrollment: FakeService, given: dict[str, str]
) -> None:
    reply = door.post("/api/v1/claims", {"a": 1}, Cookie=COOKIE, X_CSRF_Token=CSRF_TOKEN, **given)

    assert reply.status == 200
    assert enrollment.passport().account_id == "account-1"


@pytest.mark.requirement("SES-7")
def test_a_write_with_a_bearer_token_needs_no_other(door: Door) -> None:
    assert door.post("/api/v1/claims", {"a": 1}, Authorization=BEARER).status == 200


@pytest.mark.requirement("SES-7")
@pytest.mark.parametrize("path", ["/api/v1/session", "/api/v1/accounts", "/api/v1/password-resets"])
@pytest.mark.parametrize("given", [{"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}])
def test_a_foreign_page_cannot_sign_its_reader_in(
    door: Door, identity: FakeService, path: str, given: dict[str, str]
) -> None:
    reply = door.post(path, {"email": "attacker@example.ca"}, **given)

    assert reply.code == "csrf_rejected"
    assert identity.seen == []


@pytest.mark.requirement("SES-7")
@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/jsonp"],
)
def test_a_form_of_a_foreign_page_ends_at_the_door(door: Door, identity: FakeService, media_type: str) -> None:
    reply = door.request("POST", "/api/v1/session", body=b'{"email":"a"}', Content_Type=media_type)

    assert (reply.status, reply.code) == (415, "unsupported_media_type")
    assert identity.seen == []


def test_a_public_write_with_a_cookie_and_no_token_counts_as_anybodys(door: Door, identity: FakeService) -> None:
    reply = door.post("/api/v1/verification-codes", {}, Cookie=COOKIE)

    assert reply.status == 200
    assert identity.passport().account_id is None


def test_a_public_write_with_a_cookie_and_its_token_counts_as_the_persons(door: Door, identity: FakeService) -> None:
    door.post("/api/v1/verification-codes", {}, Cookie=COOKIE, X_CSRF_Token=CSRF_TOKEN)

    assert identity.passport().account_id == "account-1"


@pytest.mark.requirement("SES-5")
@pytest.mark.parametrize("ended", ["session-1", "other, session-1", "account:account-1", "ACCOUNT:account-1"])
def test_an_answer_that_ends_a_session_ends_it_here_at_once(door: Door, identity: FakeService, ended: str) -> None:
    async def end(request: web.Request) -> web.Response:
        identity.sessions.clear()
        return web.Response(status=204, headers={"Vitrail-Sessions-Ended": ended})

    identity.answers["/api/v1/session"] = end
    assert door.get("/api/v1/children", Authorization=BEARER).status == 200

    reply = door.request("DELETE", "/api/v1/session", Authorization=BEARER)

    assert reply.status == 204
    assert "Vitrail-Sessions-Ended" not in reply.headers
    assert door.get("/api/v1/children", Authorization=BEARER).code == "not_signed_in"


@pytest.mark.requirement("SES-5")
def test_another_service_cannot_end_sessions(door: Door, identity: FakeService, enrollment: FakeService) -> None:
    enrollment.answer("/api/v1/children", headers={"Vitrail-Sessions-Ended": "session-1"})
    door.get("/api/v1/children", Authorization=BEARER)

    reply = door.get("/api/v1/children", Authorization=BEARER)

    assert len(identity.introspections) == 1
    assert "Vitrail-Sessions-Ended" not in reply.headers


@pytest.mark.requirement("SES-5")
def test_a_session_ended_elsewhere_ends_here_within_two_seconds(
    door: Door, identity: FakeService, seconds: FakeSeconds
) -> None:
    assert door.get("/api/v1/children", Authorization=BEARER).status == 200
    identity.sessions.clear()

    assert door.post("/api/v1/claims", {}, Authorization=BEARER).code == "not_signed_in"
    seconds.advance(FRESH_FOR_S)
    assert door.get("/api/v1/children", Authorization=BEARER).code == "not_signed_in"


@pytest.mark.requirement("GWY-5")
@pytest.mark.parametrize(
    "fault",
    [
        refuse(503, "unavailable"),
        refuse(500, "internal_error"),
        refuse(401, "passport_required"),
        refuse(403, "not_allowed"),
        refuse(200, "another_document"),
    ],
)
def test_without_identity_reads_pass_for_a_minute_and_writes_do_not(
    door: Door, identity: FakeService, seconds: FakeSeconds, fault: Callable[[web.Request], Any]
) -> None:
    door.get("/api/v1/children", Authorization=BEARER)
    identity.introspection = fault
    seconds.advance(FRESH_FOR_S)

    assert door.get("/api/v1/children", Authorization=BEARER).status == 200
    refused = door.post("/api/v1/claims", {}, Authorization=BEARER)
    assert (refused.status, refused.code) == (503, "unavailable")
    assert int(refused.headers["Retry-After"]) >= 1

    seconds.advance(STALE_FOR_S)
    assert door.get("/api/v1/children", Authorization=BEARER).code == "unavailable"


@pytest.mark.requirement("GWY-5")
def test_without_identity_an_unknown_session_is_not_believed(
    door: Door, identity: FakeService, enrollment: FakeService
) -> None:
    identity.introspection = refuse(503, "unavailable")

    assert door.get("/api/v1/children", Authorization=BEARER).code == "unavailable"
    assert enrollment.seen == []


def test_without_identity_public_reads_of_others_pass(door: Door, identity: FakeService) -> None:
    identity.introspection = refuse(503, "unavailable")

    assert door.get("/api/v1/organisations", Authorization=BEARER).status == 200


@pytest.mark.requirement("GWY-5")
def test_without_identity_a_public_write_of_somebody_is_refused(door: Door, identity: FakeService) -> None:
    identity.introspection = refuse(503, "unavailable")

    assert door.post("/api/v1/verification-codes", {}, Authorization=BEARER).code == "unavailable"
    assert identity.seen == []


@pytest.mark.requirement("GWY-6")
def test_an_allowed_origin_reads_our_answers(make_door: Callable[..., Door]) -> None:
    door = make_door(allowed_origins=("https://app.example.ca",))

    reply = door.get("/api/v1/organisations", Origin="https://app.example.ca")

    assert reply.headers["Access-Control-Allow-Origin"] == "https://app.example.ca"
    assert "Origin" in reply.headers["Vary"]


@pytest.mark.requirement("GWY-6")
def test_an_allowed_origin_reads_our_refusals(make_door: Callable[..., Door]) -> None:
    door = make_door(allowed_origins=("https://app.example.ca",))

    reply = door.get("/api/v1/children", Origin="https://app.example.ca")

    assert reply.code == "not_signed_in"
    assert reply.headers["Access-Control-Allow-Origin"] == "https://app.example.ca"
    assert reply.headers["Vary"] == "Accept-Language, Origin"


@pytest.mark.requirement("GWY-6")
def test_an_allowed_origin_may_ask_beforehand(make_door: Callable[..., Door], enrollment: FakeService) -> None:
    door = make_door(allowed_origins=("https://app.example.ca",))

    reply = door.request(
        "OPTIONS", "/api/v1/claims", Origin="https://app.example.ca", Access_Control_Request_Method="POST"
    )

    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["Access-Control-Allow-Methods"] == "POST"
    assert reply.headers["Access-Control-Max-Age"] == "600"
    assert enrollment.seen == []


@pytest.mark.requirement("GWY-6")
@pytest.mark.parametrize("allowed", [(), ("https://app.example.ca",)])
def test_other_origins_are_told_nothing(make_door: Callable[..., Door], allowed: tuple[str, ...]) -> None:
    door = make_door(allowed_origins=allowed)
    asked = {"Origin": "https://evil.example", "Access_Control_Request_Method": "POST"}

    replies = [door.request("OPTIONS", "/api/v1/claims", **asked), door.get("/api/v1/organisations", **asked)]

    assert [reply.status for reply in replies] == [405, 200]
    assert not [name for reply in replies for name in reply.headers if name.startswith("Access-Control-")]
