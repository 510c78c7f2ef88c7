from email.parser import BytesParser
from email.policy import HTTP
from io import BytesIO

import httpx
import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from portal.pages.contacting import LARGEST_FORM
from portal.pages.verifying import LARGEST_FORM as LARGEST_DOCUMENT, signature_in
from tests.portal.conftest import Browser, FakeApi
from tests.portal.test_account import asked, holder, said
from tests.portal.test_languages import TEXTS
from vitrail_client.models.verdict_out_kind_type_0 import VERDICT_OUT_KIND_TYPE_0_VALUES
from vitrail_client.models.verdict_out_status import VERDICT_OUT_STATUS_VALUES

__all__ = ["holder"]

ITEMS = ("child_name", "email", "error_message", "browser", "section", "screenshot")
HELP = {
    "title": "Besoin d’aide",
    "introduction": "Essayez d’abord les six vérifications.",
    "checks": [{"code": "right_email", "title": "Le bon courriel", "detail": "Celui du dossier."}],
    "questions": [{"code": "code_not_received", "title": "Je ne reçois pas de code", "steps": ["Attendez.", "Voyez."]}],
    "support": {
        "title": "Écrire à l’école",
        "detail": "Adressez votre demande à la secrétaire.",
        "href": "/api/v1/support-requests",
        "items": [{"name": name, "label": f"Libellé {name}", "is_required": True} for name in ITEMS],
    },
}
CHILD = {
    "id": "c1",
    "first_name": "Éloïse",
    "last_name": "Tremblay",
    "grade": "4",
    "level": "primary",
    "organisation": {"id": "o1", "name": "CSS des Phares", "code": "712000"},
    "school": {"id": "s1", "name": "École des Embruns"},
    "rights": [],
    "status": "active",
}
ASKED = {
    "child_id": "c1",
    "email": "parent@example.org",
    "error_message": "Oups. Accès refusé",
    "browser": "Firefox 142",
    "section": "report_cards",
}
GENUINE = {"status": "genuine", "kind": "report_card", "organisation_code": "712000", "issued_on": "2026-11-20"}
PDF = b"%PDF-1.7\n%%EOF"


@pytest.fixture
def writer(holder: Browser, api: FakeApi) -> Browser:
    """Somebody signed in, who has a child."""
    api.answer("GET", "/api/v1/help", 200, HELP)
    api.answer("GET", "/api/v1/children", 200, [CHILD])
    api.answer("POST", "/api/v1/support-requests", 201, {"reference": "QNJVN3WN34"})
    return holder


def parts_of(request: httpx.Request) -> dict[str, bytes]:
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.content)
    return {
        str(part.get_param("name", header="Content-Disposition")): bytes(part.get_payload(decode=True))
        for part in message.iter_parts()
    }


def post(visitor: Browser, path: str, /, **typed: object) -> TestResponse:
    """Send a form whose files are `typed` as (content, name)."""
    token = visitor.get(path).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    files = {
        name: FileStorage(BytesIO(value[0]), filename=value[1]) if isinstance(value, tuple) else value
        for name, value in typed.items()
    }
    # The test client would write what is large to a file, and not close it.
    boundary, body = encode_multipart({"csrf_token": token, "key": "k1", **files})
    return visitor.client.post(path, data=body, content_type=f"multipart/form-data; boundary={boundary}")


@pytest.mark.requirement("XC-03", "XC-04", "XC-05", "RE-16")
def test_help_is_there_for_whoever_cannot_sign_in(browser: Browser, api: FakeApi) -> None:
    api.answer("GET", "/api/v1/help", 200, HELP)

    text = browser.get("/nous-joindre").text

    assert [
        each for each in ("Le bon courriel", "Je ne reçois pas de code", "Libellé screenshot") if each not in text
    ] == []
    assert 'href="/?back=/nous-joindre/ecrire"' in text


@pytest.mark.requirement("RE-16", "XC-02")
def test_help_leads_to_each_child_s_school(writer: Browser) -> None:
    text = writer.get("/nous-joindre").text

    assert "École des Embruns" in text
    assert 'href="/enfants/c1/nous-joindre"' in text
    assert 'href="/nous-joindre/ecrire?child_id=c1"' in text


