from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.letters import Stationery

FRENCH = """[news]
subject = "{portal_name} : des nouvelles"
heading = "Pendant {span}, jusqu’au {last_on}"
paragraphs = ["Il y en a {count}, de {who}."]
[card]
subject = "Une carte"
heading = "Une carte"
code_label = "Votre carte"
paragraphs = []
"""
ENGLISH = """[news]
subject = "{portal_name}: news"
heading = "For {span}, until {last_on}"
paragraphs = ["There are {count}, from {who}."]
[card]
subject = "A card"
heading = "A card"
code_label = "Your card"
paragraphs = []
"""
FACTS = {"span": timedelta(hours=2), "last_on": date(2027, 3, 1), "count": 3, "who": "A & B"}


@pytest.fixture
def stationery(tmp_path: Path) -> Stationery:
    (tmp_path / "fr.toml").write_text(FRENCH, encoding="utf-8")
    (tmp_path / "en.toml").write_text(ENGLISH, encoding="utf-8")
    return Stationery(tmp_path, with_code={"card"})


def write(stationery: Stationery, kind: str = "news", **facts: Any) -> Any:
    return stationery.write(
        kind, to="a@example.com", language="fr", portal_name="Portail", public_url="https://portail.example", **facts
    )


def test_write_fills_each_language_in_its_own_words(stationery: Stationery) -> None:
    text = write(stationery, **FACTS).text
    assert "Pendant 2\u00a0heures, jusqu’au 1er\u00a0mars 2027" in text
    assert "For 2\u00a0hours, until March\u00a01, 2027" in text
    assert "Il y en a 3, de A & B." in text


@pytest.mark.parametrize(
    ("span", "in_french", "in_english"),
    [
        (timedelta(days=7), "7\u00a0jours", "7\u00a0days"),
        (timedelta(hours=1), "1\u00a0heure", "1\u00a0hour"),
        (timedelta(minutes=90), "90\u00a0minutes", "90\u00a0minutes"),
        (timedelta(minutes=1), "1\u00a0minute", "1\u00a0minute"),
        (timedelta(seconds=3), "3\u00a0secondes", "3\u00a0seconds"),
        (timedelta(), "0\u00a0secondes", "0\u00a0seconds"),
    ],
)
def test_write_tells_a_span_in_the_largest_unit_that_it_fills(
    stationery: Stationery, span: timedelta, in_french: str, in_english: str
) -> None:
    text = write(stationery, **{**FACTS, "span": span}).text
    assert f"Pendant {in_french}," in text
    assert f"For {in_english}," in text


def test_write_escapes_facts_in_html_and_fills_no_fact_with_another(stationery: Stationery) -> None:
    letter = write(stationery, **{**FACTS, "who": "<b>{count}</b>"})
    assert "de &lt;b&gt;{count}&lt;/b&gt;." in letter.html
    assert "de <b>{count}</b>." in letter.text


def test_write_shows_a_code_once_under_the_kinds_own_label(stationery: Stationery) -> None:
    letter = write(stationery, "card", code="7KQ4M")
    assert letter.text.startswith("Votre carte / Your card\n\n    7KQ4M\n")
    assert letter.html.count("7KQ4M") == 1


def test_write_keeps_a_code_out_of_a_letter_that_carries_none(stationery: Stationery) -> None:
    letter = write(stationery, code="7KQ4M", **FACTS)
    assert "7KQ4M" not in letter.text + letter.html


def test_write_gives_letters_that_are_alike_to_each_of_their_readers(stationery: Stationery) -> None:
    first, second = write(stationery, "card", code="7KQ4M"), write(stationery, "card", code="8LR5N")
    assert ("8LR5N" in first.text, "7KQ4M" in second.text) == (False, False)


def test_write_refuses_a_letter_with_a_blank_in_it(stationery: Stationery) -> None:
    with pytest.raises(KeyError, match="who"):
        write(stationery, **{name: fact for name, fact in FACTS.items() if name != "who"})


def test_write_refuses_a_moment_whose_day_depends_on_the_reader(stationery: Stationery) -> None:
    with pytest.raises(TypeError, match="days, not moments"):
        write(stationery, **{**FACTS, "last_on": datetime(2027, 3, 1, tzinfo=UTC)})
