"""What comes out: read back with a reader of PDF, by its tags and its text, and its code by a reader of codes."""

import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pypdf
import pytest
import typst
import zxingcpp
from PIL import Image
from pypdf.generic import ArrayObject, DictionaryObject

from services.records import pdf
from services.records.pdf import report_cards, statements, typesetting, wording
from services.records.pdf.typesetting import Busy, Typesetter
from services.records.rules import kinds
from tests.records.pdf import samples
from tests.support.source import ROOT

URL = "https://portail.example/verification/" + "eyJhbGciOiJFZDI1NTE5Iiwia2lkIjoiQlZVczREby1f" * 10
NO_BREAK = "\u00a0"
MARKUP = r"""#eval("1+1") $x^2$ <label> @ref *gras* _ital_ `raw` = titre \ // /* [a](b) {{7*7}} ${x} &amp; "mot" ' ~ -- ..."""


def make(content: dict[str, Any], *, kind: str = kinds.REPORT_CARD, language: str = "fr") -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(made(content, kind=kind, language=language)))


def made(content: dict[str, Any], *, kind: str = kinds.REPORT_CARD, language: str = "fr") -> bytes:
    return pdf.make(kind=kind, content=content, language=language, url=URL)


def text_of(reader: pypdf.PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def tags(reader: pypdf.PdfReader) -> list[DictionaryObject]:
    return [*_below(reader.root_object["/StructTreeRoot"])]


def _below(node: Any) -> Iterator[DictionaryObject]:
    node = node.get_object()
    if isinstance(node, ArrayObject):
        for each in node:
            yield from _below(each)
    elif isinstance(node, DictionaryObject):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from _below(node["/K"])


def names(found: list[DictionaryObject]) -> list[str]:
    return [str(each["/S"]) for each in found]


CASES = [
    (kinds.REPORT_CARD, samples.report_card()),
    (kinds.STATEMENT, samples.statement()),
]
BOTH = pytest.mark.parametrize(("kind", "content"), CASES, ids=["report card", "statement"])
LANGUAGES = pytest.mark.parametrize("language", wording.LANGUAGES)


@BOTH
@LANGUAGES
def test_make_claims_pdf_ua_with_a_title_and_a_language(kind: str, content: dict[str, Any], language: str) -> None:
    reader = make(content, kind=kind, language=language)
    root = reader.root_object
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert root["/Lang"] == f"{language}-CA"
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert "Élodie-Anne Gagnon-Lévesque" in reader.metadata.title
    assert reader.metadata.creation_date is None


@BOTH
def test_make_tags_headings_tables_and_their_headers(kind: str, content: dict[str, Any]) -> None:
    found = tags(make(content, kind=kind))
    told = names(found)
    assert told.count("/H1") == 1
    assert "/H2" in told
    assert told.index("/H1") < told.index("/H2")
    headers = [each for each in found if each["/S"] == "/TH"]
    assert len(headers) >= 3
    scopes = {
        str(attributes["/Scope"]) for each in headers for attributes in _attributes(each) if "/Scope" in attributes
    }
    assert scopes <= {"/Column", "/Both", "/Row"}
    assert scopes
    assert "/THead" in told
    assert "/TBody" in told


def _attributes(tag: DictionaryObject) -> list[Any]:
    attributes = tag["/A"].get_object()
    return [each.get_object() for each in attributes] if isinstance(attributes, ArrayObject) else [attributes]


@BOTH
@LANGUAGES
def test_make_describes_its_code_to_whoever_does_not_see_it(kind: str, content: dict[str, Any], language: str) -> None:
    figures = [each for each in tags(make(content, kind=kind, language=language)) if each["/S"] == "/Figure"]
    assert [each["/Alt"] for each in figures] == [wording.of(language).say("sheet", "verify_alt")]


@BOTH
def test_code_leads_to_the_verification_of_this_document(kind: str, content: dict[str, Any]) -> None:
    module = {kinds.REPORT_CARD: report_cards, kinds.STATEMENT: statements}[kind]
    sheet = module.sheet(content, wording.of("fr"), url=URL)
    [page] = typst_png(module.TEMPLATE, sheet)
    codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(page)))
    assert [code.text for code in codes] == [URL]
    reader = make(content, kind=kind)
    assert [each.get_object()["/A"]["/URI"] for each in reader.pages[0]["/Annots"]] == [URL]


def typst_png(template: str, sheet: dict[str, Any]) -> list[bytes]:
    """Return the pages as a laser printer of 300 points an inch would have them, half as fine."""
    pages = typesetting._compiler(template).compile(format="png", ppi=150, sys_inputs=typesetting._inputs(sheet))
    return pages if isinstance(pages, list) else [pages]


