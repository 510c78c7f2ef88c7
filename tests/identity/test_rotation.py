"""There is nothing to steal by which another session could be had: no refresh tokens, and no way back to a former token."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.identity.conftest import AS_GATEWAY, Caller
from tests.identity.world import GOOD

REAUTHENTICATION = "/api/v1/session/reauthentication"
INTROSPECTION = "/internal/session-introspections"


def names(value: Any) -> Iterator[str]:
    """Yield every name in a document, at whatever depth, and every value of an enumeration."""
    if isinstance(value, dict):
        for name, entry in value.items():
            yield name
            yield from names(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from names(entry)
    elif isinstance(value, str):
        yield value


@pytest.mark.requirement("SES-8")
def test_no_call_gives_or_takes_a_refresh_token(call: Caller) -> None:
    document = call("GET", "/openapi.json").json
    assert "access_token" in set(names(document))
    assert [name for name in names(document) if "refresh" in name.lower()] == []


@pytest.mark.requirement("SES-8")
def test_a_refresh_token_buys_nothing(call: Caller) -> None:
    told = call("POST", "/school/v1/token", data={"grant_type": "refresh_token", "refresh_token": "x"})
    assert (told.status_code, told.json["error"]) == (400, "unsupported_grant_type")


@pytest.mark.requirement("SES-8", "SES-3")
def test_a_former_token_of_a_session_is_nobodys_however_often_it_is_tried(call: Caller) -> None:
    former = call.identity.make_account().session.token
    renewed = call("POST", REAUTHENTICATION, {"password": GOOD}, passport=call.as_parent(former)).json["token"]
    tried = [call("POST", INTROSPECTION, {"token": token}, passport=AS_GATEWAY) for token in [former] * 3 + [renewed]]
    assert [answer.status_code for answer in tried] == [401, 401, 401, 200]
