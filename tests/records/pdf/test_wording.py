import tomllib
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from services.records.pdf import coverage, wording
from services.records.pdf.typesetting import FONTS

TEXTS = Path(wording.__file__).parent / "texts"
NO_BREAK = "\u00a0"


@pytest.mark.parametrize(
    ("amount", "french", "english"),
    [
        ("0.00", f"0,00{NO_BREAK}$", "$0.00"),
        ("42.50", f"42,50{NO_BREAK}$", "$42.50"),
        ("-1234.05", f"\u22121{NO_BREAK}234,05{NO_BREAK}$", "\u2212$1,234.05"),
        ("123456789.99", f"123{NO_BREAK}456{NO_BREAK}789,99{NO_BREAK}$", "$123,456,789.99"),
    ],
)
def test_amount_is_written_as_people_here_do(amount: str, french: str, english: str) -> None:
    assert (wording.of("fr").amount(amount), wording.of("en").amount(amount)) == (french, english)


@pytest.mark.parametrize(
    ("number", "french", "english"),
    [(20, f"20{NO_BREAK}%", "20%"), (33.333, f"33,33{NO_BREAK}%", "33.33%"), (0.1, f"0,1{NO_BREAK}%", "0.1%")],
)
def test_percent_is_written_as_people_here_do(number: float, french: str, english: str) -> None:
    assert (wording.of("fr").percent(number), wording.of("en").percent(number)) == (french, english)


def test_choose_takes_the_language_or_what_there_is() -> None:
    french, english = wording.of("fr"), wording.of("en")
    assert english.choose({"fr": "Lire", "en": "Reads"}) == "Reads"
    assert english.choose({"fr": "Lire"}) == "Lire"
    assert french.choose("Lire") == "Lire"
    assert french.choose(None) is None


def test_both_languages_have_the_same_texts() -> None:
    french, english = (tomllib.loads((TEXTS / f"{each}.toml").read_text("utf-8")) for each in wording.LANGUAGES)
    assert {part: set(texts) for part, texts in french.items()} == {part: set(texts) for part, texts in english.items()}


@pytest.mark.requirement("XC-07")
def test_french_texts_keep_their_punctuation_on_the_line() -> None:
    texts = (TEXTS / "fr.toml").read_text("utf-8")
    lines = [line for line in texts.splitlines() if "=" in line]
    torn = [line for line in lines for sign in (" :", " ;", " !", " ?", "« ", " »", "'") if sign in line]
    assert torn == []


def test_coverage_is_what_every_weight_of_the_fonts_has() -> None:
    families: dict[str, list[set[int]]] = {}
    for path in FONTS.glob("*.ttf"):
        families.setdefault(path.stem.rpartition("-")[0], []).append(set(TTFont(path).getBestCmap()))
    covered = set.union(*(set.intersection(*weights) for weights in families.values()))
    assert len(families) == 2
    assert {code for code in range(0x110000) if coverage.has(code)} == covered


def test_shown_replaces_what_no_font_has_a_character_for_a_character() -> None:
    assert coverage.shown("Élodie 山\x01\n") == "Élodie \ufffd\ufffd\ufffd"
    assert coverage.shown("Élodie") == "Élodie"
    assert coverage.shown("plain") == "plain"


def test_shown_writes_a_minus_as_the_fonts_can() -> None:
    assert coverage.shown("\u22125 °C") == "\u20135 °C"
