from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from gateway.documents import FRESH_FOR_S, OAUTH2, RETRY_AFTER_S, join
from gateway.routes import CREDENTIALS, SCHOOL, Routes, route
from tests.gateway.conftest import Door, FakeSeconds, FakeService
from tests.gateway.test_failures import unused_url

PROBLEM = {"type": "object", "properties": {"code": {"type": "string"}}}


def part(paths: dict[str, Any], **components: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "x"}, "paths": paths, "components": components, "tags": []}


def operation(schema: str = "", **more: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {
        "responses": {"200": {"description": "OK", "content": content} if schema else {"description": "OK"}},
        **more,
    }


IDENTITY = part(
    {
        "/api/v1/session": {
            "parameters": [{"$ref": "#/components/parameters/Language"}],
            "get": operation("Link"),
            "post": operation("Session"),
            "put": operation(),
        },
        "/api/v1/password-policy": {"get": operation("Policy", responses={"429": {"description": "its own"}})},
        "/internal/session-introspections": {"post": operation()},
        "/api/v1/children": {"get": operation()},
    },
    schemas={"Link": {"type": "string"}, "Session": {"type": "object"}, "ProblemOut": PROBLEM},
    parameters={"Language": {"in": "header", "name": "Accept-Language"}},
)
ENROLLMENT = part(
    {"/api/v1/children/{child_id}": {"delete": operation("Link")}, "/api/v1/claims": {"post": operation("Links")}},
    schemas={
        "Link": {"type": "object", "properties": {"problem": {"$ref": "#/components/schemas/ProblemOut"}}},
        "Links": {"type": "array", "items": {"$ref": "#/components/schemas/Link"}},
        "ProblemOut": PROBLEM,
    },
)


def joined(
    identity: dict[str, Any] | None = IDENTITY, enrollment: dict[str, Any] | None = ENROLLMENT
) -> dict[str, Any]:
    return join(
        {"identity": identity, "enrollment": enrollment}, routes=Routes(), public_url="https://portail.example.ca"
    )


SCHEME = {
    "type": "oauth2",
    "flows": {"clientCredentials": {"tokenUrl": "/school/v1/token", "scopes": {"claims.read": "Lire. | Read."}}},
}


def test_join_says_how_a_school_s_system_gets_in_and_with_which_scope() -> None:
    table = [
        route("/school/v1/claims", "enrollment", GET=SCHOOL),
        route("/school/v1/token", "identity", POST=CREDENTIALS),
    ]
    document = join(
        {
            "identity": part({"/school/v1/token": {"post": operation()}}, securitySchemes={OAUTH2: SCHEME}),
            "enrollment": part({"/school/v1/claims": {"get": operation(security=[{OAUTH2: ["claims.read"]}])}}),
        },
        routes=Routes(table),
        public_url="https://portail.example.ca",
    )
    token, claims = (document["paths"][f"/school/v1/{name}"] for name in ("token", "claims"))

    assert document["components"]["securitySchemes"][OAUTH2] == SCHEME
    assert claims["get"]["security"] == [{OAUTH2: ["claims.read"]}]
    assert sorted(claims["get"]["responses"]) == ["200", "401", "403", "429"]
    assert claims["get"]["responses"]["403"] == {"$ref": "#/components/responses/ScopeMissing"}
    assert token["post"]["security"] == [{"client": []}, {}]


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(entry) for entry in value.values()))
    if isinstance(value, list):
        return set().union(*(references(entry) for entry in value))
    return set()


@pytest.mark.requirement("GWY-7")
def test_join_takes_what_can_be_reached_and_nothing_else() -> None:
    paths = joined()["paths"]

    assert {path: sorted(set(item) - {"parameters"}) for path, item in paths.items()} == {
        "/api/v1/session": ["get", "post"],
        "/api/v1/password-policy": ["get"],
        "/api/v1/children/{child_id}": ["delete"],
        "/api/v1/claims": ["post"],
    }


def test_join_renames_what_two_services_call_alike() -> None:
    document = joined()
    schemas = document["components"]["schemas"]

    assert schemas["Link"] == {"type": "string"}
    assert schemas["EnrollmentLink"]["type"] == "object"
    assert schemas["Links"]["items"] == {"$ref": "#/components/schemas/EnrollmentLink"}
    deletion = document["paths"]["/api/v1/children/{child_id}"]["delete"]["responses"]["200"]
    assert deletion["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/EnrollmentLink"}
    assert schemas["EnrollmentLink"]["properties"]["problem"] == {"$ref": "#/components/schemas/ProblemOut"}
    assert schemas["ProblemOut"] == PROBLEM
    assert "EnrollmentProblemOut" not in schemas


@pytest.mark.requirement("GWY-7")
def test_join_leaves_out_the_shapes_of_internal_calls() -> None:
    internal = {"/internal/session-introspections": {"post": operation("TokenIn")}}
    identity = {**IDENTITY, "paths": IDENTITY["paths"] | internal}
    identity["components"] = {**IDENTITY["components"], "schemas": IDENTITY["components"]["schemas"] | {"TokenIn": {}}}

    assert "TokenIn" not in joined(identity)["components"]["schemas"]


