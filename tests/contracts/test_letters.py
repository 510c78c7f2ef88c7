"""Every letter of every service, held to what people and COD-18 ask of letters."""

import re
import string
import tomllib
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from services.enrollment import letters as of_enrollment
from services.identity import letters as of_identity
from shared.mail import Letter

CODES = {of_identity: "039213", of_enrollment: "7KQ4M2XTRD"}
LETTERS = [pytest.param(letters, kind, id=kind) for letters in CODES for kind in letters.KINDS]
URL = "https://portail.example"
# All that a letter may be filled with beside its code: nothing of a child, of an account or of whoever reads it.
FACTS: dict[str, Any] = {
    "portal_name": "Portail <Test>",
    "lifetime": timedelta(hours=2),
    # Of a campaign, which is everybody's at a board.
    "organisation": "CSS de la Rive",
    "school_year": "2027-2028",
}
DAY = date(2027, 3, 1)

every_letter = pytest.mark.parametrize(("letters", "kind"), LETTERS)


def texts(letters: ModuleType, language: str) -> dict[str, Any]:
    folder = Path(letters.__file__ or "").parent / "texts" / "letters"
    return tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))


def placeholders(words: dict[str, Any]) -> set[str]:
    lines = [words["subject"], words["heading"], *words["paragraphs"]]
    return {name for line in lines for _, name, _, _ in string.Formatter().parse(line) if name is not None}


def written(letters: ModuleType, kind: str, language: str = "fr") -> Letter:
    days = {name: DAY for name in placeholders(texts(letters, language)[kind]) if name.endswith("_on")}
    letter: Letter = letters.write(
        kind, to="parent@exemple.ca", language=language, public_url=URL, code=CODES[letters], **FACTS, **days
    )
    return letter


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open += [tag] if tag not in {"meta", "hr"} else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.requirement("COD-18")
@pytest.mark.parametrize("language", ["fr", "en"])
@every_letter
def test_a_letter_is_filled_with_nothing_of_a_person(letters: ModuleType, kind: str, language: str) -> None:
    named = placeholders(texts(letters, language)[kind])
    assert {name for name in named if name not in FACTS and not name.endswith("_on")} == set()


@every_letter
def test_both_languages_are_filled_with_the_same(letters: ModuleType, kind: str) -> None:
    assert placeholders(texts(letters, "fr")[kind]) == placeholders(texts(letters, "en")[kind])


@every_letter
def test_every_letter_is_a_kind_and_every_kind_a_letter(letters: ModuleType, kind: str) -> None:
    assert set(texts(letters, "fr")) == set(texts(letters, "en")) == set(letters.KINDS)


@pytest.mark.requirement("COD-18")
@pytest.mark.parametrize("language", ["fr", "en"])
@every_letter
def test_a_letter_holds_its_code_once_in_each_form_and_nowhere_else(
    letters: ModuleType, kind: str, language: str
) -> None:
    letter, code = written(letters, kind, language), CODES[letters]
    times = 1 if kind in letters.WITH_CODE else 0
    assert (letter.text.count(code), letter.html.count(code)) == (times, times)
    assert not re.search(r"\d{6}", re.sub(rf"#[0-9a-f]{{6}}|{code}", "", letter.text + letter.html))
    assert not any(character.isdigit() for character in letter.subject)
    assert "parent" not in letter.subject
    assert "@" not in letter.subject + letter.text + letter.html


@pytest.mark.requirement("COD-18")
@every_letter
def test_no_link_of_a_letter_carries_anything(letters: ModuleType, kind: str) -> None:
    letter = written(letters, kind)
    page = Page(letter.html)
    assert [attributes["href"] for tag, attributes in page.tags if tag == "a"] == [URL]
    assert re.findall(r"https?://\S+", letter.text) == [URL]
    assert [tag for tag, _ in page.tags if tag in {"img", "script", "link", "iframe"}] == []


@every_letter
def test_a_letter_speaks_both_languages_the_readers_first(letters: ModuleType, kind: str) -> None:
    french, english = written(letters, kind, "fr"), written(letters, kind, "en")
    assert (french.language, english.language) == ("fr, en", "en, fr")
    for letter, order in ((french, ["fr", "en"]), (english, ["en", "fr"])):
        page = Page(letter.html)
        assert [attributes["lang"] for tag, attributes in page.tags if tag == "section"] == order
        assert [attributes["lang"] for tag, attributes in page.tags if tag == "html"] == order[:1]
        assert page.open == []
    assert french.subject.split(" — ") == list(reversed(english.subject.split(" — ")))


@every_letter
def test_text_and_html_say_the_same(letters: ModuleType, kind: str) -> None:
    letter = written(letters, kind)
    in_html = Page("<main" + letter.html.partition("<main")[2].partition("</body>")[0]).text.split()
    # The line that divides the languages and the bare address are the text's own.
    in_text = [word for word in letter.text.split() if word not in {"--------", URL}]
    assert in_text == in_html


@every_letter
def test_what_an_operator_names_the_portal_is_escaped_in_html(letters: ModuleType, kind: str) -> None:
    letter = written(letters, kind)
    assert "Portail &lt;Test&gt;" in letter.html
    assert "Portail <Test>" in letter.text


@every_letter
def test_words_are_set_as_each_language_is(letters: ModuleType, kind: str) -> None:
    french = written(letters, kind).text.partition("--------")[0]
    english = written(letters, kind, "en").text.partition("--------")[0]
    # « Mot de passe oublié? » is a button of the guides', as they write it.
    assert re.findall(r"[^\u00a0][;:!»]|«[^\u00a0]|[^\u00a0][?](?<!oublié[?])", french) == []
    assert not set("'\"") & set(french + english)
