import json
import re
from typing import Any

import httpx
import pytest

from portal import devices
from tests.portal.conftest import ACCOUNT, Browser, FakeApi
from tests.portal.test_languages import LOOSE

DETAILS = {**ACCOUNT, "has_password": True, "must_confirm_children": False}
POLICY = {
    "name": "p",
    "min_length": 8,
    "max_length": 16,
    "required_classes": 3,
    "classes": ["lower", "upper", "digit", "symbol"],
    "symbols": "#",
    "hint": "De 8 à 16 caractères.",
}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1"
SESSION = {
    "device": FIREFOX,
    "created_at": "2026-11-20T12:00:00+00:00",
    "last_used_at": "2026-11-22T15:40:00+00:00",
    "expires_at": "2099-01-01T00:00:00+00:00",
}
HERE, ELSEWHERE = (
    {**SESSION, "id": "s1", "is_current": True},
    {**SESSION, "id": "s2", "device": SAFARI, "is_current": False},
)
TWO = {"X-Pagination": json.dumps({"total": 2, "page": 1, "total_pages": 1})}
IDENTITY = {"id": "i1", "provider": "google", "linked_at": "2026-11-20T12:00:00+00:00"}
RENEWED = {"token": "renewed", "csrf_token": "c"}


@pytest.fixture
def holder(browser: Browser, api: FakeApi) -> Browser:
    """Somebody signed in."""
    session = {"account": ACCOUNT, "csrf_token": "c", "expires_at": "2099-01-01T00:00:00+00:00"}
    api.answer("GET", "/api/v1/session", 200, {**session, "must_confirm_children": False})
    api.answer("GET", "/api/v1/account", 200, DETAILS)
    api.answer("GET", "/api/v1/account/identities", 200, [IDENTITY])
    api.answer("GET", "/api/v1/social-providers", 200, [{"id": "google", "name": "Google", "start": "/x"}])
    api.answer("GET", "/api/v1/password-policy", 200, POLICY)
    api.answer("GET", "/api/v1/sessions", 200, [HERE, ELSEWHERE], **TWO)
    api.answer("GET", "/api/v1/children", 200, [])
    browser.sign_in()
    return browser


def asked(api: FakeApi, method: str, path: str) -> list[httpx.Request]:
    return [each for each in api.seen if (each.method, each.url.path) == (method, path)]


def said(request: httpx.Request) -> Any:
    return json.loads(request.content)


@pytest.mark.parametrize(
    "path",
    ["/compte", "/compte/mot-de-passe", "/compte/sessions", "/compte/activite", "/compte/copie", "/compte/suppression"],
)
def test_the_account_is_shown_to_nobody_else(browser: Browser, path: str) -> None:
    answer = browser.get(path)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/?back={path}")


def test_the_account_is_shown_with_what_opens_it(holder: Browser) -> None:
    text = holder.get("/compte").text

    assert "parent@example.org" in text
    assert "Google" in text
    assert 'value="fr" checked' in text
    assert not LOOSE.search("".join(re.findall(r">([^<>{}]+)<", text)))


@pytest.mark.requirement("XC-07")
def test_the_letters_come_in_another_language(holder: Browser, api: FakeApi) -> None:
    api.answer("PATCH", "/api/v1/account", 200, DETAILS)

    answer = holder.send("/compte/langue", page="/compte", language="en")

    assert answer.headers["Location"] == "/compte"
    assert said(asked(api, "PATCH", "/api/v1/account")[0]) == {"language": "en"}
    assert "dorénavant dans cette langue" in holder.get("/compte").text


def test_a_language_that_is_none_changes_nothing(holder: Browser, api: FakeApi) -> None:
    holder.send("/compte/langue", page="/compte", language="tlh")

    assert asked(api, "PATCH", "/api/v1/account") == []


@pytest.mark.requirement("PWD-11")
def test_the_session_goes_on_with_its_new_token_after_a_change_of_password(holder: Browser, api: FakeApi) -> None:
    api.answer("PUT", "/api/v1/account/password", 200, RENEWED)
    typed = {"current_password": "Fenetre-7bleue ", "password": "Porte-8verte", "password_confirmation": "Porte-8verte"}

    answer = holder.send("/compte/mot-de-passe", **typed)
    holder.get("/compte")

    assert answer.headers["Location"] == "/compte"
    assert said(asked(api, "PUT", "/api/v1/account/password")[0]) == typed
    assert api.seen[-1].headers["Authorization"] == "Bearer renewed"


