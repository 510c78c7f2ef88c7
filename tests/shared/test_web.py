import json
from collections.abc import Callable
from pathlib import Path

import flask.testing
import flask_smorest
import marshmallow as ma
import pytest
from flask.views import MethodView
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from shared import auth, fields, ids, passports, web
from shared.passports import Passport, PassportOffice
from shared.problems import NotFound, Problem
from tests.support.passports import school_passport

KEYS = ("abcdefghijklmnopqrstuvwxyz0123456789",)
OFFICE = PassportOffice("sample", KEYS)


class NoteIn(fields.In):
    name = fields.Line(longest=10, required=True)
    number = fields.WholeNumber(least=1, most=3)
    born_on = ma.fields.Date()
    color = ma.fields.String(allow_none=True, validate=ma.validate.OneOf(["red", "blue"]))
    deeper = ma.fields.List(ma.fields.Nested(lambda: NoteIn(only=("name",))))


class NoteFilter(ma.Schema):
    search = fields.Line(longest=5, shortest=0)


class TakenApartFilter(ma.Schema):
    word = ma.fields.String(load_default="a")
    words = ma.fields.List(ma.fields.String(), load_default=list)


class PlainFilter(ma.Schema):
    word = ma.fields.String(load_default="a")


class NeededFilter(ma.Schema):
    word = ma.fields.String(required=True)


class Boom(Problem):
    type = "/problems/sample/not-found"
    status = 409


@pytest.fixture
def app() -> flask.Flask:
    open_door = web.Blueprint("notes", __name__, url_prefix="/api/v1/notes")
    open_door.before_request(auth.public)
    parents_door = web.Blueprint("own", __name__, url_prefix="/api/v1/own")
    parents_door.before_request(auth.require("parent"))
    schools_door = web.Blueprint("marks", __name__, url_prefix="/school/v1/marks")
    schools_door.before_request(auth.require(passports.SCHOOL))

    @open_door.route("")
    class Notes(MethodView):
        @open_door.arguments(NoteFilter, location="query")
        @open_door.response(200, NoteIn(many=True))
        @open_door.paginate(page_size=6)
        def get(self, filters: dict, pagination_parameters: object) -> list:
            pagination_parameters.item_count = 7  # type: ignore[attr-defined]
            return [{"name": "a"}]

        @open_door.arguments(NoteIn)
        @open_door.response(200, NoteIn)
        def post(self, body: dict) -> dict:
            faults: dict[str, Callable[[], Exception]] = {
                "fault": lambda: RuntimeError("a secret: 392131"),
                "database": lambda: OperationalError("SELECT", {"email": "p@example.com"}, Exception()),
                "refused": Boom,
            }
            if body["name"] in faults:
                raise faults[body["name"]]()
            return body

    def takes_apart(wanted: dict) -> dict:
        found = {**wanted, "words": list(wanted.get("words", ()))}
        wanted.pop("word")
        wanted.get("words", []).append("of another request")
        return found

    for name, schema in (("plain", PlainFilter), ("nested", TakenApartFilter), ("needed", NeededFilter)):
        view = open_door.response(200)(takes_apart)
        open_door.route(f"/{name}", endpoint=name)(open_door.arguments(schema, location="query")(view))

    @schools_door.route("")
    class Marks(MethodView):
        @auth.scope("marks.read")
        @schools_door.response(200)
        def get(self) -> dict:
            return {"organisation_code": auth.current().organisation_code}

        @auth.scope("marks.write")
        @schools_door.arguments(NoteIn)
        @schools_door.response(200)
        def post(self, body: dict) -> dict:
            return body

    @parents_door.route("")
    class Own(MethodView):
        @parents_door.response(200)
        def get(self) -> dict:
            return {"account_id": auth.current().account_id}

    return web.create_app(
        "sample",
        title="Sample",
        folder=Path(__file__).parent,
        passport_keys=KEYS,
        blueprints=[open_door, parents_door, schools_door],
        problems=[NotFound],
        is_ready=lambda: False,
    )


@pytest.fixture
def client(app: flask.Flask) -> flask.testing.FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_PASSPORT"] = OFFICE.sign(Passport(address="192.0.2.1"))
    return client


@pytest.mark.parametrize("given", ["not-an-id", "x" * 5000, "'; DROP TABLE"])
def test_an_id_of_a_request_that_is_none_is_replaced(client: flask.testing.FlaskClient, given: str) -> None:
    told = client.get("/nowhere", headers={"X-Request-Id": given}).json["request_id"]
    assert ids.is_id(told)
    assert client.get("/nowhere", headers={"X-Request-Id": told}).json["request_id"] == told


