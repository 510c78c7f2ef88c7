"""Whatever a school may send can be set: there is no content that a kind's schema takes and its page does not."""

import io
from typing import Any

import pypdf
from hypothesis import HealthCheck, example, given, settings, strategies as st

from services.records import pdf
from services.records.pdf import wording
from services.records.rules import kinds
from tests.records.pdf import samples

URL = "https://portail.example/verification/eyJhbGciOiJFZDI1NTE5In0.e30.AA"
SOME = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# What `shared.fields.Line` refuses cannot come: controls, and marks that reorder or hide text.
letters = st.characters(
    exclude_categories=("Cc", "Cs"),
    exclude_characters="\u200b\u200e\u200f\ufeff" + "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2060, 0x206A)])),
)


def texts(longest: int) -> st.SearchStrategy[str]:
    return st.text(letters, min_size=1, max_size=longest).filter(lambda text: bool(text.strip()))


words = texts(60)
phrases = words | st.fixed_dictionaries({"fr": words, "en": words})
marks = st.none() | texts(20)
percents = st.none() | st.floats(0, 200, allow_nan=False) | st.integers(0, 200)
terms = st.lists(
    st.fixed_dictionaries(
        {
            "term": st.none() | st.integers(1, 3),
            "mark": texts(20),
            "group_average": percents,
            "weight": percents,
        }
    ),
    max_size=4,
)
competencies = st.fixed_dictionaries(
    {"name": phrases, "weight": percents, "terms": terms, "comment": st.none() | phrases}
)
subjects = st.fixed_dictionaries(
    {
        "name": phrases,
        "teacher": st.none() | words,
        "terms": terms,
        "final_mark": marks,
        "units": st.none() | st.integers(0, 54),
        "competencies": st.lists(competencies, max_size=3),
        "comment": st.none() | phrases,
    }
)
cards = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["report_card", "first_communication"]),
        "term": st.integers(1, 3),
        "subjects": st.lists(subjects, max_size=3),
        "comments": st.lists(phrases, max_size=2),
        "decision": st.none() | phrases,
        "student": st.none() | st.fixed_dictionaries({"first_name": words, "last_name": words}),
        "school": st.none() | st.fixed_dictionaries({"name": phrases, "address": st.none() | words}),
    }
)
amounts = st.integers(-99_999_999_999, 99_999_999_999).map(
    lambda cents: f"{'-' if cents < 0 else ''}{_plain(abs(cents))}"
)
bills = st.fixed_dictionaries(
    {
        "ledger": st.sampled_from(["school", "sports", "daycare"]),
        "title": st.none() | phrases,
        "due_on": st.none() | st.dates(min_value=samples.ISSUED_ON).map(lambda day: min(day.isoformat(), "2199-12-31")),
        "balance": amounts,
        "lines": st.lists(
            st.fixed_dictionaries({"on": st.just("2026-02-28") | st.none(), "description": phrases, "amount": amounts}),
            max_size=4,
        ),
        "payee": st.none()
        | st.fixed_dictionaries({"name": words, "reference": words, "instructions": st.none() | phrases}),
    }
)


def _plain(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _pages(kind: str, content: dict[str, Any], language: str) -> int:
    made = pdf.make(kind=kind, content=content, language=language, url=URL)
    return len(pypdf.PdfReader(io.BytesIO(made)).pages)


@SOME
@example({"subjects": [{"name": "\u0301\u200d\ufe0f🏳️‍🌈"}]}, "fr")
@example({"comments": ["{person} %s {0} \\ #"]}, "en")
@given(cards, st.sampled_from(wording.LANGUAGES))
def test_any_report_card_has_its_page(said: dict[str, Any], language: str) -> None:
    content = samples.report_card(**said)
    assert _pages(kinds.REPORT_CARD, content, language) >= 1


@SOME
@given(bills, st.sampled_from(wording.LANGUAGES))
def test_any_statement_has_its_page(said: dict[str, Any], language: str) -> None:
    content = samples.statement(**said)
    assert _pages(kinds.STATEMENT, content, language) >= 1
