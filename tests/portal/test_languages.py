import re
from datetime import UTC, date, datetime

import pytest

from portal.app import FOLDER
from portal.languages import (
    LANGUAGES,
    Texts,
    language_of_path,
    spoken_date,
    spoken_day,
    spoken_list,
    spoken_moment,
    spoken_money,
    spoken_month,
    spoken_percent,
    spoken_span,
    spoken_time,
)
from tests.portal.conftest import Browser

TEXTS = Texts(FOLDER / "texts")
# « : », « ? », « ! » and « ; » stand after a space that does not break, and so does the inside of « ».
LOOSE = re.compile("[^\u00a0\\s>\"={] [?!;:](?:\\s|$|<)|«(?!\u00a0)|(?<!\u00a0)»|'")


def test_every_text_is_written_in_both_languages() -> None:
    assert TEXTS.keys("fr") == TEXTS.keys("en")
    assert len(TEXTS.keys("fr")) > 100


@pytest.mark.requirement("XC-07")
def test_french_is_set_as_french() -> None:
    assert [key for key in sorted(TEXTS.keys("fr")) if LOOSE.search(TEXTS.raw(key, "fr"))] == []


def test_a_loose_space_is_found() -> None:
    assert [bool(LOOSE.search(text)) for text in ("Mot oublié ?", "Mot oublié\u00a0?", "l'école", "«Non»")] == [
        True,
        False,
        True,
        True,
    ]


def test_no_english_sentence_ends_twice() -> None:
    # « 7:00 p.m. » brings its full stop.
    ended = [
        key for key in sorted(TEXTS.keys("en")) if re.search(r"\{(at|moment|time|announced)\}\.", TEXTS.raw(key, "en"))
    ]

    assert spoken_time("19:00", "en").endswith(".")
    assert ended == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_names_the_same_facts_in_both_languages(language: str) -> None:
    facts = {key: sorted(re.findall(r"\{(\w+)\}", TEXTS.raw(key, language))) for key in TEXTS.keys(language)}

    assert facts == {key: sorted(re.findall(r"\{(\w+)\}", TEXTS.raw(key, "fr"))) for key in TEXTS.keys("fr")}


@pytest.mark.parametrize(
    ("path", "language"), [("/", "fr"), ("/enfants", "fr"), ("/en/", "en"), ("/en", "en"), ("/enter", "fr")]
)
def test_the_address_says_the_language(path: str, language: str) -> None:
    assert language_of_path(path) == language


@pytest.mark.requirement("XC-07")
def test_pages_are_french_whatever_the_browser_would_rather_have(browser: Browser) -> None:
    answer = browser.client.get("/", headers={"Accept-Language": "en"})

    assert '<html lang="fr-CA">' in answer.text
    assert answer.headers["Content-Language"] == "fr-CA"


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("/creer-un-compte?back=%2Fenfants", "/en/create-an-account?back=/enfants"),
        ("/en/forgotten-password", "/mot-de-passe-oublie"),
        ("/nulle-part", "/en/"),
    ],
)
def test_every_page_leads_to_itself_in_the_other_language(browser: Browser, path: str, other: str) -> None:
    assert f'href="{other}"' in browser.get(path).text


def test_the_api_is_asked_in_the_language_of_the_page(browser: Browser, api: object) -> None:
    browser.get("/en/")

    assert {request.headers["Accept-Language"] for request in api.seen} == {"en"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("seconds", "language", "said"),
    [(7200, "fr", "2\u00a0heures"), (900, "en", "15 minutes"), (3, "fr", "1\u00a0minute")],
)
def test_a_span_is_said_as_people_say_it(seconds: int, language: str, said: str) -> None:
    assert spoken_span(seconds, language).replace(" ", "\u00a0" if language == "fr" else " ") == said


@pytest.mark.requirement("XC-07")
def test_days_and_times_are_said_as_people_say_them() -> None:
    first, late = date(2026, 12, 1), datetime(2026, 12, 2, 4, 59, tzinfo=UTC)

    assert [spoken_day(first, each) for each in LANGUAGES] == ["mardi 1er décembre 2026", "Tuesday, December 1, 2026"]
    assert [spoken_day(first, each, is_year_said=False) for each in LANGUAGES] == [
        "mardi 1er décembre",
        "Tuesday, December 1",
    ]
    assert [spoken_time("09:05", each) for each in LANGUAGES] == ["9\u00a0h\u00a005", "9:05\u00a0a.m."]
    assert spoken_moment(late, "fr") == "mardi 1er décembre 2026, 23\u00a0h\u00a059"
    assert [spoken_month(first, "fr"), spoken_month(first, "en", is_short=True)] == ["décembre 2026", "Dec"]
    assert [spoken_list(["a", "b", "c"], each) for each in LANGUAGES] == ["a, b et c", "a, b and c"]


@pytest.mark.parametrize(
    ("amount", "french", "english"),
    [
        ("182.75", "182,75\u00a0$", "$182.75"),
        ("-1042.50", "-1\u00a0042,50\u00a0$", "-$1,042.50"),
        ("0.00", "0,00\u00a0$", "$0.00"),
    ],
)
def test_money_is_written_as_people_here_do(amount: str, french: str, english: str) -> None:
    assert (spoken_money(amount, "fr"), spoken_money(amount, "en")) == (french, english)


def test_a_number_out_of_a_hundred_keeps_its_half() -> None:
    assert [spoken_percent(each, "fr") for each in (82.0, 82.5, 104.0)] == [
        "82\u00a0%",
        "82,5\u00a0%",
        "104\u00a0%",
    ]
    assert spoken_percent(82.5, "en") == "82.5%"


def test_the_day_of_a_moment_is_that_of_the_schools() -> None:
    late = datetime(2026, 12, 2, 3, 30, tzinfo=UTC)

    assert (spoken_date(late, "fr"), spoken_date(late, "en")) == ("1er décembre 2026", "December 1, 2026")
