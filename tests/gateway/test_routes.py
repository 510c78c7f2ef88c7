import pytest

from gateway.routes import (
    ANYONE,
    CREDENTIALS,
    ENROLLMENT,
    FORM,
    IDENTITY,
    KIBIBYTE,
    MEBIBYTE,
    SCHOOL,
    SESSION,
    TABLE,
    Routes,
    route,
)
from services.enrollment.api.school_registry import LARGEST_REGISTRY, LONGEST_IMPORT, ZIP
from shared.problems import MethodNotAllowed, NotFound


def find(method: str, path: str) -> tuple[str, str, str]:
    found, guard = Routes().find(method, tuple(path[1:].split("/")))
    return found.service, found.template, guard.value


@pytest.mark.parametrize(
    ("method", "path", "service", "template", "guard"),
    [
        ("GET", "/api/v1/password-policy", IDENTITY, "/api/v1/password-policy", "anyone"),
        ("POST", "/api/v1/session", IDENTITY, "/api/v1/session", "anyone"),
        ("GET", "/api/v1/session", IDENTITY, "/api/v1/session", "session"),
        ("HEAD", "/api/v1/session", IDENTITY, "/api/v1/session", "session"),
        ("POST", "/api/v1/session/reauthentication", IDENTITY, "/api/v1/session/reauthentication", "session"),
        ("DELETE", "/api/v1/account", IDENTITY, "/api/v1/account", "session"),
        ("PUT", "/api/v1/account/password", IDENTITY, "/api/v1/account/password", "session"),
        ("DELETE", "/api/v1/sessions/abc", IDENTITY, "/api/v1/sessions/{session_id}", "session"),
        (
            "POST",
            "/api/v1/verification-codes/c1/verification",
            IDENTITY,
            "/api/v1/verification-codes/{challenge_id}/verification",
            "anyone",
        ),
        ("GET", "/api/v1/social/google/start", IDENTITY, "/api/v1/social/{provider}/start", "anyone"),
        ("POST", "/api/v1/social/google/callback", IDENTITY, "/api/v1/social/{provider}/callback", "anyone"),
        ("GET", "/api/v1/organisations", ENROLLMENT, "/api/v1/organisations", "anyone"),
        ("POST", "/api/v1/claims", ENROLLMENT, "/api/v1/claims", "session"),
        ("GET", "/api/v1/children/c1", ENROLLMENT, "/api/v1/children/{child_id}", "session"),
        ("GET", "/problems/enrollment/claim-mismatch", ENROLLMENT, "/problems/enrollment/{slug}", "anyone"),
        ("GET", "/problems/identity/", IDENTITY, "/problems/identity/", "anyone"),
    ],
)
def test_find_returns_who_answers_and_who_may_ask(
    method: str, path: str, service: str, template: str, guard: str
) -> None:
    assert find(method, path) == (service, template, guard)


@pytest.mark.requirement("GWY-3", "GWY-7")
@pytest.mark.parametrize(
    "path",
    [
        "/internal/session-introspections",
        "/openapi.json",
        "/metrics",
        "/api",
        "/api/v1",
        "/api/v2/children",
        "/api/v1/children/",
        "/api/v1/children/c1/everything",
        "/problems/portal/x",
        "/API/v1/children",
    ],
)
def test_find_knows_no_other_path(path: str) -> None:
    with pytest.raises(NotFound):
        find("GET", path)


@pytest.mark.requirement("GWY-3")
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("TRACE", "/api/v1/children", "GET, HEAD"),
        ("PUT", "/api/v1/session", "POST, GET, DELETE, HEAD"),
        ("POST", "/problems/identity/code-rejected", "GET, HEAD"),
        ("get", "/api/v1/children", "GET, HEAD"),
    ],
)
def test_find_knows_no_other_method(method: str, path: str, allowed: str) -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        find(method, path)

    assert refused.value.facts["allow"] == allowed


def test_find_takes_a_literal_before_a_name_and_comes_back_when_it_leads_nowhere() -> None:
    routes = Routes(
        [
            route("/a/{id}/x", IDENTITY, GET=ANYONE),
            route("/a/b", IDENTITY, GET=ANYONE),
            route("/a/{id}", IDENTITY, GET=SESSION),
        ]
    )

    assert routes.find("GET", ("a", "b"))[0].template == "/a/b"
    assert routes.find("GET", ("a", "c"))[0].template == "/a/{id}"
    assert routes.find("GET", ("a", "b", "x"))[0].template == "/a/{id}/x"


def test_routes_refuse_two_lines_for_one_template() -> None:
    with pytest.raises(ValueError, match="two lines"):
        Routes([route("/a", IDENTITY, GET=ANYONE), route("/a", IDENTITY, POST=ANYONE)])


def test_no_write_of_enrollment_is_open_to_strangers() -> None:
    open_writes = [
        (each.template, method)
        for each in TABLE
        for method, guard in each.guards.items()
        if each.service == ENROLLMENT and guard is ANYONE and method not in {"GET", "HEAD"}
    ]

    assert open_writes == []


def test_only_the_way_back_from_a_provider_takes_forms_of_other_sites() -> None:
    assert [each.template for each in TABLE if each.is_return] == ["/api/v1/social/{provider}/callback"]
    assert [each.template for each in TABLE if each.media_types == FORM] == [
        "/api/v1/social/{provider}/callback",
        "/school/v1/token",
    ]


@pytest.mark.requirement("S2S-2")
def test_only_the_place_of_tokens_looks_at_credentials_itself() -> None:
    looked_at = [(each.template, each.service) for each in TABLE if CREDENTIALS in each.guards.values()]
    assert looked_at == [("/school/v1/token", IDENTITY)]


def test_paths_for_schools_are_for_schools_alone() -> None:
    guards = {(each.template, guard) for each in TABLE for guard in each.guards.values() if "/school/" in each.template}
    assert {guard for template, guard in guards if template != "/school/v1/token"} <= {SCHOOL}
    assert [
        each.template for each in TABLE if SCHOOL in each.guards.values() and "/school/v1/" not in each.template
    ] == []


@pytest.mark.requirement("GWY-4")
def test_what_memory_has_no_room_for_comes_in_on_disk() -> None:
    large = {each.template: each for each in TABLE if each.largest_body > MEBIBYTE}
    registries = large["/school/v1/imports"]

    assert all(each.is_streamed for each in large.values())
    # Whoever is no school sends a picture or a document, and no more.
    assert {each.largest_body for each in large.values() if set(each.guards.values()) != {SCHOOL}} <= {
        5 * MEBIBYTE + 64 * KIBIBYTE,
        10 * MEBIBYTE,
    }
    # The service takes no less: what comes through here is not turned away there.
    assert (registries.largest_body, registries.media_types, registries.timeout) == (
        LARGEST_REGISTRY,
        ZIP,
        LONGEST_IMPORT,
    )