@pytest.mark.requirement("PWD-11")
@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("current_password_wrong", "current_password"),
        ("password_mismatch", "password_confirmation"),
        ("password_unchanged", "password"),
    ],
)
def test_what_is_wrong_with_a_password_is_told_at_its_field(
    holder: Browser, api: FakeApi, code: str, field: str
) -> None:
    api.refuse("PUT", "/api/v1/account/password", 422, code)

    answer = holder.send(
        "/compte/mot-de-passe", current_password="secret-1", password="secret-2", password_confirmation="secret-3"
    )

    assert answer.status_code == 422
    assert f'<a href="#{field}">Titre {code}</a>' in answer.text
    assert "secret-" not in answer.text


def test_an_account_without_password_chooses_its_first(holder: Browser, api: FakeApi) -> None:
    api.answer("GET", "/api/v1/account", 200, {**DETAILS, "has_password": False})

    text = holder.get("/compte/mot-de-passe").text

    assert 'name="current_password"' not in text
    assert "Choisir un mot de passe" in text


@pytest.mark.requirement("ACC-11")
@pytest.mark.parametrize(
    ("path", "method", "called"),
    [
        ("/compte/sessions", "DELETE", "/api/v1/sessions"),
        ("/compte/copie", "POST", "/api/v1/account/exports"),
        ("/compte/comptes-sociaux/i1", "DELETE", "/api/v1/account/identities/i1"),
    ],
)
def test_who_must_prove_again_comes_back_to_where_they_were(
    holder: Browser, api: FakeApi, path: str, method: str, called: str
) -> None:
    api.refuse(method, called, 403, "reauthentication_required")

    answer = holder.send(path)

    assert answer.headers["Location"] == f"/confirmer-mon-identite?back={path}"


def test_a_social_account_is_taken_away_once_that_is_confirmed(holder: Browser, api: FakeApi) -> None:
    api.answer("DELETE", "/api/v1/account/identities/i1", 204)

    shown = holder.get("/compte/comptes-sociaux/i1").text
    before = len(asked(api, "DELETE", "/api/v1/account/identities/i1"))
    answer = holder.send("/compte/comptes-sociaux/i1")

    assert "Retirer Google de mon compte" in shown
    assert (before, answer.headers["Location"]) == (0, "/compte")


@pytest.mark.requirement("OID-9")
def test_the_last_way_in_stays(holder: Browser, api: FakeApi) -> None:
    api.refuse("DELETE", "/api/v1/account/identities/i1", 409, "last_credential")

    answer = holder.send("/compte/comptes-sociaux/i1")

    assert answer.status_code == 409
    assert "Titre last_credential" in answer.text
    assert 'href="/compte/mot-de-passe"' in answer.text


def test_sessions_are_told_by_their_devices(holder: Browser) -> None:
    text = holder.get("/compte/sessions").text

    assert text.index("Firefox, Linux") < text.index("Cet appareil") < text.index("Safari, iPhone")
    assert "dimanche 22 novembre 2026" in text
    assert re.findall(r'action="/compte/sessions/(\w+)"', text) == ["s2"]


def test_one_session_is_ended(holder: Browser, api: FakeApi) -> None:
    api.answer("DELETE", "/api/v1/sessions/s2", 204)

    answer = holder.send("/compte/sessions/s2", page="/compte/sessions")

    assert answer.headers["Location"] == "/compte/sessions"
    assert "Cette session est fermée." in holder.get("/compte/sessions").text


def test_a_session_that_has_ended_already_is_as_good_as_ended(holder: Browser, api: FakeApi) -> None:
    api.refuse("DELETE", "/api/v1/sessions/s2", 404, "not_found")

    assert holder.send("/compte/sessions/s2", page="/compte/sessions").headers["Location"] == "/compte/sessions"


def test_every_other_session_is_ended_at_once(holder: Browser, api: FakeApi) -> None:
    api.answer("DELETE", "/api/v1/sessions", 204)

    answer = holder.send("/compte/sessions")

    assert answer.headers["Location"] == "/compte/sessions"
    assert len(asked(api, "DELETE", "/api/v1/sessions")) == 1


