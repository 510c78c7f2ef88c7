import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749 import OAuth2Token
from authlib.oauth2.rfc6749.parameters import prepare_token_request

from services.identity.operations.school_clients import Registered
from shared.passports import PARENT, SCHOOL, Passport
from tests.identity.conftest import AS_GATEWAY, Caller
from tests.identity.world import HOME

PATH = "/school/v1/token"
INTROSPECTION = "/internal/school-token-introspections"
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def client(call: Caller) -> Registered:
    return call.identity.add_client()


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def ask(call: Caller, client: Registered, **form: str) -> Any:
    return call("POST", PATH, data=GRANT | form, headers=basic(client.client_id, client.secret))


def test_a_client_gets_a_token_as_the_rfc_describes(call: Caller, client: Registered) -> None:
    told = ask(call, client, scope="claims.read")

    assert (told.status_code, told.mimetype) == (200, "application/json")
    assert told.json.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (told.json["token_type"], told.json["expires_in"], told.json["scope"]) == ("Bearer", 3600, "claims.read")
    assert (told.headers["Cache-Control"], told.headers["Pragma"]) == ("no-store", "no-cache")
    introspected = call("POST", INTROSPECTION, {"token": told.json["access_token"]}, passport=AS_GATEWAY)
    assert introspected.json == {
        "client_id": client.client_id,
        "organisation_code": "712000",
        "scopes": ["claims.read"],
        "expires_at": "2026-01-15T15:30:00+00:00",
    }


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_client_library_that_knows_nothing_of_us_gets_a_token(call: Caller, client: Registered, method: str) -> None:
    library = ClientAuth(client.client_id, client.secret, method)

    def fetch(scope: str) -> Any:
        body = prepare_token_request("client_credentials", scope=scope)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        _, headers, sent = library.prepare("POST", PATH, form, body)
        return call("POST", PATH, data=sent, headers=headers)

    token = OAuth2Token.from_dict(fetch("registry.write").json)
    assert (token["token_type"], token["scope"], token.is_expired()) == ("Bearer", "registry.write", False)
    assert fetch("pins.write").json["error"] == "invalid_scope"


def test_credentials_with_characters_of_their_own_are_read_as_forms_are(call: Caller, client: Registered) -> None:
    encoded = client.client_id.replace("-", "%2D"), client.secret.replace("_", "%5f")
    assert call("POST", PATH, data=GRANT, headers=basic(*encoded)).status_code == 200


REFUSED = [
    ("no-client", GRANT, {}, 401, "invalid_client", "client_rejected"),
    ("wrong-secret", GRANT | {"client_id": "ID", "client_secret": "x"}, {}, 401, "invalid_client", "client_rejected"),
    ("no-grant", {"client_id": "ID", "client_secret": "S"}, {}, 400, "invalid_request", "token_request_malformed"),
    ("password", {"grant_type": "password"}, {}, 400, "unsupported_grant_type", "grant_type_unsupported"),
    (
        "too-much",
        GRANT | {"client_id": "ID", "client_secret": "S", "scope": "pins.write"},
        {},
        *(400, "invalid_scope", "scope_refused"),
    ),
    (
        "twice",
        GRANT | {"client_id": "ID", "client_secret": "S"},
        basic("x", "y"),
        *(400, "invalid_request", "token_request_malformed"),
    ),
    ("bearer", GRANT, {"Authorization": "Bearer x"}, 400, "invalid_request", "token_request_malformed"),
    (
        "repeated",
        {"grant_type": ["client_credentials", "client_credentials"]},
        {},
        *(400, "invalid_request", "token_request_malformed"),
    ),
]


