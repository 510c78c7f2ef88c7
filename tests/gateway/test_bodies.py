import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gateway.routes import SCHOOL, TABLE
from tests.gateway.conftest import Door, FakeService, parse, read_all

KIBIBYTE = 1024
LARGEST = 64 * KIBIBYTE
HEAD = b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def json_of(size: int) -> bytes:
    return b'"' + b"x" * (size - 2) + b'"'


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


@pytest.mark.requirement("GWY-4")
def test_a_body_of_64_kib_passes(door: Door, identity: FakeService) -> None:
    assert door.post("/api/v1/session", json_of(LARGEST), Content_Type="application/json").status == 200
    assert len(identity.seen[0].body) == LARGEST


@pytest.mark.requirement("GWY-4")
def test_a_chunked_body_of_64_kib_passes_whole(door: Door, identity: FakeService) -> None:
    sent = HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"

    reply = parse(door.exchange(sent + chunked(*[json_of(KIBIBYTE)] * 64) + b"0\r\n\r\n"))

    assert reply.status == 200
    assert identity.seen[0].body == json_of(KIBIBYTE) * 64


@pytest.mark.requirement("GWY-4")
def test_a_larger_body_is_refused_before_it_is_sent(door: Door, identity: FakeService) -> None:
    with door.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 10485760\r\n\r\n")
        reply = parse(read_all(connection))

    assert (reply.status, reply.code) == (413, "body_too_large")
    assert reply.headers["Connection"] == "close"
    assert identity.seen == []


@pytest.mark.requirement("GWY-4")
def test_a_larger_chunked_body_is_refused_before_it_ends(door: Door, identity: FakeService) -> None:
    with door.connect() as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(*[b"x" * KIBIBYTE] * 65))
        reply = parse(read_all(connection))

    assert (reply.status, reply.code) == (413, "body_too_large")
    assert identity.seen == []


@pytest.mark.requirement("GWY-4")
@pytest.mark.parametrize(
    "headers", [b"Content-Length: 10485760\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\na00000\r\n"]
)
def test_ten_megabytes_are_refused_and_the_refusal_can_be_read(
    door: Door, identity: FakeService, headers: bytes
) -> None:
    with door.connect() as connection:
        connection.sendall(HEAD + headers)
        sender = threading.Thread(target=send_what_passes, args=(connection, b"x" * 10 * KIBIBYTE * KIBIBYTE))
        sender.start()
        reply = parse(read_all(connection))
        sender.join()

    assert reply.code == "body_too_large"
    assert identity.seen == []
    assert door.get("/api/v1/password-policy").status == 200


def send_what_passes(connection: Any, content: bytes) -> None:
    try:
        connection.sendall(content)
    except OSError:
        return


@pytest.mark.requirement("GWY-4")
def test_a_client_that_asks_first_is_told_before_it_sends(door: Door, identity: FakeService) -> None:
    with door.connect() as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert parse(read_all(connection)).status == 200
    assert identity.seen[0].body == b"{}"


@pytest.mark.requirement("GWY-4")
def test_a_client_that_asks_first_is_refused_without_sending(door: Door) -> None:
    with door.connect() as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 10485760\r\n\r\n")
        assert parse(read_all(connection)).status == 413


def test_an_unknown_expectation_is_refused(door: Door) -> None:
    with door.connect() as connection:
        connection.sendall(HEAD + b"Expect: tea\r\nContent-Length: 2\r\n\r\n{}")
        assert parse(read_all(connection)).code == "malformed_http"


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip"])
def test_an_encoded_body_is_refused(door: Door, identity: FakeService, encoding: str) -> None:
    reply = door.post("/api/v1/session", b"\x1f\x8b\x08", Content_Type="application/json", Content_Encoding=encoding)

    assert reply.code == "unsupported_media_type"
    assert identity.seen == []


@pytest.mark.parametrize("media_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_passes_however_it_is_spelled(door: Door, media_type: str) -> None:
    assert door.post("/api/v1/session", b"{}", Content_Type=media_type).status == 200


def test_a_write_without_a_body_passes(door: Door, identity: FakeService) -> None:
    assert door.request("POST", "/api/v1/session").status == 200
    assert door.request("DELETE", "/api/v1/verification-codes/c1").status == 200
    assert [seen.body for seen in identity.seen] == [b"", b""]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"null", b"[]", b'{"a":NaN}'])
def test_what_json_says_is_the_services_matter(door: Door, identity: FakeService, body: bytes) -> None:
    door.post("/api/v1/session", body, Content_Type="application/json")

    assert identity.seen[0].body == body


@pytest.mark.requirement("GWY-4")
@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"Content-Length: 10\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\na\r\n{",
    ],
)
def test_a_body_that_never_ends_is_given_up(make_door: Callable[..., Door], identity: FakeService, sent: bytes) -> None:
    door = make_door(slow_client_timeout=timedelta(milliseconds=50))

    reply = parse(door.exchange(sent))

    assert (reply.status, reply.code) == (408, "request_too_slow")
    assert identity.seen == []