@pytest.mark.requirement("ACC-15")
@pytest.mark.parametrize(
    ("request_of", "status", "code"),
    [
        ({"data": "{", "content_type": "application/json"}, 400, "malformed_request"),
        ({"data": b"\xff\xfe{}", "content_type": "application/json"}, 400, "malformed_request"),
        ({"data": "[" * 5000, "content_type": "application/json"}, 400, "malformed_request"),
        ({"data": '{"name": NaN}', "content_type": "application/json"}, 400, "malformed_request"),
        ({"data": "name=x", "content_type": "text/plain"}, 415, "unsupported_media_type"),
        ({"data": {"name": "x"}}, 415, "unsupported_media_type"),
        ({"json": {"name": "x" * 70_000}}, 413, "body_too_large"),
        ({"json": [1]}, 422, "validation_failed"),
        ({}, 422, "validation_failed"),
        ({"json": {"name": "fault"}}, 500, "internal_error"),
        ({"json": {"name": "database"}}, 503, "unavailable"),
        ({"json": {"name": "refused"}}, 409, "not_found"),
    ],
)
def test_every_refusal_is_a_problem_document(
    client: flask.testing.FlaskClient, request_of: dict, status: int, code: str
) -> None:
    answer = client.post("/api/v1/notes", **request_of)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Content-Language"] == "fr"
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.json) >= {"type", "title", "status", "detail", "severity", "request_id"}
    assert "392131" not in answer.text
    assert "example.com" not in answer.text


@pytest.mark.requirement("ACC-14")
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/name"),
        ({"name": None}, "#/name"),
        ({"name": 1}, "#/name"),
        ({"name": "a\u0000"}, "#/name"),
        ({"name": "a\u202eb"}, "#/name"),
        ({"name": "a", "is_admin": True}, "#/is_admin"),
        ({"name": "a", "a/b~c": 1}, "#/a~1b~0c"),
        ({"name": "a", "number": True}, "#/number"),
        ({"name": "a", "number": 1.0}, "#/number"),
        ({"name": "a", "number": "1"}, "#/number"),
        ({"name": "a", "number": 4}, "#/number"),
        ({"name": "a", "born_on": "2023-02-30"}, "#/born_on"),
        ({"name": "a", "deeper": [{"name": "b"}, {"name": []}]}, "#/deeper/1/name"),
    ],
)
def test_validation_points_at_the_mistake_in_both_languages(
    client: flask.testing.FlaskClient, body: dict, pointer: str
) -> None:
    french = client.post("/api/v1/notes", json=body).json["errors"]
    english = client.post("/api/v1/notes", json=body, headers={"Accept-Language": "en-CA"}).json["errors"]
    assert [error["pointer"] for error in french] == [error["pointer"] for error in english] == [pointer]
    assert french[0]["detail"] != english[0]["detail"]


def test_a_query_mistake_names_the_parameter(client: flask.testing.FlaskClient) -> None:
    [error] = client.get("/api/v1/notes?search=abcdefgh").json["errors"]
    assert error["parameter"] == "search"


@pytest.mark.parametrize("name", ["plain", "nested"])
def test_an_empty_query_is_each_requests_own(client: flask.testing.FlaskClient, name: str) -> None:
    answers = [client.get(f"/api/v1/notes/{name}").json for _ in range(3)]
    assert answers == [{"word": "a", "words": []}] * 3


def test_an_empty_query_is_refused_where_something_is_required(client: flask.testing.FlaskClient) -> None:
    answers = [client.get("/api/v1/notes/needed") for _ in range(2)]
    assert [(answer.status_code, answer.json["errors"][0]["parameter"]) for answer in answers] == [(422, "word")] * 2


@pytest.mark.parametrize("asked", ["page=0", "page=99999999999999999999", "page=x", "page_size=0", "page_size=101"])
def test_a_page_that_cannot_be_is_refused(client: flask.testing.FlaskClient, asked: str) -> None:
    answer = client.get(f"/api/v1/notes?{asked}")
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert answer.json["errors"][0]["parameter"] == asked.partition("=")[0]


@given(page=st.integers(1, 30), page_size=st.integers(1, 10), item_count=st.integers(0, 100))
def test_pages_are_told_as_flask_smorest_tells_them(page: int, page_size: int, item_count: int) -> None:
    ours = web.Blueprint._make_pagination_metadata(page, page_size, item_count)
    assert ours == flask_smorest.Blueprint._make_pagination_metadata(page, page_size, item_count)


def test_lists_are_pages(client: flask.testing.FlaskClient) -> None:
    answer = client.get("/api/v1/notes?page=2")
    assert answer.json == [{"name": "a"}]
    assert '"total": 7' in answer.headers["X-Pagination"]


@pytest.mark.requirement("S2S-3")
def test_a_call_without_a_passport_is_refused(app: flask.Flask) -> None:
    answer = app.test_client().get("/api/v1/notes")
    assert (answer.status_code, answer.json["code"]) == (401, "passport_required")


