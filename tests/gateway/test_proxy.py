import socket
from collections.abc import Callable

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings, strategies as st

from gateway import headers
from shared import ids
from shared.passports import Passport
from tests.gateway.conftest import TOKEN, Door, FakeService, Gate

BEARER = f"Bearer {TOKEN}"


def test_forward_hands_method_path_query_and_body_to_the_service(door: Door, identity: FakeService) -> None:
    body = {"email": "parent@example.ca", "purpose": "account_creation"}

    reply = door.post("/api/v1/verification-codes?x=%C3%A9&y=1", body)

    assert reply.json() == {"service": "identity"}
    (seen,) = identity.seen
    assert (seen.method, seen.target) == ("POST", "/api/v1/verification-codes?x=%C3%A9&y=1")
    assert seen.body == b'{"email": "parent@example.ca", "purpose": "account_creation"}'
    assert seen.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "service"),
    [
        ("GET", "/api/v1/password-policy", "identity"),
        ("GET", "/problems/identity/code-rejected", "identity"),
        ("GET", "/api/v1/organisations", "enrollment"),
        ("GET", "/problems/enrollment/", "enrollment"),
    ],
)
def test_forward_asks_the_service_that_owns_the_path(door: Door, method: str, path: str, service: str) -> None:
    assert door.request(method, path).json() == {"service": service}


@pytest.mark.requirement("S2S-1")
def test_forward_vouches_for_strangers_with_their_address_alone(door: Door, identity: FakeService) -> None:
    door.get("/api/v1/password-policy")

    assert identity.passport() == Passport(address="127.0.0.1")


@pytest.mark.requirement("S2S-1")
def test_forward_vouches_for_whoever_is_signed_in(door: Door, enrollment: FakeService) -> None:
    door.get("/api/v1/children", Authorization=BEARER)

    assert enrollment.passport() == Passport(
        account_id="account-1",
        email="parent@example.ca",
        session_id="session-1",
        roles=("parent",),
        address="127.0.0.1",
    )


@pytest.mark.requirement("S2S-2")
def test_forward_keeps_the_sessions_token_from_services(door: Door, enrollment: FakeService) -> None:
    door.get("/api/v1/children", Authorization=BEARER, Cookie=f"vitrail={TOKEN}; vitrail-device=d1; other=1")

    received = enrollment.seen[0].headers
    assert TOKEN not in str(received)
    assert {"Authorization", "Cookie", "Device-Token"}.isdisjoint(received)


@pytest.mark.requirement("OID-1")
def test_forward_gives_identity_alone_what_binds_a_browser_to_a_provider(
    door: Door, identity: FakeService, enrollment: FakeService
) -> None:
    given = {"Cookie": f"vitrail={TOKEN}; vitrail-social=s1", "Social_Token": "forged"}
    door.get("/api/v1/social/google/callback", **given)
    door.get("/api/v1/children", **given)

    assert identity.seen[-1].headers["Social-Token"] == "s1"
    assert "Social-Token" not in enrollment.seen[0].headers


@pytest.mark.requirement("OID-1", "SES-7")
def test_forward_takes_a_form_of_another_site_on_the_way_back_from_a_provider_alone(
    door: Door, identity: FakeService
) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded", "Origin": "https://accounts.example"}

    back = door.request("POST", "/api/v1/social/google/callback", body=b"state=s&code=c", **form)
    elsewhere = door.request("POST", "/api/v1/session", body=b"email=a", **form)

    assert (back.status, identity.seen[0].target) == (200, "/api/v1/social/google/callback")
    assert elsewhere.status == 415


def test_forward_gives_identity_the_device_cookie(door: Door, identity: FakeService) -> None:
    door.post("/api/v1/session", {}, Cookie="vitrail-device=d1")

    assert identity.seen[0].headers["Device-Token"] == "d1"
    assert "Cookie" not in identity.seen[0].headers


@pytest.mark.requirement("GWY-1")
@pytest.mark.parametrize(
    "name",
    [
        "passport",
        "PASSPORT",
        "X-Passport",
        "X-User-Id",
        "X-User-Roles",
        "X-Request-Id",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "Forwarded",
        "X-Real-IP",
        "traceparent",
        "tracestate",
        "Device-Token",
        "Vitrail-Sessions-Ended",
        "X-Original-URL",
        "X-HTTP-Method-Override",
        "Via",
        "TE",
        "Proxy-Authorization",
    ],
)
def test_forward_drops_what_a_client_calls_itself(door: Door, identity: FakeService, name: str) -> None:
    door.get("/api/v1/password-policy", **{name.replace("-", "_"): "forged"})

    assert "forged" not in str(identity.seen[0].headers)