def test_help_says_whom_to_call_when_the_service_is_away(browser: Browser, api: FakeApi) -> None:
    api.fail("GET", "/api/v1/help")

    answer = browser.get("/nous-joindre")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "téléphonez au secrétariat" in answer.text


@pytest.mark.parametrize("path", ["/", "/nulle-part", "/en/verify"])
def test_every_page_leads_to_help(browser: Browser, path: str) -> None:
    text = browser.get(path).text

    assert 'href="/nous-joindre"' in text or 'href="/en/contact-us"' in text


@pytest.mark.requirement("XC-01")
def test_a_request_carries_its_six_items(writer: Browser, api: FakeApi) -> None:
    answer = post(writer, "/nous-joindre/ecrire", **ASKED, screenshot=(b"\x89PNG", "Photo de Léa.png"))

    [request] = asked(api, "POST", "/api/v1/support-requests")
    sent = parts_of(request)
    assert {name: value.decode() for name, value in sent.items() if name != "screenshot"} == {
        **{name: ASKED[name] for name in ("child_id", "email", "error_message", "browser")},
        "child_name": "Éloïse Tremblay",
        "section": "Bulletins",
    }
    assert sent["screenshot"] == b"\x89PNG"
    assert b"Photo" not in request.content
    assert request.headers["Idempotency-Key"] == "k1"
    assert answer.headers["Location"] == "/nous-joindre/ecrit/QNJVN3WN34"


@pytest.mark.requirement("XC-01", "XC-02")
def test_the_reference_is_shown_afterwards(writer: Browser) -> None:
    text = writer.get("/nous-joindre/ecrit/QNJVN3WN34").text

    assert "QNJVN3WN34" in text
    assert "Votre demande est envoyée" in text


def test_a_reference_that_is_none_is_not_repeated(writer: Browser) -> None:
    assert writer.get("/nous-joindre/ecrit/Appelez-le-555").headers["Location"] == "/nous-joindre"


def test_the_form_says_what_not_to_write_and_knows_the_browser(writer: Browser) -> None:
    answer = writer.client.get("/nous-joindre/ecrire", headers={"User-Agent": "Mozilla/5.0 (Android 14) Firefox/142.0"})

    assert "N’écrivez jamais votre mot de passe" in answer.text
    assert 'value="Firefox 142, Android"' in answer.text
    assert 'value="parent@example.org"' in answer.text
    assert 'value="c1" checked' in answer.text


@pytest.mark.requirement("XC-01")
@pytest.mark.parametrize("left_out", ["child_id", "email", "error_message", "browser", "section"])
def test_what_is_missing_is_told_at_its_field(writer: Browser, api: FakeApi, left_out: str) -> None:
    answer = post(writer, "/nous-joindre/ecrire", **{**ASKED, left_out: ""})

    assert answer.status_code == 422
    assert f'<a href="#{left_out}">' in answer.text
    assert asked(api, "POST", "/api/v1/support-requests") == []


def test_another_child_is_named(writer: Browser, api: FakeApi) -> None:
    post(writer, "/nous-joindre/ecrire", **{**ASKED, "child_id": "another", "child_name": "Léo Roy"})

    sent = parts_of(asked(api, "POST", "/api/v1/support-requests")[0])
    assert (sent["child_name"].decode(), "child_id" in sent) == ("Léo Roy", False)


def test_a_child_of_somebody_else_is_none_of_the_choices(writer: Browser, api: FakeApi) -> None:
    assert post(writer, "/nous-joindre/ecrire", **{**ASKED, "child_id": "c9"}).status_code == 422
    assert asked(api, "POST", "/api/v1/support-requests") == []


