import json

import pytest

from tests.portal.conftest import Browser, FakeApi
from tests.portal.test_family import ROOT, asked, child, given, hold, said

PATH = "/enfants/child-0/reinscription"
API = f"{ROOT}/child-0/re-registration"


@pytest.fixture
def parent(browser: Browser, api: FakeApi) -> Browser:
    hold(api, child(0))
    api.answer("GET", API, 200, asked())
    browser.sign_in()
    return browser


@pytest.mark.requirement("RR-01", "RR-02")
def test_the_principal_guardian_is_asked_with_the_dates_and_the_school_s_words(parent: Browser) -> None:
    text = said(parent.get(PATH).text)

    assert "du 11 janvier 2027 au 29 janvier 2027 inclusivement" in text
    assert "Confirmez la place." in text
    assert "Est-ce que Élodie revient à l’école en 2027-2028 ?" in text
    assert "Confirm the place." in said(parent.get("/en/children/child-0/re-registration").text)


@pytest.mark.requirement("RR-01")
@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ({"answer": "returning", "leaving_to": "Gaspé"}, {"answer": "returning"}),
        ({"answer": "leaving", "leaving_to": " Gaspé "}, {"answer": "leaving", "leaving_to": "Gaspé"}),
        ({"answer": "leaving", "explanation": "En mai"}, {"answer": "leaving", "explanation": "En mai"}),
    ],
)
def test_an_answer_is_handed_on(parent: Browser, api: FakeApi, typed: dict[str, str], sent: dict[str, str]) -> None:
    api.answer("PUT", API, 200, asked(answer=given()))

    answer = parent.send(PATH, **typed)

    assert answer.headers["Location"] == PATH
    assert json.loads(api.seen[-1].content) == sent
    assert "Votre réponse est transmise à l’école." in parent.get(PATH).text


def test_an_answer_given_before_can_be_changed(parent: Browser, api: FakeApi) -> None:
    api.answer("GET", API, 200, asked(answer=given()))

    text = parent.get(PATH).text

    assert "Vous avez répondu : l’enfant quitte. Réponse reçue le 12 janvier 2027." in said(text)
    assert 'value="leaving" checked' in text
    assert 'value="Gaspé"' in text
    assert "Changer ma réponse" in text


@pytest.mark.requirement("RR-02")
def test_another_guardian_sees_the_answer_and_no_form(parent: Browser, api: FakeApi) -> None:
    theirs = given(answer="returning", leaving_to=None, is_own=False)
    api.answer("GET", API, 200, asked(answer=theirs, may_answer=False))

    text = parent.get(PATH).text

    assert "Un autre répondant a répondu : l’enfant revient." in said(text)
    assert 'name="answer"' not in text


@pytest.mark.requirement("RR-02")
def test_whoever_may_not_answer_is_told_who_may(parent: Browser, api: FakeApi) -> None:
    api.answer("GET", API, 200, asked(may_answer=False))

    text = parent.get(PATH).text

    assert "C’est au répondant principal" in said(text)
    assert 'name="answer"' not in text
    assert 'class="summary"' not in text


@pytest.mark.requirement("RR-03")
def test_out_of_season_the_dates_are_told_calmly(parent: Browser, api: FakeApi) -> None:
    api.refuse("GET", API, 409, "campaign_closed")

    answer = parent.get(PATH)

    assert answer.status_code == 200
    assert "Détail campaign_closed" in answer.text
    assert 'class="summary"' not in answer.text


@pytest.mark.requirement("RR-03")
def test_an_answer_that_comes_too_late_is_told_the_dates(parent: Browser, api: FakeApi) -> None:
    page = parent.get(PATH)
    api.refuse("PUT", API, 409, "campaign_closed")

    answer = parent.send(PATH, answer="returning")

    assert page.status_code == 200
    assert answer.status_code == 409
    assert "Titre campaign_closed" in answer.text


@pytest.mark.requirement("RR-02")
def test_an_answer_that_is_not_one_s_to_give_is_refused_with_its_reason(parent: Browser, api: FakeApi) -> None:
    api.refuse("PUT", API, 403, "not_principal_guardian")

    answer = parent.send(PATH, answer="returning")

    assert answer.status_code == 403
    assert "Détail not_principal_guardian" in answer.text


@pytest.mark.parametrize("typed", [{}, {"answer": "perhaps"}])
def test_no_answer_is_none(parent: Browser, api: FakeApi, typed: dict[str, str]) -> None:
    answer = parent.send(PATH, **typed)

    assert answer.status_code == 422
    assert '<a href="#answer">Choisissez une réponse</a>' in answer.text
    assert [request.method for request in api.seen if request.method == "PUT"] == []


def test_what_is_too_long_is_told_at_its_field(parent: Browser, api: FakeApi) -> None:
    mistakes = [{"pointer": "#/explanation", "detail": "Trop long."}]
    api.refuse("PUT", API, 422, "validation_failed", errors=mistakes)

    answer = parent.send(PATH, answer="leaving", leaving_to="Gaspé", explanation="x" * 600)

    assert '<a href="#explanation">Trop long.</a>' in answer.text
    assert 'value="Gaspé"' in answer.text