def test_a_parents_door_asks_for_a_session_and_the_role(app: flask.Flask) -> None:
    def get(passport: Passport) -> TestResponse:
        return app.test_client().get("/api/v1/own", headers={passports.HEADER: OFFICE.sign(passport)})

    anonymous, other, parent = (
        get(Passport(address="x")),
        get(Passport(roles=("gateway",))),
        get(Passport(account_id="a", roles=("parent",))),
    )
    assert [anonymous.status_code, other.status_code, parent.status_code] == [401, 403, 200]
    assert anonymous.json["code"] == "not_signed_in"
    assert anonymous.headers["WWW-Authenticate"].startswith("Bearer")
    assert parent.json == {"account_id": "a"}


def test_unknown_paths_and_methods_are_refused(client: flask.testing.FlaskClient) -> None:
    assert client.get("/nowhere").json["code"] == "not_found"
    assert client.put("/api/v1/notes").json["code"] == "method_not_allowed"


def test_health_tells_the_process_from_its_readiness(client: flask.testing.FlaskClient) -> None:
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_a_problem_type_resolves_to_a_page_in_both_languages(client: flask.testing.FlaskClient) -> None:
    page = client.get("/problems/sample/not-found")
    assert "Introuvable" in page.text
    assert "Not found" in page.text
    assert client.get("/problems/sample/nonsense").status_code == 404


def test_openapi_documents_refusals_as_problems(client: flask.testing.FlaskClient) -> None:
    document = client.get("/openapi.json").json
    assert document["openapi"] == "3.1.0"
    refused = document["components"]["responses"]["DEFAULT_ERROR"]
    assert list(refused["content"]) == ["application/problem+json"]


def test_openapi_leaves_refusals_open_for_what_some_of_them_say_besides(client: flask.testing.FlaskClient) -> None:
    schemas = client.get("/openapi.json").json["components"]["schemas"]
    assert schemas["ProblemOut"]["additionalProperties"] is True
    assert schemas["ProblemOut"]["properties"]["errors"]["items"] == {"$ref": "#/components/schemas/MistakeOut"}
    assert set(schemas["MistakeOut"]["properties"]) == {"pointer", "parameter", "detail"}


def test_openapi_describes_a_choice_that_may_be_null_as_one_list_of_choices(
    client: flask.testing.FlaskClient,
) -> None:
    properties = client.get("/openapi.json").json["components"]["schemas"]["NoteIn"]["properties"]
    assert properties["color"] == {"anyOf": [{"type": "string", "enum": ["red", "blue"]}, {"type": "null"}]}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3),
    max_leaves=8,
)


@pytest.mark.requirement("ACC-14")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.dictionaries(st.sampled_from(["name", "number", "born_on", "deeper"]) | st.text(max_size=5), _json) | _json
)
def test_no_json_makes_a_fault(client: flask.testing.FlaskClient, body: object) -> None:
    # The standard library's writer, because ours refuses numbers that a stranger may well send.
    answer = client.post("/api/v1/notes", data=json.dumps(body), content_type="application/json")
    assert answer.status_code in {200, 400, 413, 422}


@pytest.mark.requirement("S2S-4")
def test_a_scope_opens_its_method_and_no_other(client: flask.testing.FlaskClient) -> None:
    headers = {passports.HEADER: OFFICE.sign(school_passport("marks.read", "marks", organisation_code="712000"))}
    answer = client.get("/school/v1/marks", headers=headers)
    assert (answer.status_code, answer.json) == (200, {"organisation_code": "712000"})
    # Refused before anything of the body is read.
    refused = client.post("/school/v1/marks", headers=headers, data=b"{broken", content_type="application/json")
    assert (refused.status_code, refused.json["type"]) == (403, "/problems/sample/scope-missing")
    assert refused.json["scope"] == "marks.write"
    assert "marks.write" in refused.json["detail"]
    challenge = 'Bearer realm="vitrail", error="insufficient_scope", scope="marks.write"'
    assert refused.headers["WWW-Authenticate"] == challenge


@pytest.mark.requirement("S2S-4")
def test_a_parent_with_the_words_of_a_scope_is_no_school(client: flask.testing.FlaskClient) -> None:
    passport = Passport(account_id="a1", session_id="s1", roles=("parent",), scopes=("marks.read",))
    refused = client.get("/school/v1/marks", headers={passports.HEADER: OFFICE.sign(passport)})
    assert (refused.status_code, refused.json["code"]) == (403, "not_allowed")


def test_the_document_names_the_scope_of_each_method(client: flask.testing.FlaskClient) -> None:
    path = client.get("/openapi.json").json["paths"]["/school/v1/marks"]
    assert {name: path[name]["security"] for name in ("get", "post")} == {
        "get": [{auth.OAUTH2: ["marks.read"]}],
        "post": [{auth.OAUTH2: ["marks.write"]}],
    }
    assert "requestBody" in path["post"]