@pytest.mark.requirement("GWY-1")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,30}", fullmatch=True))
def test_forward_passes_no_header_that_is_not_on_the_list(door: Door, identity: FakeService, name: str) -> None:
    door.get("/api/v1/password-policy", **{"X": "1", name: "47110815"})

    passed = {name for name, value in identity.seen[-1].headers.items() if value == "47110815"}
    assert {each.lower() for each in passed} <= {each.lower() for each in headers.INWARDS} | {"host"}


@pytest.mark.requirement("GWY-1")
def test_forward_tells_the_address_that_our_proxies_saw(make_door: Callable[..., Door], identity: FakeService) -> None:
    door = make_door(trusted_hops=1)

    door.get("/api/v1/password-policy", X_Forwarded_For="203.0.113.66, 192.0.2.7")

    assert identity.passport().address == "192.0.2.7"


def test_forward_passes_what_the_service_needs(door: Door, identity: FakeService) -> None:
    sent = {
        "Accept_Language": "en",
        "Idempotency_Key": "key-1",
        "User_Agent": "Browser/1",
        "If_None_Match": '"abc"',
    }

    door.post("/api/v1/accounts", {}, **sent)

    received = identity.seen[0].headers
    assert {name: received[name.replace("_", "-")] for name in sent} == sent
    assert ids.is_id(received["X-Request-Id"])


@pytest.mark.requirement("GWY-8")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/password-policy"),
        ("GET", "/nowhere"),
        ("DELETE", "/api/v1/password-policy"),
        ("GET", "/api/v1/children"),
        ("GET", "/"),
        ("GET", "/livez"),
        ("GET", "/a/../b"),
        ("POST", "/api/v1/session"),
    ],
)
def test_every_answer_has_a_request_id_and_no_server(door: Door, method: str, path: str) -> None:
    reply = door.request(method, path)

    assert ids.is_id(reply.headers["X-Request-Id"])
    assert "Server" not in reply.headers


@pytest.mark.requirement("GWY-8")
def test_every_request_has_an_id_of_its_own_that_the_service_hears(door: Door, identity: FakeService) -> None:
    first, second = door.get("/api/v1/password-policy"), door.get("/api/v1/password-policy", X_Request_Id="forged")

    told = [reply.headers["X-Request-Id"] for reply in (first, second)]
    assert told == [seen.headers["X-Request-Id"] for seen in identity.seen]
    assert len(set(told)) == 2


def test_forward_hands_the_answer_back(door: Door, identity: FakeService) -> None:
    identity.answer(
        "/api/v1/password-policy",
        status=418,
        body=b"tea",
        headers={"Content-Type": "text/x-tea", "ETag": '"1"', "X-Pagination": "{}", "Content-Language": "fr"},
    )

    reply = door.get("/api/v1/password-policy")

    assert (reply.status, reply.body) == (418, b"tea")
    assert [reply.headers[name] for name in ("Content-Type", "ETag", "X-Pagination", "Content-Language")] == [
        "text/x-tea",
        '"1"',
        "{}",
        "fr",
    ]


def test_forward_hands_every_cookie_back(door: Door, identity: FakeService) -> None:
    async def give(request: web.Request) -> web.Response:
        response = web.json_response({}, status=201)
        response.set_cookie("vitrail", "one", httponly=True)
        response.set_cookie("vitrail-device", "two", httponly=True)
        response.headers["Clear-Site-Data"] = '"cookies"'
        return response

    identity.answers["/api/v1/session"] = give

    reply = door.post("/api/v1/session")

    assert [cookie.split(";")[0] for cookie in reply.headers.getall("Set-Cookie")] == [
        "vitrail=one",
        "vitrail-device=two",
    ]
    assert reply.headers["Clear-Site-Data"] == '"cookies"'


@pytest.mark.requirement("GWY-1", "GWY-8")
def test_forward_keeps_internal_headers_inside(door: Door, identity: FakeService) -> None:
    identity.answer(
        "/api/v1/password-policy",
        headers={
            "Server": "granian",
            "X-Powered-By": "Flask",
            "Vitrail-Sessions-Ended": "session-9",
            "Passport": "x",
            "Access-Control-Allow-Origin": "*",
            "X-Request-Id": "another",
            "Keep-Alive": "timeout=5",
            "Proxy-Authenticate": "Basic",
        },
    )

    reply = door.get("/api/v1/password-policy")

    assert {
        "Server",
        "X-Powered-By",
        "Vitrail-Sessions-Ended",
        "Passport",
        "Access-Control-Allow-Origin",
        "Keep-Alive",
        "Proxy-Authenticate",
    }.isdisjoint(reply.headers)
    assert ids.is_id(reply.headers["X-Request-Id"])