@pytest.mark.requirement("RE-06", "XC-07")
def test_report_card_says_in_french_what_the_school_sent() -> None:
    text = text_of(make(samples.report_card()))
    for said in (
        "École secondaire des Sources",
        "Bulletin scolaire",
        f"Étape{NO_BREAK}2 · Année scolaire 2026-2027",
        "Vérifier ce document",
        "Élodie-Anne Gagnon-Lévesque",
        "4e secondaire",
        "Français, langue d’enseignement",
        f"40{NO_BREAK}%",
        "Résultat disciplinaire 78 81 76,4",
        "Écrire 60",
        f"Écrire{NO_BREAK}:",
        f"Commentaires{NO_BREAK}:",
        "Elle participe activement.",
        "Une belle progression.",
        f"Étape{NO_BREAK}1 3 1",
    ):
        assert said in text, said


def test_report_card_says_it_in_english_too() -> None:
    text = text_of(make(samples.report_card(), language="en"))
    for said in ("Des Sources Secondary School", "Report card", f"Term{NO_BREAK}2", "Verify this document", "76.4%"):
        assert said in text, said
    assert "Secondary 4" in text
    assert "Fine progress." in text
    assert "Bulletin" not in text


def test_first_communication_has_comments_and_no_columns_of_marks() -> None:
    subjects = [{"name": "Mathématique", "comment": "À surveiller."}, {"name": "Anglais"}]
    content = samples.report_card(type="first_communication", term=None, subjects=subjects, absences=[])
    text = text_of(make(content))
    assert "Première communication" in text
    assert "À surveiller." in text
    assert "Étape" not in text
    assert "Résultat" not in text


@pytest.mark.requirement("RE-08", "RE-09", "RE-11")
def test_statement_says_the_balance_and_how_it_is_paid_at_ones_bank() -> None:
    text = text_of(make(samples.statement(), kind=kinds.STATEMENT))
    for said in (
        "Service de garde",
        f"1{NO_BREAK}256,25{NO_BREAK}$",
        f"\u2013100,00{NO_BREAK}$",
        f"1er{NO_BREAK}décembre{NO_BREAK}2026",
        "CSS de l’Exemple",
        "0123 4567 8901",
        f"«{NO_BREAK}Payer une facture{NO_BREAK}»",
    ):
        assert said in text, said


@pytest.mark.requirement("RE-09")
@pytest.mark.parametrize(("balance", "said"), [("0.00", "Rien à payer"), ("-42.50", "Solde créditeur")])
def test_statement_without_a_balance_asks_for_nothing(balance: str, said: str) -> None:
    text = text_of(make(samples.statement(balance=balance), kind=kinds.STATEMENT))
    assert said in text
    assert "0123 4567 8901" not in text
    assert "-42" not in text


def test_names_come_out_as_they_are_whatever_they_look_like() -> None:
    content = samples.report_card(
        student=samples.STUDENT | {"last_name": MARKUP},
        subjects=[{"name": MARKUP, "teacher": MARKUP, "comment": MARKUP, "terms": [{"term": 2, "mark": "#panic()"}]}],
        comments=[MARKUP],
    )
    text = text_of(make(content))
    # A line may end between any two of them.
    assert [word for word in MARKUP.split() if text.count(word) < 5] == []
    assert "#panic()" in text


@pytest.mark.parametrize("path", ["/etc/passwd", "../sheet.typ", "samples.py"])
def test_nothing_on_a_page_is_read_from_a_file(path: str) -> None:
    sheet = report_cards.sheet(samples.report_card(), wording.of("fr"), url=URL)
    sheet["verification"]["svg"] = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><image href="{path}"/></svg>'
    )
    with pytest.raises(typst.TypstError, match="failed to load linked image"):
        typesetting.set_pdf(report_cards.TEMPLATE, sheet)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Nguyễn Thị Hường", "Nguyễn Thị Hường"),
        ("Čermák Øvergård Łukasz", "Čermák Øvergård Łukasz"),
        ("Жанна Γιώργος", "Жанна Γιώργος"),
        ("ᐃᓄᒃᑎᑐᑦ", "ᐃᓄᒃᑎᑐᑦ"),
        ("Karonhià:wi ʔə́", "Karonhià:wi ʔə́"),
        ("山田 😀", "\ufffd\ufffd \ufffd"),
        ("العربية", "\ufffd" * 7),
    ],
)
def test_names_of_many_scripts_are_shown_or_replaced(name: str, shown: str) -> None:
    content = samples.report_card(student=samples.STUDENT | {"last_name": name})
    assert shown in text_of(make(content))