@pytest.mark.requirement("ACC-15")
@pytest.mark.parametrize(
    ("form", "headers", "status", "error", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_refusal_is_one_of_rfc_6749_and_of_rfc_9457_at_once(
    call: Caller,
    client: Registered,
    form: dict[str, Any],
    headers: dict[str, str],
    status: int,
    error: str,
    code: str,
) -> None:
    real = {"ID": client.client_id, "S": client.secret}
    given = {name: real.get(value, value) if isinstance(value, str) else value for name, value in form.items()}
    told = call("POST", PATH, data=given, headers=headers | {"Accept-Language": "en"})

    assert (told.status_code, told.mimetype) == (status, "application/json")
    assert (told.json["error"], told.json["code"], told.json["status"]) == (error, code, status)
    assert told.json["type"] == f"/problems/identity/{code.replace('_', '-')}"
    assert told.json.keys() >= {"title", "detail", "severity", "request_id"}
    # RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E.
    assert all(" " <= character <= "~" and character not in '"\\' for character in told.json["error_description"])
    assert (told.headers["Cache-Control"], told.headers["Pragma"]) == ("no-store", "no-cache")
    assert ("WWW-Authenticate" in told.headers) == (status == 401)


def test_an_unknown_client_is_told_to_authenticate_by_name_and_secret(call: Caller) -> None:
    told = call("POST", PATH, data=GRANT, headers=basic("x", "y"))
    assert told.headers["WWW-Authenticate"] == 'Basic realm="vitrail", charset="UTF-8"'


def test_too_many_wrong_secrets_say_when_to_come_back_and_hold_nobody_up(make_call: Callable[..., Caller]) -> None:
    call = make_call(client_wrong_limit=1)
    client = call.identity.add_client()
    told = [call("POST", PATH, data=GRANT, headers=basic(client.client_id, "x")) for _ in range(2)]

    assert [each.status_code for each in told] == [401, 429]
    assert (told[1].json["error"], told[1].json["code"]) == ("invalid_client", "too_many_wrong_secrets")
    assert 1 <= int(told[1].headers["Retry-After"]) <= 16 * 60
    assert ask(call, client).status_code == 200


@pytest.mark.parametrize(
    "options", [{"json": {"grant_type": "client_credentials"}}, {"data": b"{}", "content_type": "text/plain"}, {}]
)
def test_only_a_form_is_read(call: Caller, client: Registered, options: dict[str, Any]) -> None:
    told = call("POST", PATH, headers=basic(client.client_id, client.secret), **options)
    assert (told.status_code, told.json["code"]) == (415, "unsupported_media_type")


def test_a_form_is_a_small_one(call: Caller) -> None:
    told = call("POST", PATH, data=GRANT | {"x": "y" * 9000})
    assert (told.status_code, told.json["code"]) == (413, "body_too_large")


def test_nothing_of_the_address_counts(call: Caller, client: Registered) -> None:
    query = f"?grant_type=client_credentials&client_id={client.client_id}&client_secret={client.secret}"
    assert call("POST", PATH + query, data={"x": "y"}).status_code == 400


@pytest.mark.requirement("S2S-1")
@pytest.mark.parametrize("role", [PARENT, SCHOOL])
def test_only_the_gateway_asks_whose_a_token_is(call: Caller, role: str) -> None:
    passport = Passport(account_id="a", client_id="c", roles=(role,), address=HOME)
    assert call("POST", INTROSPECTION, {"token": "x"}, passport=passport).status_code == 403


def test_a_token_of_one_kind_is_none_of_the_other(call: Caller, client: Registered) -> None:
    token = ask(call, client).json["access_token"]
    session = call.identity.make_account().session.token
    asked = [("/internal/session-introspections", token), (INTROSPECTION, session), (INTROSPECTION, "x" * 40)]

    told = [call("POST", path, {"token": given}, passport=AS_GATEWAY) for path, given in asked]
    assert [(each.status_code, each.json["code"]) for each in told] == [(401, "not_signed_in")] * 3


def test_a_school_s_passport_opens_nothing_of_people(call: Caller) -> None:
    passport = Passport(client_id="c", organisation_code="712000", roles=(SCHOOL,), address=HOME)
    assert call("GET", "/api/v1/account", passport=passport).status_code == 403


def test_a_token_expires_for_the_gateway_too(call: Caller, client: Registered, clock: Any) -> None:
    token = ask(call, client).json["access_token"]
    clock.advance(timedelta(hours=1))
    assert call("POST", INTROSPECTION, {"token": token}, passport=AS_GATEWAY).status_code == 401


def test_the_document_says_how_to_get_a_token(call: Caller) -> None:
    document = call("GET", "/openapi.json", passport=None).json
    operation = document["paths"][PATH]["post"]
    flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]

    assert list(operation["requestBody"]["content"]) == ["application/x-www-form-urlencoded"]
    assert flow["tokenUrl"] == PATH
    assert "registry.write" in flow["scopes"]
    assert all(
        "application/json" in operation["responses"][status]["content"] for status in ("200", "400", "401", "429")
    )