@pytest.mark.requirement("GWY-4")
@pytest.mark.parametrize("sent", [b"G", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: "])
def test_headers_that_never_end_are_given_up(make_door: Callable[..., Door], sent: bytes) -> None:
    door = make_door(slow_client_timeout=timedelta(milliseconds=50))

    reply = parse(door.exchange(sent))

    assert (reply.status, reply.code) == (408, "request_too_slow")


@pytest.mark.requirement("GWY-4")
def test_headers_that_never_end_after_a_first_request_are_given_up(make_door: Callable[..., Door]) -> None:
    door = make_door(slow_client_timeout=timedelta(milliseconds=50))

    with door.connect() as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost:")
        assert parse(read_all(connection)).code == "request_too_slow"


def test_an_idle_connection_is_not_given_up_for_slowness(make_door: Callable[..., Door]) -> None:
    door = make_door(slow_client_timeout=timedelta(milliseconds=1))

    with door.connect() as idle:
        assert [door.get("/livez").status for _ in range(20)] == [200] * 20
        idle.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert parse(read_all(idle)).status == 200


@pytest.mark.requirement("GWY-4")
@pytest.mark.parametrize(
    "headers",
    [
        b"X-A: " + b"x" * 20_000,
        b"\r\n".join(b"X-%d: %s" % (number, b"x" * 1000) for number in range(20)),
        b"\r\n".join(b"X-%d: x" % number for number in range(5000)),
        b"Cookie: " + b"x" * 8000 + b"\r\nX-B: " + b"x" * 8000 + b"\r\nX-C: " + b"x" * 1000,
    ],
)
def test_headers_over_16_kib_are_refused(door: Door, identity: FakeService, headers: bytes) -> None:
    reply = parse(door.exchange(b"GET /api/v1/password-policy HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n\r\n"))

    assert reply.status in {400, 431}
    assert reply.code in {"headers_too_large", "malformed_http"}
    assert identity.seen == []


@pytest.mark.requirement("GWY-4")
def test_headers_that_go_on_are_refused_before_they_end(door: Door) -> None:
    with door.connect() as connection:
        sender = threading.Thread(
            target=send_what_passes, args=(connection, b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 200_000)
        )
        sender.start()
        received = connection.recv(65536)
        sender.join()

    assert received.startswith((b"HTTP/1.1 431", b"HTTP/1.0 400", b"HTTP/1.0 431"))


@pytest.mark.requirement("GWY-4")
def test_a_few_long_headers_that_go_on_are_refused_before_they_end(door: Door) -> None:
    long = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 7000) for number in range(3))

    reply = parse(door.exchange(b"GET / HTTP/1.1\r\nHost: x\r\n" + long + b"X-End: "))

    assert (reply.status, reply.code) == (431, "headers_too_large")


@pytest.mark.requirement("GWY-4")
def test_a_long_query_is_refused(door: Door, identity: FakeService) -> None:
    reply = parse(door.exchange(b"GET /api/v1/organisations?search=" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"))

    assert (reply.status, reply.code) == (431, "headers_too_large")


@pytest.mark.requirement("GWY-4")
def test_an_address_that_asks_too_often_is_told_when_to_come_back(make_door: Callable[..., Door]) -> None:
    door = make_door(requests_per_minute=3, wide_networks=())

    replies = [door.get("/api/v1/organisations") for _ in range(8)]

    refused = [reply for reply in replies if reply.status == 429]
    assert len(refused) >= 4
    assert {reply.code for reply in refused} == {"too_many_requests"}
    wait = refused[-1].headers["Retry-After"]
    assert int(wait) == refused[-1].json()["retry_after_s"] >= 1
    assert refused[-1].headers["RateLimit-Policy"] == '"address";q=3;w=60'
    assert refused[-1].headers["RateLimit"] == f'"address";r=0;t={wait}'
    assert f"{wait}\u00a0s" in refused[-1].json()["detail"]


def test_health_is_told_however_often_it_is_asked(make_door: Callable[..., Door]) -> None:
    door = make_door(requests_per_minute=1, wide_networks=())

    assert {door.get("/livez").status for _ in range(10)} == {200}


@pytest.mark.requirement("GWY-4")
def test_no_line_of_the_table_takes_more_than_a_mebibyte_into_memory() -> None:
    in_memory = [each for each in TABLE if not each.is_streamed]
    assert [each.template for each in in_memory if each.largest_body > KIBIBYTE * KIBIBYTE] == []


@pytest.mark.requirement("GWY-4")
def test_what_schools_systems_send_has_a_bound_and_what_people_send_a_smaller_one() -> None:
    streamed = [each for each in TABLE if each.is_streamed]
    of_people = [each for each in streamed if set(each.guards.values()) != {SCHOOL}]
    assert {each.template for each in of_people} == {"/api/v1/support-requests", "/api/v1/verifications"}
    assert max(each.largest_body for each in of_people) <= 10 * KIBIBYTE * KIBIBYTE
    assert max(each.largest_body for each in streamed) <= 256 * KIBIBYTE * KIBIBYTE