def test_long_words_and_many_subjects_stay_within_the_page() -> None:
    subject = {**samples.FRENCH, "name": "Anticonstitutionnellement" * 4, "comment": "mot " * 400}
    content = samples.report_card(subjects=[subject] * 40, student=samples.STUDENT | {"group": "G" * 64})
    reader = make(content)
    assert len(reader.pages) > 10
    right_edges = [edge for page in reader.pages for edge in _right_edges(page)]
    assert max(right_edges) < 612 - 40


def _right_edges(page: pypdf.PageObject) -> list[float]:
    """Return where runs of text begin, in points from the left: nothing begins in the margin."""
    edges: list[float] = []
    page.extract_text(visitor_text=lambda text, _cm, tm, _font, _size: edges.append(tm[4]) if text.strip() else None)
    return edges


def test_two_hundred_lines_break_over_pages_under_their_header() -> None:
    lines = [{"on": "2026-09-02", "description": f"Ligne {number}", "amount": "1.00"} for number in range(200)]
    reader = make(samples.statement(lines=lines), kind=kinds.STATEMENT)
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) == 6
    assert [f"Page{NO_BREAK}{number}{NO_BREAK}de{NO_BREAK}6" in page for number, page in enumerate(pages, 1)] == [
        True
    ] * 6
    assert ["Date Description Montant" in page for page in pages] == [True] * 6
    text = "\n".join(pages)
    assert [number for number in range(200) if f"Ligne {number} " not in text] == []
    # Repeated headers are decoration: a screen reader hears the header once.
    assert names(tags(reader)).count("/TH") == 3


LARGE_DOCUMENTS = """
import sys
from services.records.pdf import typesetting, wording, report_cards
from tests.records.pdf import samples
subject = {**samples.FRENCH, "comment": "mot " * 900}
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
sizes = []
for number in range(8):
    student = samples.STUDENT | {"file_number": str(number)}
    content = samples.report_card(subjects=[subject] * 40, student=student)
    sheet = report_cards.sheet(content, wording.of("fr"), url="https://portail.example/")
    made = typesetting.set_pdf(report_cards.TEMPLATE, sheet)
    sizes.append(resident())
print(len(made), (sizes[-1] - sizes[0]) // 2**20)
"""


def test_large_documents_leave_nothing_in_memory() -> None:
    run = subprocess.run([sys.executable, "-c", LARGE_DOCUMENTS], capture_output=True, text=True, check=True, cwd=ROOT)
    size, grown = (int(word) for word in run.stdout.split())
    assert size > 256 * 1024
    # Left alone, each of them stays for the next ten: some sixteen mebibytes.
    assert grown < 30


@BOTH
def test_the_same_content_gives_the_same_bytes(kind: str, content: dict[str, Any]) -> None:
    assert made(content, kind=kind) == made(content, kind=kind)


@BOTH
def test_make_embeds_its_fonts_and_no_other(kind: str, content: dict[str, Any]) -> None:
    fonts = [font for page in make(content, kind=kind).pages for font in _fonts(page)]
    assert fonts
    assert {name.partition("+")[2].partition("-")[0] for name in fonts} == {"NotoSans"}


def _fonts(page: pypdf.PageObject) -> list[str]:
    return [str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()]


def test_every_kind_that_is_made_has_its_page() -> None:
    assert {kind.name for kind in kinds.KINDS.values() if kind.is_made} == set(pdf.MADE)


def test_report_card_without_anything_says_so() -> None:
    text = text_of(make(samples.report_card(subjects=[], absences=[], comments=[])))
    assert "L’école n’a rien inscrit dans ce document." in text


def test_place_turns_away_whoever_finds_none_in_time() -> None:
    typesetter = Typesetter(places=1, patience=timedelta(0))
    with typesetter.place(), pytest.raises(Busy), typesetter.place():
        pytest.fail("two at once")
    with typesetter.place():
        pass


def test_place_is_given_back_by_a_page_that_fails() -> None:
    typesetter = Typesetter(places=1, patience=timedelta(0))
    for _ in range(2):
        with pytest.raises(typst.TypstError), typesetter.place():
            typesetting.set_pdf(statements.TEMPLATE, {})


def test_sheets_are_plain_json() -> None:
    sheet = report_cards.sheet(samples.report_card(), wording.of("fr"), url=URL)
    assert orjson.loads(orjson.dumps(sheet)) == sheet
