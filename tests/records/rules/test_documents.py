import pytest

from services.records.rules import documents, kinds

CARD = {"type": "report_card", "term": 2}
FIRST = {"type": "first_communication", "term": None}
STATEMENT = {"ledger": "daycare", "issued_on": "2025-10-01"}
SLIP = {"type": "rl_24", "year": 2025}
RECEIPT = {"type": "receipt", "year": 2025}


@pytest.mark.parametrize(
    ("kind", "content", "french", "english"),
    [
        (kinds.REPORT_CARD, CARD, "Bulletin 2025-2026, étape 2.pdf", "Report card 2025-2026, term 2.pdf"),
        (kinds.REPORT_CARD, FIRST, "Première communication 2025-2026.pdf", "First communication 2025-2026.pdf"),
        (
            kinds.STATEMENT,
            STATEMENT,
            "État de compte, service de garde, 2025-10-01.pdf",
            "Statement of account, school daycare, 2025-10-01.pdf",
        ),
        (kinds.TAX_SLIP, SLIP, "Relevé 24 2025.pdf", "RL-24 slip 2025.pdf"),
        (kinds.TAX_SLIP, RECEIPT, "Reçu de frais de garde 2025.pdf", "Daycare receipt 2025.pdf"),
    ],
)
def test_name_says_what_a_document_is(kind: str, content: dict[str, object], french: str, english: str) -> None:
    named = [
        documents.name(kind, content, school_year="2025-2026", language=language, given=None)
        for language in ("fr", "en")
    ]
    assert named == [french, english]
    assert all(documents.may_be_name(each) for each in named)


@pytest.mark.parametrize(("given", "name"), [("Été.pdf", "Été.pdf"), ("Été.PDF", "Été.PDF"), ("Été", "Été.pdf")])
def test_name_is_the_schools_own_where_it_gave_one(given: str, name: str) -> None:
    assert documents.name(kinds.TAX_SLIP, SLIP, school_year=None, language="fr", given=given) == name


@pytest.mark.parametrize("text", ["", " ", ".", "..", ". .", "a/b", "a\\b", "c:d", "a*", "a?", 'a"', "<a>", "a|b"])
def test_may_be_name_refuses_what_no_system_or_folder_takes(text: str) -> None:
    assert not documents.may_be_name(text)


@pytest.mark.parametrize(
    ("beginning", "end", "is_whole"),
    [
        (b"%PDF-1.4\n", b"%%EOF", True),
        (b"%PDF-2.0\r", b"%%EOF\r\n", True),
        (b"%PDF-1.7", b"%%EOF" + b" " * 1000, True),
        (b"%PDF-1.7", b"%%EOF" + b" " * 1024, False),
        (b" %PDF-1.7", b"%%EOF", False),
        (b"%PDF-3.0", b"%%EOF", False),
        (b"%PDF-1.", b"%%EOF", False),
        (b"%PDF-1.7", b"%%EO", False),
        (b"", b"", False),
    ],
)
def test_is_whole_pdf_looks_at_both_ends(beginning: bytes, end: bytes, is_whole: bool) -> None:
    assert documents.is_whole_pdf(beginning, end) is is_whole