def test_activity_is_told_in_words_and_in_pages(holder: Browser, api: FakeApi) -> None:
    row = {"at": "2026-11-22T15:40:00+00:00", "device": "", "network": "203.0.113.0/24"}
    known, unknown = {**row, "kind": "password_changed"}, {**row, "kind": "of_a_later_release"}
    where = {"X-Pagination": json.dumps({"total": 45, "page": 2, "total_pages": 3})}
    api.answer("GET", "/api/v1/account/activity", 200, [known, unknown], **where)

    text = holder.get("/compte/activite?page=2").text

    assert "Mot de passe changé" in text
    assert "Autre changement" in text
    assert "Appareil inconnu" in text
    assert 'href="/compte/activite?page=3"' in text
    assert asked(api, "GET", "/api/v1/account/activity")[0].url.params["page"] == "2"


def test_the_copy_is_handed_over_as_it_comes(holder: Browser, api: FakeApi) -> None:
    told = {"Content-Type": "application/json", "Content-Disposition": 'attachment; filename="account.json"'}
    api.answer("POST", "/api/v1/account/exports", 201, {"later": ["field"]}, **told)

    answer = holder.send("/compte/copie")

    assert answer.json == {"later": ["field"]}
    assert answer.headers["Content-Disposition"] == 'attachment; filename="account.json"'
    assert "no-store" in answer.headers["Cache-Control"]


def test_an_account_is_deleted_by_who_has_read_and_proven(holder: Browser, api: FakeApi) -> None:
    api.answer("POST", "/api/v1/session/reauthentication", 200, RENEWED)
    api.answer("DELETE", "/api/v1/account", 204)

    answer = holder.send("/compte/suppression", understood="yes", password="Fenetre-7bleue")

    assert answer.headers["Location"] == "/"
    assert said(asked(api, "POST", "/api/v1/session/reauthentication")[0])["password"] == "Fenetre-7bleue"
    assert asked(api, "DELETE", "/api/v1/account")[0].headers["Authorization"] == "Bearer renewed"
    assert "Votre compte est supprimé" in holder.get("/").text


@pytest.mark.parametrize(
    "typed", [{"password": "Fenetre-7bleue"}, {"understood": "yes", "password": ""}, {"understood": "yes"}]
)
def test_an_account_is_not_deleted_by_who_left_something_out(
    holder: Browser, api: FakeApi, typed: dict[str, str]
) -> None:
    assert holder.send("/compte/suppression", **typed).status_code == 422
    assert asked(api, "DELETE", "/api/v1/account") == []


@pytest.mark.requirement("ACC-11")
def test_an_account_is_not_deleted_with_a_wrong_password(holder: Browser, api: FakeApi) -> None:
    api.refuse("POST", "/api/v1/session/reauthentication", 422, "current_password_wrong")

    answer = holder.send("/compte/suppression", understood="yes", password="wrong")

    assert '<a href="#password">Titre current_password_wrong</a>' in answer.text
    assert asked(api, "DELETE", "/api/v1/account") == []


def test_the_menu_says_where_one_is(holder: Browser) -> None:
    text = holder.get("/compte").text

    assert re.findall(r'class="quiet" href="(/compte)" aria-current="page"', text) == ["/compte"]
    assert "popovertarget" in text


def test_there_is_no_menu_before_signing_in(browser: Browser) -> None:
    text = browser.get("/").text

    assert "popovertarget" not in text
    assert 'href="/nous-joindre"' in text
    assert 'href="/verifier"' in text


@pytest.mark.parametrize(
    ("told", "name", "with_version"),
    [
        (FIREFOX, "Firefox, Linux", "Firefox 142, Linux"),
        (SAFARI, "Safari, iPhone", "Safari 18, iPhone"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0",
            "Edge, Windows",
            "Edge 131, Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36",
            "Chrome, Android",
            "Chrome 131, Android",
        ),
        ("curl/8", "curl/8", "curl/8"),
        ("", "", ""),
    ],
)
def test_a_browser_is_named_as_people_name_it(told: str, name: str, with_version: str) -> None:
    assert (devices.name(told), devices.name_with_version(told)) == (name, with_version)