def test_join_leaves_no_reference_open() -> None:
    complete = {"Policy": {"type": "object"}, **IDENTITY["components"]["schemas"]}
    document = joined({**IDENTITY, "components": {**IDENTITY["components"], "schemas": complete}})

    missing = [
        reference
        for reference in references(document)
        if reference.split("/")[3] not in document["components"].get(reference.split("/")[2], {})
    ]

    assert missing == []


def test_join_changes_none_of_its_parts() -> None:
    before = repr((IDENTITY, ENROLLMENT))

    joined()

    assert repr((IDENTITY, ENROLLMENT)) == before


def test_join_names_every_operation() -> None:
    paths = joined()["paths"]

    assert paths["/api/v1/session"]["post"]["operationId"] == "sign_in"
    assert paths["/api/v1/children/{child_id}"]["delete"]["operationId"] == "delete_child"


def test_join_describes_the_door_s_refusals_as_the_services_do() -> None:
    document = joined()
    refusal = document["components"]["responses"]["NotSignedIn"]["content"]["application/problem+json"]

    assert refusal["schema"] == {"$ref": "#/components/schemas/ProblemOut"}
    assert document["components"]["schemas"]["ProblemOut"] == PROBLEM


def test_join_says_how_one_signs_in() -> None:
    document = joined()

    assert document["components"]["securitySchemes"]["cookie"]["name"] == "__Host-vitrail"
    assert document["paths"]["/api/v1/session"]["post"]["security"] == []
    assert document["paths"]["/api/v1/session"]["get"]["security"] == [{"bearer": []}, {"cookie": []}]
    assert document["paths"]["/api/v1/claims"]["post"]["security"] == [{"bearer": []}, {"cookie": [], "csrf": []}]


def test_join_says_what_the_door_may_refuse() -> None:
    paths = joined()["paths"]

    assert {"200", "401", "403", "429"} == set(paths["/api/v1/claims"]["post"]["responses"])
    assert {"200", "401", "429"} == set(paths["/api/v1/session"]["get"]["responses"])
    assert paths["/api/v1/password-policy"]["get"]["responses"] == {"429": {"description": "its own"}}


def test_join_names_the_parts_that_are_missing() -> None:
    document = joined(enrollment=None)

    assert document["x-missing-parts"] == ["enrollment"]
    assert "enrollment" in document["info"]["description"]
    assert "x-missing-parts" not in joined()


def document_of(content: dict[str, Any]) -> Callable[[web.Request], Any]:
    async def give(request: web.Request) -> web.Response:
        return web.json_response(content)

    return give


@pytest.fixture
def documented(identity: FakeService, enrollment: FakeService) -> None:
    identity.answers["/openapi.json"] = document_of(IDENTITY)
    enrollment.answers["/openapi.json"] = document_of(ENROLLMENT)


def asked(service: FakeService) -> int:
    return [seen.target for seen in service.seen].count("/openapi.json")


def test_the_document_is_asked_for_once_a_minute(
    door: Door, documented: None, identity: FakeService, seconds: FakeSeconds
) -> None:
    first = door.get("/api/v1/openapi.json")
    seconds.advance(FRESH_FOR_S - 1)
    second = door.get("/api/v1/openapi.json")

    assert first.json()["paths"].keys() == second.json()["paths"].keys()
    assert asked(identity) == 1
    seconds.advance(1)
    door.get("/api/v1/openapi.json")
    assert asked(identity) == 2


def test_the_document_keeps_what_a_service_said_before_it_went_down(
    door: Door, documented: None, enrollment: FakeService, seconds: FakeSeconds
) -> None:
    door.get("/api/v1/openapi.json")
    enrollment.answer("/openapi.json", status=503)
    seconds.advance(FRESH_FOR_S)

    assert "/api/v1/claims" in door.get("/api/v1/openapi.json").json()["paths"]


def test_the_document_is_asked_for_sooner_while_a_part_is_missing(
    door: Door, documented: None, enrollment: FakeService, seconds: FakeSeconds
) -> None:
    enrollment.answer("/openapi.json", status=503)
    assert door.get("/api/v1/openapi.json").json()["x-missing-parts"] == ["enrollment"]
    enrollment.answers["/openapi.json"] = document_of(ENROLLMENT)

    seconds.advance(RETRY_AFTER_S)

    assert "/api/v1/claims" in door.get("/api/v1/openapi.json").json()["paths"]


@pytest.mark.parametrize("said", [{"status": 200, "body": b"not json"}, {"status": 200, "body": b"[]"}])
def test_the_document_does_without_a_part_that_is_no_document(
    door: Door, documented: None, enrollment: FakeService, said: dict[str, Any]
) -> None:
    enrollment.answer("/openapi.json", **said)

    assert door.get("/api/v1/openapi.json").json()["x-missing-parts"] == ["enrollment"]


def test_the_document_comes_without_any_service(make_door: Callable[..., Door]) -> None:
    door = make_door(identity_url=unused_url(), enrollment_url=unused_url())

    assert door.get("/api/v1/openapi.json").json()["x-missing-parts"] == ["identity", "enrollment"]


def test_the_document_is_not_sent_again_to_whoever_has_it(door: Door, documented: None) -> None:
    tag = door.get("/api/v1/openapi.json").headers["ETag"]

    reply = door.get("/api/v1/openapi.json", If_None_Match=tag)

    assert (reply.status, reply.body) == (304, b"")
