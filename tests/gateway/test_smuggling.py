import re

import pytest

from tests.gateway.conftest import Door, FakeService, parse

POST = b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
GET = b"GET /api/v1/password-policy HTTP/1.1\r\n"
# What the attacker wants a second reader to see as a request of its own.
HIDDEN = b"GET /api/v1/organisations HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"2\r\n{}\r\n0\r\n\r\n"

MALFORMED = {
    "CL.TE": POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG" + HIDDEN,
    "TE.CL": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n32\r\n" + HIDDEN + b"\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}" + HIDDEN,
    "two equal lengths": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + HIDDEN,
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\n{}" + HIDDEN,
    "a length with a sign": POST + b"Content-Length: +2\r\n\r\n{}" + HIDDEN,
    "a negative length": POST + b"Content-Length: -2\r\n\r\n{}" + HIDDEN,
    "a length in hexadecimal": POST + b"Content-Length: 0x2\r\n\r\n{}" + HIDDEN,
    "a length with an underscore": POST + b"Content-Length: 1_0\r\n\r\n{}" + HIDDEN,
    "a length with a space": POST + b"Content-Length: 2 3\r\n\r\n{}" + HIDDEN,
    "a length past 64 bits": POST + b"Content-Length: 99999999999999999999999\r\n\r\n{}" + HIDDEN,
    "an empty length": POST + b"Content-Length: \r\n\r\n{}" + HIDDEN,
    "xchunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n" + CHUNKED + HIDDEN,
    "identity": POST + b"Transfer-Encoding: identity\r\n\r\n" + CHUNKED + HIDDEN,
    "gzip, chunked": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKED + HIDDEN,
    "chunked, identity": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNKED + HIDDEN,
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED + HIDDEN,
    "a space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n" + CHUNKED + HIDDEN,
    "a vertical tab": POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n" + CHUNKED + HIDDEN,
    "chunked in HTTP/1.0": POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED + HIDDEN,
    "obs-fold": POST + b"X-A: 1\r\n Content-Length: 2\r\n\r\n{}" + HIDDEN,
    "obs-fold of a coding": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + CHUNKED + HIDDEN,
    "bare LF": POST.replace(b"\r\n", b"\n") + b"Content-Length: 2\n\n{}" + HIDDEN,
    "one bare LF": POST + b"X-A: 1\nX-B: 2\r\nContent-Length: 2\r\n\r\n{}" + HIDDEN,
    "one bare CR": POST + b"X-A: 1\rX-B: 2\r\nContent-Length: 2\r\n\r\n{}" + HIDDEN,
    "NUL in a value": POST + b"X-A: 1\x002\r\nContent-Length: 2\r\n\r\n{}" + HIDDEN,
    "a chunk that ends in a bare LF": POST + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n" + HIDDEN,
    "a chunk extension that ends in a bare LF": POST
    + b"Transfer-Encoding: chunked\r\n\r\n2;a\n{}\r\n0\r\n\r\n"
    + HIDDEN,
    "a negative chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n" + HIDDEN,
    "a chunk size with 0x": POST + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n" + HIDDEN,
    "a chunk past 64 bits": POST + b"Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n" + HIDDEN,
    "a chunk longer than it says": POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx\r\n0\r\n\r\n" + HIDDEN,
    "a chunk without its end": POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n" + HIDDEN,
    "a length in a trailer": POST
    + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n"
    + HIDDEN,
    "a body with GET": GET + b"Host: x\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "no host": GET + b"\r\n",
    "two hosts": GET + b"Host: a\r\nHost: b\r\n\r\n",
    "a name with a space before it": GET + b" Host: a\r\n\r\n",
    "an empty name": GET + b"Host: a\r\n: x\r\n\r\n",
    "a line without a colon": GET + b"Host: a\r\nfoo\r\n\r\n",
    "a control character in a name": GET + b"Host: a\r\nfo\x01o: x\r\n\r\n",
    "a name beyond ASCII": GET + "Host: a\r\nfé: x\r\n\r\n".encode(),
    "two tokens": GET + b"Host: a\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
    "HTTP/2.0": GET.replace(b"1.1", b"2.0") + b"Host: a\r\n\r\n",
    "HTTP/0.9": b"GET /api/v1/password-policy\r\n\r\n",
    "a space in the target": b"GET /api/v1/password policy HTTP/1.1\r\nHost: a\r\n\r\n",
    "tabs between the words": b"GET\t/api/v1/password-policy\tHTTP/1.1\r\nHost: a\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.mark.requirement("GWY-2")
