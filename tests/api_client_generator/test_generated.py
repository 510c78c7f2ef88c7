import importlib
import pkgutil
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

import vitrail_client
from api_client_generator import client, document
from vitrail_client import AuthenticatedClient, Client
from vitrail_client.api.children import create_claim
from vitrail_client.api.organisations import list_organisations
from vitrail_client.api.support import create_support_request
from vitrail_client.api.tiles import get_child_report_card_document
from vitrail_client.models.claim_in import ClaimIn
from vitrail_client.models.organisation_out import OrganisationOut
from vitrail_client.models.problem_out import ProblemOut
from vitrail_client.models.support_request_in import SupportRequestIn
from vitrail_client.types import File

METHODS = {"get", "post", "put", "patch", "delete"}
CLAIM = ClaimIn(organisation_id="o1", last_name="Côté", first_name="Léa", identifier="4203117")
MISMATCH = {
    "type": "/problems/enrollment/claim-mismatch",
    "title": "Les informations ne concordent pas",
    "status": 422,
    "detail": "…",
    "code": "claim_mismatch",
    "severity": "error",
    "request_id": "r1",
    "support_reference": "QNJVN3NWN3",
}


@pytest.fixture(scope="module")
def made() -> bytes:
    return document.make()


def answering(response: httpx.Response, seen: list[httpx.Request]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        seen.append(request)
        return response

    return httpx.MockTransport(answer)


@pytest.fixture
def seen() -> list[httpx.Request]:
    return []


def signed_in(response: httpx.Response, seen: list[httpx.Request]) -> AuthenticatedClient:
    transport = {"transport": answering(response, seen)}
    return AuthenticatedClient(base_url="http://gateway", token="t", httpx_args=transport)


def test_the_description_that_is_kept_is_the_services_own(made: bytes) -> None:
    assert document.FILE.read_bytes() == made, "make clients"


def test_the_client_that_is_kept_is_that_of_the_description(made: bytes, tmp_path: Path) -> None:
    client.generate(made, tmp_path / "fresh")

    assert client.files(tmp_path / "fresh") == client.files(client.FOLDER), "make clients"


def test_generate_refuses_a_document_of_which_it_would_leave_something_out(made: bytes, tmp_path: Path) -> None:
    described: dict[str, Any] = orjson.loads(made)
    taken = described["paths"]["/api/v1/claims"]["post"]["requestBody"]["content"]
    taken["application/x-unheard-of"] = taken.pop("application/json")

    with pytest.raises(client.NotGenerated, match="x-unheard-of"):
        client.generate(orjson.dumps(described), tmp_path / "fresh")


def test_every_operation_has_a_name_of_its_own(made: bytes) -> None:
    described: dict[str, Any] = orjson.loads(made)
    names = [item[method]["operationId"] for item in described["paths"].values() for method in METHODS & item.keys()]

    assert len(names) > 150
    assert len(set(names)) == len(names)


def test_the_client_is_of_what_parents_call(made: bytes) -> None:
    described = client.of_parents(orjson.loads(made))

    assert [path for path in described["paths"] if not path.startswith("/api/v1/")] == []
    assert "StudentIn" not in described["components"]["schemas"]


def test_a_refusal_is_a_problem_with_all_that_it_says(seen: list[httpx.Request]) -> None:
    refusal = httpx.Response(422, json=MISMATCH, headers={"Content-Type": "application/problem+json"})

    answer = create_claim.sync_detailed(client=signed_in(refusal, seen), body=CLAIM)

    assert isinstance(answer.parsed, ProblemOut)
    assert (answer.parsed.code, answer.parsed["support_reference"]) == ("claim_mismatch", "QNJVN3NWN3")
    assert seen[0].headers["Authorization"] == "Bearer t"
    assert orjson.loads(seen[0].content)["last_name"] == "Côté"


def test_a_page_comes_with_its_header(seen: list[httpx.Request]) -> None:
    organisation = {"id": "o1", "code": "712000", "name": "CSS des Phares", "former_name": None, "kind": "public"}
    page = httpx.Response(
        200,
        json=[organisation | {"network": "francophone", "is_subscribed": True}],
        headers={"X-Pagination": '{"total": 73, "total_pages": 13, "page": 2}'},
    )
    anybody = Client(base_url="http://gateway", httpx_args={"transport": answering(page, seen)})

    answer = list_organisations.sync_detailed(client=anybody, search="phares", page=2)

    assert isinstance(answer.parsed, list)
    assert isinstance(answer.parsed[0], OrganisationOut)
    assert orjson.loads(answer.headers["X-Pagination"])["total"] == 73
    assert dict(seen[0].url.params) == {"search": "phares", "kind": "public", "page": "2", "page_size": "6"}


def test_a_form_carries_its_file(seen: list[httpx.Request], tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG picture")
    told = httpx.Response(201, json={"reference": "R1", "school": None})
    with picture.open("rb") as payload:
        form = SupportRequestIn(
            browser="Firefox 142",
            child_name="Léa Côté",
            email="parent@example.org",
            error_message="Oups. Accès refusé",
            section="Bulletins",
            screenshot=File(payload=payload, file_name="picture.png", mime_type="image/png"),
        )
        create_support_request.sync_detailed(client=signed_in(told, seen), body=form)

    assert seen[0].headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b"\x89PNG picture" in seen[0].content
    assert "Léa Côté".encode() in seen[0].content


def test_a_document_arrives_as_its_bytes(seen: list[httpx.Request]) -> None:
    told = httpx.Response(200, content=b"%PDF-1.7", headers={"Content-Type": "application/pdf"})

    answer = get_child_report_card_document.sync_detailed("c1", "r1", client=signed_in(told, seen))

    assert isinstance(answer.parsed, File)
    assert answer.parsed.payload.read() == b"%PDF-1.7"


def test_every_operation_of_the_client_can_be_imported() -> None:
    names = [each.name for each in pkgutil.walk_packages(vitrail_client.__path__, prefix="vitrail_client.")]

    assert len([importlib.import_module(name) for name in names]) > 100
