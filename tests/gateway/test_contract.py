"""What the gateway and the services must agree on: which calls there are, and whom the services believe."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest

from gateway.documents import OAUTH2, join
from gateway.routes import GATEWAY, TABLE, Routes
from gateway.school_clients import SchoolClient
from gateway.sessions import Session
from services.attendance import app as attendance_app, config as attendance_config
from services.enrollment import app as enrollment_app, config as enrollment_config
from services.identity import app as identity_app, config as identity_config
from services.identity.rules.scopes import SCOPES
from services.records import app as records_app, config as records_config
from shared import auth, env
from shared.passports import GATEWAY as GATEWAY_ROLE, HEADER, PARENT, Passport, PassportOffice
from tests.support.passports import school_passport

APPS: dict[str, Any] = {
    "identity": (identity_app.create_app, identity_config.Settings),
    "enrollment": (enrollment_app.create_app, enrollment_config.Settings),
    "attendance": (attendance_app.create_app, attendance_config.Settings),
    "records": (records_app.create_app, records_config.Settings),
}
PUBLIC = ("/api/", "/school/", "/verification/")
TOKENS = "/school/v1/token"
METHODS = {"get", "post", "put", "patch", "delete"}


def environment(service: str, folder: Path) -> dict[str, str]:
    prefix = service.upper()
    needed = {
        f"{prefix}_DATABASE_URL": f"sqlite:///{folder / service}.db",
        f"{prefix}_BROKER_URL": f"embedded://{folder}/log.db",
    }
    secrets = {
        each.name: f"{each.name}-of-the-contract-tests-0123456789"
        for each in env.variables(APPS[service][1], prefix=prefix)
        if each.name.endswith("_KEYS")
    }
    others = {
        f"{prefix}_SMTP_URL": "smtp://127.0.0.1:1",
        f"{prefix}_DOCUMENTS_URL": f"file://{folder}/documents",
        "PUBLIC_URL": "https://portail.example.ca",
    }
    return needed | secrets | others


def passport_key(service: str) -> str:
    return f"{service.upper()}_PASSPORT_KEYS-of-the-contract-tests-0123456789"


@pytest.fixture(scope="module")
def applications(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, flask.Flask]]:
    folder = tmp_path_factory.mktemp("contract")
    made = {
        service: create(env.load(settings, environment(service, folder), prefix=service.upper()))
        for service, (create, settings) in APPS.items()
    }
    yield made
    for application in made.values():
        application.extensions["context"].db.close()


@pytest.fixture(scope="module")
def documents(applications: dict[str, flask.Flask]) -> dict[str, dict[str, Any]]:
    return {
        service: application.test_client().get("/openapi.json").json for service, application in applications.items()
    }


def operations(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method.upper(), path) for path, item in document["paths"].items() for method in METHODS & set(item)}


@pytest.mark.requirement("GWY-3")
@pytest.mark.parametrize("service", APPS)
def test_the_table_names_exactly_what_a_service_offers(documents: dict[str, dict[str, Any]], service: str) -> None:
    offered = {(method, path) for method, path in operations(documents[service]) if path.startswith(PUBLIC)}
    named = {
        (method, each.template)
        for each in TABLE
        for method in each.guards
        if each.service == service and each.template.startswith(PUBLIC) and method != "HEAD"
    }

    assert named == offered


def test_the_joined_document_holds_every_call_of_every_service(documents: dict[str, dict[str, Any]]) -> None:
    joined = join(documents, routes=Routes(), public_url="https://portail.example.ca")

    public = {
        (method, path)
        for document in documents.values()
        for method, path in operations(document)
        if path.startswith(PUBLIC)
    }
    assert operations(joined) == public
    assert not [path for path in joined["paths"] if "internal" in path]
    assert {each.service for each in TABLE} == {*APPS, GATEWAY}


@pytest.mark.requirement("S2S-3", "S2S-1")
@pytest.mark.parametrize("service", APPS)
def test_a_service_answers_nobody_without_a_passport_for_it(
    applications: dict[str, flask.Flask], documents: dict[str, dict[str, Any]], service: str
) -> None:
    client = applications[service].test_client()
    caller = Passport(account_id="a", session_id="s", roles=(PARENT, GATEWAY_ROLE), address="192.0.2.7")
    another = min(set(APPS) - {service})
    given = {
        "nothing": {},
        "a passport for another service": {HEADER: PassportOffice(another, (passport_key(another),)).sign(caller)},
        "this service under another's key": {HEADER: PassportOffice(service, (passport_key(another),)).sign(caller)},
        "another service under this key": {HEADER: PassportOffice(another, (passport_key(service),)).sign(caller)},
        "the caller's own word": {"X-User-Id": "a", "X-Passport": "a", "Authorization": "Bearer a"},
    }

    let_in = [
        (method, path, name)
        for method, path in operations(documents[service])
        for name, headers in given.items()
        if client.open(path, method=method, headers=headers, json={}).status_code != 401
    ]

    assert operations(documents[service])
    assert let_in == []


@pytest.mark.requirement("S2S-1")
def test_only_the_gateway_itself_may_ask_who_is_behind_a_token(applications: dict[str, flask.Flask]) -> None:
    client = applications["identity"].test_client()
    office = PassportOffice("identity", (passport_key("identity"),))

    def status(*roles: str) -> int:
        headers = {HEADER: office.sign(Passport(account_id="a", session_id="s", roles=roles))}
        return client.post("/internal/session-introspections", headers=headers, json={"token": "x"}).status_code

    assert status() == 401
    assert status(PARENT) == 403


def test_the_introspection_is_described_as_the_gateway_reads_it(documents: dict[str, dict[str, Any]]) -> None:
    described = documents["identity"]["components"]["schemas"]["IntrospectionOut"]["properties"]

    assert set(Session.__slots__) <= set(described)


def test_the_introspection_of_a_school_s_token_is_described_as_the_gateway_reads_it(
    documents: dict[str, dict[str, Any]],
) -> None:
    described = documents["identity"]["components"]["schemas"]["SchoolTokenIntrospectionOut"]["properties"]

    assert set(SchoolClient.__slots__) <= set(described)


def test_every_scope_that_a_service_asks_for_is_one_that_identity_gives(documents: dict[str, dict[str, Any]]) -> None:
    joined = join(documents, routes=Routes(), public_url="https://portail.example.ca")
    flow = joined["components"]["securitySchemes"][auth.OAUTH2]["flows"]["clientCredentials"]
    asked = {
        (path, tuple(scheme[auth.OAUTH2]))
        for path, item in joined["paths"].items()
        for method in METHODS & set(item)
        for scheme in item[method]["security"]
        if auth.OAUTH2 in scheme
    }

    assert flow["tokenUrl"] in joined["paths"]
    assert [(path, words) for path, words in asked if len(words) != 1 or words[0] not in flow["scopes"]] == []


@pytest.mark.requirement("S2S-4")
@pytest.mark.parametrize("service", APPS)
def test_every_call_for_schools_is_closed_to_whoever_has_every_scope_but_its_own(
    applications: dict[str, flask.Flask], documents: dict[str, dict[str, Any]], service: str
) -> None:
    client = applications[service].test_client()
    office = PassportOffice(service, (passport_key(service),))
    paths = documents[service]["paths"]
    asked = {
        (method, path): paths[path][method.lower()]["security"][0][auth.OAUTH2][0]
        for method, path in operations(documents[service])
        if path.startswith("/school/") and path != TOKENS
    }
    refused = {}
    for (method, path), own in asked.items():
        headers = {HEADER: office.sign(school_passport(*(word for word in SCOPES if word != own)))}
        told = client.open(path, method=method, headers=headers)
        refused[method, path] = (told.status_code, told.json["code"], told.json.get("scope"))

    assert refused == {call: (403, "scope_missing", own) for call, own in asked.items()}


def test_the_gateway_and_the_services_call_the_scheme_of_schools_alike() -> None:
    assert auth.OAUTH2 == OAUTH2