@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_two_readers_could_cut_differently_is_refused_and_the_connection_closed(
    door: Door, identity: FakeService, enrollment: FakeService, sent: bytes
) -> None:
    received = door.exchange(sent)

    reply = parse(received)
    assert (reply.status, reply.code) == (400, "malformed_http")
    assert "Server" not in reply.headers
    assert len(re.findall(rb"HTTP/\d\.\d ", received)) == 1
    assert [*identity.seen, *enrollment.seen] == []


@pytest.mark.requirement("GWY-2")
def test_a_chunk_extension_is_cut_off_and_the_body_framed_anew(door: Door, identity: FakeService) -> None:
    # RFC 9112 §7.1.1: whoever does not know an extension ignores it. Behind the gateway there are no chunks.
    with door.connect() as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\n\r\n")
        received = connection.recv(65536)

    assert received.startswith(b"HTTP/1.1 200")
    (seen,) = identity.seen
    assert (seen.body, seen.headers["Content-Length"]) == (b"{}", "2")
    assert "Transfer-Encoding" not in seen.headers


@pytest.mark.requirement("GWY-2")
@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
def test_nothing_is_upgraded(door: Door, identity: FakeService, protocol: bytes) -> None:
    received = door.exchange(GET + b"Host: x\r\nConnection: Upgrade\r\nUpgrade: " + protocol + b"\r\n\r\n")

    assert parse(received).status == 200
    assert parse(received).headers["Connection"] == "close"
    assert "Upgrade" not in identity.seen[0].headers


@pytest.mark.requirement("GWY-3")
@pytest.mark.parametrize(
    "sent",
    [
        b"CONNECT internal:443 HTTP/1.1\r\nHost: internal\r\nConnection: close\r\n\r\n",
        b"TRACE /api/v1/password-policy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"TRACE /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
)
def test_tunnels_and_echoes_are_refused(door: Door, identity: FakeService, sent: bytes) -> None:
    reply = parse(door.exchange(sent))

    assert (reply.status, reply.code) == (405, "method_not_allowed")
    assert reply.headers["Allow"]
    assert identity.seen == []


@pytest.mark.requirement("GWY-3")
@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/api/v1/../internal/session-introspections", 400),
        (b"/api/v1/%2e%2e/internal/session-introspections", 400),
        (b"/api/v1/verification-codes/%2e%2e%2f%2e%2e%2finternal%2fsession-introspections", 400),
        (b"//internal/session-introspections", 400),
        (b"/api/v1/verification-codes/c1;/../../internal", 400),
        (b"/api/v1/verification-codes/%00", 400),
        (b"/api/v1/verification-codes/%c0%ae%c0%ae", 400),
        (b"/api/v1/verification-codes/\xc0\xae", 400),
        (b"/internal/session-introspections", 404),
        (b"/api/v1/%69nternal", 404),
        (b"http://identity:8081/internal/session-introspections", 404),
        (b"/API/V1/password-policy", 404),
    ],
)
def test_no_spelling_leads_past_the_table(
    door: Door, identity: FakeService, enrollment: FakeService, target: bytes, status: int
) -> None:
    reply = parse(door.exchange(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))

    assert reply.status == status
    assert reply.code in {"malformed_path", "malformed_http", "not_found"}
    assert [*identity.seen, *enrollment.seen] == []
    assert identity.introspections == []
