from datetime import date
from pathlib import Path

import pytest

from shared import spoken_days, texts
from shared.texts import Texts


@pytest.mark.requirement("XC-07")
@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "fr"),
        ("", "fr"),
        ("de", "fr"),
        ("en", "en"),
        ("en-CA,en;q=0.9", "en"),
        ("fr-CA,en;q=0.8", "fr"),
        ("de, fr;q=0.3, en;q=0.4", "en"),
        ("en;q=0", "fr"),
        ("en;q=nonsense", "fr"),
        ("*", "fr"),
        (",,,;;;q=", "fr"),
    ],
)
def test_language_of_is_the_best_of_ours(header: str | None, language: str) -> None:
    assert texts.language_of(header) == language


def test_texts_prefer_the_parts_own_words(tmp_path: Path) -> None:
    (tmp_path / "fr.toml").write_text('[not-found]\ntitle = "Enfant introuvable"\ndetail = "Voyez {who}."\n')
    words = Texts(tmp_path)
    assert words.of("not-found", "fr").filled({"who": "l’école"}) == "Voyez l’école."
    assert words.of("not-found", "en").title == "Not found"


def test_filled_keeps_the_name_of_a_missing_fact(tmp_path: Path) -> None:
    (tmp_path / "fr.toml").write_text('[x]\ntitle = "t"\ndetail = "Dans {retry_after_s} s."\n')
    assert Texts(tmp_path).of("x", "fr").filled({}) == "Dans retry_after_s s."


def test_shared_texts_are_the_same_in_every_language(tmp_path: Path) -> None:
    words = Texts(tmp_path)
    assert words.slugs("fr") == words.slugs("en")


@pytest.mark.requirement("XC-07")
@pytest.mark.parametrize(
    ("day", "in_french", "in_english"),
    [
        (date(2027, 1, 1), "1er\u00a0janvier 2027", "January\u00a01, 2027"),
        (date(2027, 8, 31), "31\u00a0août 2027", "August\u00a031, 2027"),
        (date(2028, 2, 29), "29\u00a0février 2028", "February\u00a029, 2028"),
        (date(2027, 12, 11), "11\u00a0décembre 2027", "December\u00a011, 2027"),
    ],
)
def test_a_day_is_said_in_the_words_of_its_reader(day: date, in_french: str, in_english: str) -> None:
    assert (spoken_days.say(day, language="fr"), spoken_days.say(day, language="en")) == (in_french, in_english)


@pytest.mark.requirement("XC-07")
def test_filled_says_days_in_the_words_of_the_language(tmp_path: Path) -> None:
    for language, words in (("fr", "Dès le {day}."), ("en", "From {day} on.")):
        (tmp_path / f"{language}.toml").write_text(f'[x]\ntitle = "t"\ndetail = "{words}"\n')
    told = [Texts(tmp_path).of("x", language).filled({"day": date(2027, 3, 1)}) for language in texts.LANGUAGES]
    assert told == ["Dès le 1er\u00a0mars 2027.", "From March\u00a01, 2027 on."]


@pytest.mark.requirement("XC-07")
def test_filled_tells_the_half_of_what_says_both_languages(tmp_path: Path) -> None:
    for language in texts.LANGUAGES:
        (tmp_path / f"{language}.toml").write_text('[x]\ntitle = "t"\ndetail = "{why} {name}"\n')
    facts = {"why": texts.Bilingual("Trop tard. | Too late."), "name": "a | b"}
    told = [Texts(tmp_path).of("x", language).filled(facts) for language in texts.LANGUAGES]
    assert told == ["Trop tard. a | b", "Too late. a | b"]


def test_filled_has_other_words_for_an_occasion(tmp_path: Path) -> None:
    (tmp_path / "fr.toml").write_text(
        '[x]\ntitle = "t"\ndetail = "Jamais."\n[x.occasions]\nlater = "Plus tard, dès {hour}."\n'
    )
    words = Texts(tmp_path).of("x", "fr")
    assert words.filled({"occasion": "later", "hour": "midi"}) == "Plus tard, dès midi."
    assert words.filled({}) == words.filled({"occasion": "unheard"}) == "Jamais."