def test_a_refused_picture_is_told_at_its_field(writer: Browser, api: FakeApi) -> None:
    errors = [{"pointer": "#/screenshot", "detail": "Joignez une image entière"}]
    api.refuse("POST", "/api/v1/support-requests", 422, "validation_failed", errors=errors)

    answer = post(writer, "/nous-joindre/ecrire", **ASKED, screenshot=(b"GIF89a", "a.gif"))

    assert '<a href="#screenshot">Joignez une image entière</a>' in answer.text
    assert "choisissez-la de nouveau" in answer.text
    assert "Oups. Accès refusé" in answer.text


@pytest.mark.requirement("GWY-4")
@pytest.mark.parametrize(
    ("path", "field", "largest"),
    [("/nous-joindre/ecrire", "screenshot", LARGEST_FORM), ("/verifier", "document", LARGEST_DOCUMENT)],
)
def test_a_file_may_be_as_large_as_the_api_takes_it_and_no_larger(
    writer: Browser, api: FakeApi, path: str, field: str, largest: int
) -> None:
    api.answer("POST", "/api/v1/verifications", 200, GENUINE)

    taken = post(writer, path, **ASKED, **{field: (PDF + b"x" * (largest - 64 * 1024 - len(PDF)), "f")})
    refused = post(writer, path, **ASKED, **{field: (b"x" * largest, "f")})

    assert taken.status_code in {200, 303}
    assert refused.status_code == 413
    assert "trop lourd" in refused.text


@pytest.mark.requirement("GWY-4")
def test_no_other_form_is_large(holder: Browser) -> None:
    assert post(holder, "/compte/mot-de-passe", password="x" * 70_000).status_code == 413


@pytest.mark.requirement("RE-06")
def test_a_file_is_verified_by_its_bytes(browser: Browser, api: FakeApi) -> None:
    api.answer("POST", "/api/v1/verifications", 200, GENUINE)

    text = post(browser, "/verifier", document=(PDF, "Bulletin de Léa.pdf")).text

    [request] = asked(api, "POST", "/api/v1/verifications")
    assert (request.content, request.headers["Content-Type"]) == (PDF, "application/pdf")
    assert "Ce document est authentique" in text
    assert "20 novembre 2026" in text


@pytest.mark.requirement("RE-06")
@pytest.mark.parametrize(
    "typed", ["aaa.bbb.ccc", " aaa.bbb.\nccc ", "https://portail.example.ca/verification/aaa.bbb.ccc"]
)
def test_a_code_is_verified_however_it_is_given(browser: Browser, api: FakeApi, typed: str) -> None:
    nothing = {"status": "not_genuine", "kind": None, "organisation_code": None, "issued_on": None}
    api.answer("POST", "/api/v1/verifications", 200, nothing)

    text = post(browser, "/verifier", signature=typed).text

    assert said(asked(api, "POST", "/api/v1/verifications")[0]) == {"signature": "aaa.bbb.ccc"}
    assert "Ce code n’est pas authentique" in text


@pytest.mark.parametrize(
    ("typed", "field"), [({}, "signature"), ({"document": (b"PK\x03\x04", "bulletin.pdf")}, "document")]
)
def test_what_cannot_be_verified_is_not_sent(
    browser: Browser, api: FakeApi, typed: dict[str, object], field: str
) -> None:
    answer = post(browser, "/verifier", **typed)

    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert asked(api, "POST", "/api/v1/verifications") == []


@pytest.mark.parametrize(
    ("typed", "signature"),
    [("https://a.example/verification/x%2Ey?z=1", "x.y"), ("x.y/", "x.y"), ("", ""), ("http://[", "[")],
)
def test_a_signature_is_found_at_the_end_of_an_address(typed: str, signature: str) -> None:
    assert signature_in(typed) == signature


def test_every_verdict_has_words_for_a_file_and_for_a_code() -> None:
    needed = {
        f"verification.{by}.{status}_{part}"
        for by in ("file", "code")
        for status in VERDICT_OUT_STATUS_VALUES
        for part in ("title", "detail", "advice")
    } | {f"verification.kind_{kind}" for kind in VERDICT_OUT_KIND_TYPE_0_VALUES}

    assert needed - TEXTS.keys("fr") == set()
