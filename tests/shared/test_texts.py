from pathlib import Path

import pytest

from shared import texts
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
