from urllib.parse import quote

import pytest
from hypothesis import given, strategies as st

from gateway import paths
from gateway.errors import MalformedPath

# What a segment may hold, once decoded: no separator, no control character, nothing that somebody would decode again.
SEGMENTS = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"], exclude_characters="/\\%;"),
    min_size=1,
).filter(lambda text: text not in {".", ".."})


@pytest.mark.requirement("GWY-3")
@pytest.mark.parametrize(
    "raw",
    [
        "/api/v1/../internal/session-introspections",
        "/api/v1/./children",
        "/api/v1/%2e%2e/internal",
        "/api/v1/%2E%2E/internal",
        "/api/v1/.%2e/internal",
        "/api/v1%2finternal",
        "/api/v1%2Finternal",
        "/api/v1/children%5c..%5c",
        "/api/v1/children\\..\\",
        "//api/v1/children",
        "/api//v1/children",
        "/api/v1/children//",
        "/api/v1/children;jsessionid=1",
        "/api/v1/children%3bx",
        "/api/v1/children/%00",
        "/api/v1/children/%0d%0aX-Injected:1",
        "/api/v1/children/%7f",
        "/api/v1/children/%252e%252e",
        "/api/v1/children/%c0%af",
        "/api/v1/children/%c0%ae%c0%ae",
        "/api/v1/children/%e0%80%af",
        "/api/v1/children/%ed%a0%80",
        "/api/v1/children/%ff",
        "/api/v1/children/%zz",
        "/api/v1/children/%2",
        "/api/v1/children/\x7f",
        "/api/v1/children/é",
        "/api/v1/children#fragment",
        "/api/v1/children?x=\x00",
        "/api/v1/children?x=é",
        "api/v1/children",
        "*",
        "",
        "example.ca:443",
    ],
)
def test_read_refuses_what_two_readers_could_read_differently(raw: str) -> None:
    with pytest.raises(MalformedPath):
        paths.read(raw)


@pytest.mark.requirement("GWY-3")
@pytest.mark.parametrize(
    ("raw", "path", "segments", "query"),
    [
        ("/", "/", ("",), ""),
        ("/api/v1/children", "/api/v1/children", ("api", "v1", "children"), ""),
        ("/problems/identity/", "/problems/identity/", ("problems", "identity", ""), ""),
        ("/api/v1/%63hildren", "/api/v1/children", ("api", "v1", "children"), ""),
        ("/a/%c3%a9t%C3%A9", "/a/%C3%A9t%C3%A9", ("a", "été"), ""),
        ("/.well-known/x", "/.well-known/x", (".well-known", "x"), ""),
        (
            "/api/v1/organisations?search=%C3%A9&x=/../",
            "/api/v1/organisations",
            ("api", "v1", "organisations"),
            "search=%C3%A9&x=/../",
        ),
        ("http://elsewhere.example/api/v1/children?a=1", "/api/v1/children", ("api", "v1", "children"), "a=1"),
        ("HTTP://elsewhere.example", "/", ("",), ""),
    ],
)
def test_read_returns_one_spelling(raw: str, path: str, segments: tuple[str, ...], query: str) -> None:
    assert paths.read(raw) == paths.Target(path, segments, query)


@pytest.mark.requirement("GWY-3")
@given(segments=st.lists(SEGMENTS, min_size=1, max_size=5))
def test_read_returns_the_segments_that_were_encoded(segments: list[str]) -> None:
    raw = "/" + "/".join(quote(segment, safe="") for segment in segments)

    target = paths.read(raw)

    assert target.segments == tuple(segments)


def readable(raw: str) -> bool:
    try:
        paths.read(raw)
    except MalformedPath:
        return False
    return True


@pytest.mark.requirement("GWY-3")
@given(raw=st.from_regex(r"/[a-z.%2efF5c;/]{0,12}(\?[a-z=/.]{0,5})?", fullmatch=True).filter(readable))
def test_read_changes_nothing_when_it_reads_its_own_spelling(raw: str) -> None:
    once = paths.read(raw)

    assert paths.read(str(once)) == once
    assert not {".", ".."} & set(once.segments)
    assert "" not in once.segments[:-1]
