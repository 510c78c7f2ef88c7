import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from gateway import headers


def received(*pairs: tuple[str, str]) -> CIMultiDictProxy[str]:
    return CIMultiDictProxy(CIMultiDict(pairs))


@pytest.mark.requirement("GWY-1")
def test_outwards_drops_what_connection_names() -> None:
    passed = headers.outwards(received(("Connection", "close, X-Hop"), ("X-Hop", "1"), ("X-End", "2")))

    assert dict(passed) == {"X-End": "2"}


def test_outwards_keeps_every_line_of_a_header() -> None:
    passed = headers.outwards(received(("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")))

    assert passed.getall("Set-Cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], set()),
        (["s1"], {"s1"}),
        (["s1, account:A1 ,", "s2"], {"s1", "account:a1", "s2"}),
        ([""], set()),
    ],
)
def test_sessions_ended_reads_every_name(lines: list[str], expected: set[str]) -> None:
    found = headers.sessions_ended(received(*((headers.SESSIONS_ENDED, line) for line in lines)))

    assert found == expected


@pytest.mark.requirement("SES-9")
def test_guard_answer_leaves_a_services_own_policy() -> None:
    answer: CIMultiDict[str] = CIMultiDict({"Content-Security-Policy": "default-src 'none'"})

    headers.guard_answer(answer, request_id="r", is_over_tls=True, is_personal=False)

    assert answer["Content-Security-Policy"] == "default-src 'none'"
