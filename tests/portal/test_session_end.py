from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from portal.app import create_app
from tests.portal.conftest import SESSION, Browser, FakeApi, settings

# Twenty past two in the afternoon at school.
NOW = datetime(2026, 11, 23, 19, 20, tzinfo=UTC)
PATH = "/api/v1/session"


class Moment:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def parent(api: FakeApi, moment: Moment) -> Browser:
    """Somebody who has signed in, for half an hour."""
    tell_end(api, NOW + timedelta(minutes=30))
    api.refuse("GET", "/api/v1/children", 429, "too_many_requests")
    app = create_app(settings(), transport=httpx.MockTransport(api.handle), now=moment)
    browser = Browser(app.test_client())
    browser.sign_in()
    api.seen.clear()
    return browser


def tell_end(api: FakeApi, ends_at: datetime) -> None:
    api.answer("GET", PATH, 200, {**SESSION, "expires_at": ends_at.isoformat()})


def asked(api: FakeApi) -> int:
    return len([each for each in api.seen if (each.method, each.url.path) == ("GET", PATH)])


@pytest.mark.requirement("SES-4")
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/nulle-part", "votre session prendra fin à 14 h 50"),
        ("/en/nowhere", "your session will end at 2:50"),
    ],
)
def test_every_page_says_without_a_script_when_the_session_ends(parent: Browser, path: str, words: str) -> None:
    assert words in parent.get(path).text.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_page_hands_its_script_the_seconds_that_are_left_and_what_to_say(parent: Browser) -> None:
    text = parent.get("/nulle-part").text

    assert 'data-rest="1800"' in text
    assert "session.js" in text
    assert 'action="/rester-connecte"' in text


def test_a_stranger_s_page_says_nothing_of_a_session(browser: Browser) -> None:
    text = browser.get("/").text

    assert "data-session" not in text
    assert "session.js" not in text


@pytest.fixture
def shown(parent: Browser, api: FakeApi) -> Callable[[], None]:
    """Show a page that asks the API for nothing else."""
    account = {**SESSION["account"], "has_password": True, "must_confirm_children": False}  # type: ignore[dict-item]
    api.answer("GET", "/api/v1/account", 200, account)

    def show() -> None:
        assert parent.get("/confirmer-mon-identite").status_code == 200

    return show


@pytest.mark.requirement("SES-4")
def test_the_end_is_asked_for_once_a_minute(shown: Callable[[], None], api: FakeApi, moment: Moment) -> None:
    shown()
    moment.now += timedelta(seconds=59)
    shown()
    before = asked(api)
    moment.now += timedelta(seconds=1)
    shown()

    assert (before, asked(api)) == (0, 1)


def test_a_page_is_shown_though_the_end_cannot_be_known(
    parent: Browser, shown: Callable[[], None], api: FakeApi, moment: Moment
) -> None:
    api.fail("GET", PATH)
    moment.now += timedelta(minutes=2)

    shown()

    assert "data-session" not in parent.get("/confirmer-mon-identite").text


@pytest.mark.requirement("SES-5")
def test_a_session_that_has_ended_meanwhile_leads_to_sign_in_and_back(
    parent: Browser, shown: Callable[[], None], api: FakeApi, moment: Moment
) -> None:
    api.refuse("GET", PATH, 401, "not_signed_in")
    moment.now += timedelta(minutes=2)

    answer = parent.get("/confirmer-mon-identite?back=/enfants")

    assert answer.headers["Location"] == "/?back=/confirmer-mon-identite?back%3D/enfants"
    assert "Votre session a pris fin" in parent.get("/").text


def test_a_form_whose_session_has_ended_is_told_that_nothing_was_saved(
    parent: Browser, shown: Callable[[], None], api: FakeApi
) -> None:
    api.refuse("POST", "/api/v1/session/reauthentication", 401, "not_signed_in")

    answer = parent.send("/confirmer-mon-identite", password="Fenetre-7bleue")

    assert answer.headers["Location"] == "/?back=/confirmer-mon-identite"
    assert "rien n’a été enregistré" in parent.get("/").text


@pytest.mark.requirement("SES-4")
def test_staying_signed_in_uses_the_session_and_tells_its_new_end(
    parent: Browser, shown: Callable[[], None], api: FakeApi, moment: Moment
) -> None:
    moment.now += timedelta(minutes=20)
    tell_end(api, moment.now + timedelta(minutes=30))
    page = parent.get("/confirmer-mon-identite").text
    token = page.split('csrf_token" value="')[1].split('"')[0]
    before = asked(api)

    answer = parent.client.post("/rester-connecte", data={"csrf_token": token}, headers={"Accept": "application/json"})

    assert answer.json is not None
    assert answer.json["rest_s"] == 1800
    assert "15 h 10" in answer.json["words"].replace("\u00a0", " ")
    assert answer.headers["Cache-Control"] == "no-store"
    assert asked(api) == before + 1


def test_staying_signed_in_without_a_script_leads_back_to_the_page(parent: Browser, shown: Callable[[], None]) -> None:
    answer = parent.send("/rester-connecte", page="/confirmer-mon-identite", back="/confirmer-mon-identite")

    assert answer.headers["Location"] == "/confirmer-mon-identite"
    assert "Vous restez connecté" in parent.get("/confirmer-mon-identite").text


@pytest.mark.requirement("SES-5")
def test_a_page_that_nobody_has_used_ends_the_session_for_good(
    parent: Browser, shown: Callable[[], None], api: FakeApi
) -> None:
    answer = parent.send("/se-deconnecter", page="/confirmer-mon-identite", reason="over", back="/enfants?page=2")

    assert (api.seen[-1].method, api.seen[-1].url.path) == ("DELETE", PATH)
    assert answer.headers["Location"] == "/?back=/enfants?page%3D2"
    assert "Votre session a pris fin" in parent.get("/").text


def test_what_two_windows_end_is_ended_once(parent: Browser, shown: Callable[[], None]) -> None:
    page = parent.get("/confirmer-mon-identite").text
    token = page.split('csrf_token" value="')[1].split('"')[0]
    over = {"csrf_token": token, "reason": "over"}
    parent.client.post("/se-deconnecter", data=over)

    second = parent.client.post("/se-deconnecter", data=over)

    assert (second.status_code, second.headers["Location"]) == (303, "/")