@pytest.mark.requirement("SES-9")
@pytest.mark.parametrize("path", ["/api/v1/password-policy", "/nowhere", "/", "/problems/gateway/not-found"])
def test_every_answer_is_guarded_against_framing_and_sniffing(make_door: Callable[..., Door], path: str) -> None:
    reply = make_door(public_url="https://portail.example.ca").get(path)

    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    policy = reply.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy)
    assert "unsafe-inline" not in reply.headers["Content-Security-Policy"]
    age, scope = reply.headers["Strict-Transport-Security"].split("; ")
    assert int(age.removeprefix("max-age=")) >= 31_536_000
    assert scope == "includeSubDomains"


@pytest.mark.requirement("SES-9")
def test_hsts_is_left_out_on_a_machine_without_tls(door: Door) -> None:
    assert "Strict-Transport-Security" not in door.get("/").headers


@pytest.mark.requirement("SES-9")
def test_an_answer_to_a_person_is_never_stored_whatever_the_service_says(door: Door, enrollment: FakeService) -> None:
    enrollment.answer("/api/v1/children", headers={"Cache-Control": "public, max-age=3600"})

    reply = door.get("/api/v1/children", Authorization=BEARER)

    assert reply.headers["Cache-Control"] == "no-store"


def test_a_public_answer_may_be_stored(door: Door, enrollment: FakeService) -> None:
    enrollment.answer("/api/v1/organisations", headers={"Cache-Control": "public, max-age=60"})

    assert door.get("/api/v1/organisations").headers["Cache-Control"] == "public, max-age=60"


def test_forward_answers_head_with_the_length_and_without_the_body(door: Door, enrollment: FakeService) -> None:
    enrollment.answer("/api/v1/organisations", body=b"x" * 5000)

    reply = door.request("HEAD", "/api/v1/organisations")

    assert (reply.status, reply.body, reply.headers["Content-Length"]) == (200, b"", "5000")
    assert enrollment.seen[0].method == "HEAD"


@pytest.mark.parametrize("status", [204, 304])
def test_forward_hands_back_answers_without_a_body(door: Door, enrollment: FakeService, status: int) -> None:
    enrollment.answer("/api/v1/organisations", status=status)

    reply = door.get("/api/v1/organisations")

    assert (reply.status, reply.body) == (status, b"")


def test_forward_follows_no_redirect(door: Door, enrollment: FakeService) -> None:
    enrollment.answer("/api/v1/organisations", status=302, headers={"Location": "http://169.254.169.254/"})

    assert door.get("/api/v1/organisations").status == 302


@pytest.mark.parametrize("size", [0, 1, 200_000, 3_000_000])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_forward_hands_back_bodies_of_any_size(
    door: Door, enrollment: FakeService, size: int, is_chunked: bool
) -> None:
    content = bytes(range(256)) * (size // 256) + b"z" * (size % 256)

    async def give(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = None if is_chunked else size
        await response.prepare(request)
        for start in range(0, size, 65536):
            await response.write(content[start : start + 65536])
        await response.write_eof()
        return response

    enrollment.answers["/api/v1/organisations"] = give

    assert door.get("/api/v1/organisations").body == content


def test_forward_begins_to_answer_before_the_service_has_finished(
    door: Door, enrollment: FakeService, make_gate: Callable[[], Gate]
) -> None:
    gate = make_gate()

    async def give(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first,")
        await gate.wait()
        await response.write(b"second")
        await response.write_eof()
        return response

    enrollment.answers["/api/v1/organisations"] = give

    with door.connect() as connection:
        connection.sendall(b"GET /api/v1/organisations HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = b""
        while b"first," not in received:
            received += connection.recv(65536)
        assert b"second" not in received
        gate.open()
        while part := connection.recv(65536):
            received += part

    assert b"second" in received


def test_a_connection_serves_one_request_after_the_other(door: Door, identity: FakeService) -> None:
    one = b"GET /api/v1/password-policy HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    received = door.exchange(one + one + last)

    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.count(b"HTTP/1.1 404 Not Found") == 1
    assert len(identity.seen) == 2


def test_forward_survives_a_client_that_leaves(door: Door, enrollment: FakeService) -> None:
    async def give(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(200):
            await response.write(b"x" * 65536)
        return response

    enrollment.answers["/api/v1/organisations"] = give
    with door.connect() as connection:
        connection.sendall(b"GET /api/v1/organisations HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.recv(1000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    assert door.get("/api/v1/password-policy").status == 200
