"""docs/asvs.csv leaves nothing of ASVS 5.0.0 out, claims nothing without a proof, and is what docs/security.md shows."""

import re
from collections import Counter

import pytest

from tests.support import asvs
from tests.support.asvs import MET, STATES, Row

# The level of each requirement of a section, in order: 7.5.1 and 7.5.2 are of level 2, 7.5.3 is of level 3.
LEVELS = """
1.1 22 · 1.2 1111122223 · 1.3 112222222223 · 1.4 222 · 1.5 123
2.1 122 · 2.2 112 · 2.3 12223 · 2.4 23
3.1 3 · 3.2 113 · 3.3 12223 · 3.4 11222233 · 3.5 11122333 · 3.6 3 · 3.7 22333
4.1 12233 · 4.2 23333 · 4.3 22 · 4.4 1222
5.1 2 · 5.2 112333 · 5.3 113 · 5.4 222
6.1 222 · 6.2 111111112222 · 6.3 11223333 · 6.4 112233 · 6.5 22222333 · 6.6 2223 · 6.7 33 · 6.8 2222
7.1 222 · 7.2 1111 · 7.3 22 · 7.4 11222 · 7.5 223 · 7.6 22
8.1 1233 · 8.2 1123 · 8.3 133 · 8.4 23
9.1 111 · 9.2 1222
10.1 22 · 10.2 223 · 10.3 22223 · 10.4 1111122222233333 · 10.5 22222 · 10.6 22 · 10.7 222
11.1 2233 · 11.2 22233 · 11.3 11233 · 11.4 1222 · 11.5 23 · 11.6 23 · 11.7 33
12.1 12233 · 12.2 11 · 12.3 22223
13.1 2333 · 13.2 222223 · 13.3 2233 · 13.4 1222233
14.1 22 · 14.2 12223333 · 14.3 122
15.1 12233 · 15.2 12233 · 15.3 1222222 · 15.4 3333
16.1 2 · 16.2 22222 · 16.3 2222 · 16.4 222 · 16.5 2223
17.1 23 · 17.2 22223333 · 17.3 22
"""
REQUIREMENTS = [
    (f"{section}.{place}", level)
    for section, levels in re.findall(r"([\d.]+) (\d+)", LEVELS)
    for place, level in enumerate(levels, start=1)
]
# Of level 3, what is spoken of beside the two levels.
ALSO = ("6.3.5", "6.3.7", "6.3.8")
# The sections in which the standard asks for a document, which nothing but the document can prove.
OF_DOCUMENTS = ("2.1", "5.1", "6.1", "7.1", "8.1", "11.1", "13.1", "14.1", "15.1", "16.1")

ROWS = asvs.read_list()


def test_the_standard_is_counted_whole() -> None:
    # As many as the rows of OWASP's own table of version 5.0.0 (docs_en, CSV).
    assert Counter(level for _, level in REQUIREMENTS) == {"1": 69, "2": 184, "3": 92}


def test_every_requirement_of_two_levels_is_there_once_and_in_order() -> None:
    expected = [(number, level) for number, level in REQUIREMENTS if level != "3" or number in ALSO]
    assert [(row.number, row.level) for row in ROWS] == expected


@pytest.mark.parametrize("row", [row for row in ROWS if row.status == MET], ids=lambda row: row.number)
def test_what_is_met_is_proven(row: Row) -> None:
    assert row.proofs
    assert asvs.missing_proofs(row) == []
    # A chapter proves that something is written down, and nothing else.
    assert row.number.rpartition(".")[0] in OF_DOCUMENTS or not any("#" in proof for proof in row.proofs)


@pytest.mark.parametrize("row", [row for row in ROWS if row.status != MET], ids=lambda row: row.number)
def test_what_is_not_met_says_why(row: Row) -> None:
    topic, _, reason = row.words.partition(": ")
    assert row.status in STATES
    assert topic
    assert reason
    assert row.proofs == []


@pytest.mark.parametrize(
    "proof",
    [
        "SES-99",
        "tests/architecture/test_asvs.py::test_nothing_of_this_name",
        "tests/architecture/test_nowhere.py::test_the_standard_is_counted_whole",
        "docs/security.md#nothing-of-this-name",
        "docs/nowhere.md#sessions",
    ],
)
def test_a_proof_that_is_none_is_found(proof: str) -> None:
    assert asvs.missing_proofs(Row("7.1.1", "2", MET, f"SES-4, {proof}", "written down")) == [proof]


def test_the_document_shows_the_list() -> None:
    text = asvs.DOCUMENT.read_text("utf-8")
    assert asvs.document(ROWS, text) == text


def test_document_refuses_a_text_without_its_mark() -> None:
    with pytest.raises(ValueError, match="no line"):
        asvs.document(ROWS, "# Security\n")


def test_a_row_that_changes_changes_the_document() -> None:
    text = asvs.DOCUMENT.read_text("utf-8")
    changed = [Row(row.number, row.level, row.status, row.proof, row.words + " again") for row in ROWS]
    assert asvs.document(changed, text) != text
