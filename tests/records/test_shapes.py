"""What of each kind is taken from a school, and what is refused, by the field that is wrong."""

from typing import Any

import marshmallow as ma
import orjson
import pytest

from services.records.rules import kinds
from services.records.rules.kinds import KINDS
from tests.support.entries import read

# The example of the tax authority.
SIN = "046 454 286"
STUDENT = {"first_name": "Zoé", "last_name": "Tremblay"}


def refused(kind: str, **said: Any) -> dict[str, Any]:
    """Return what is said of the fields that are refused."""
    with pytest.raises(ma.ValidationError) as mistake:
        read(kind, **said)
    return dict(mistake.value.normalized_messages())


@pytest.mark.requirement("ACC-14")
@pytest.mark.parametrize("kind", KINDS)
def test_a_field_that_no_kind_has_is_refused(kind: str) -> None:
    assert list(refused(kind, permanent_code="TREZ14030901")) == ["permanent_code"]


@pytest.mark.requirement("ACC-14")
@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (kinds.STATEMENT, "lines", [{"description": "Cahiers", "amount": "1.00", "card": "x"}]),
        (kinds.STATEMENT, "payee", {"name": "CSS", "reference": "1", "account": "x"}),
        (kinds.REPORT_CARD, "student", {**STUDENT, "birth_on": "2014-03-09"}),
        (kinds.FILE, "subjects", [{"subject": "Français", "teachers": [{"name": "L. T.", "phone": "x"}]}]),
        (kinds.MESSAGE, "links", [{"label": "x", "url": "https://exemple.ca", "onclick": "x"}]),
    ],
)
def test_a_field_that_no_part_of_a_kind_has_is_refused(kind: str, field: str, value: Any) -> None:
    assert list(refused(kind, **{field: value})) == [field]


@pytest.mark.requirement("RE-10")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipient", f"Lise Tremblay, NAS {SIN}"),
        ("student", {**STUDENT, "file_number": SIN}),
        ("student", {**STUDENT, "grade": {"fr": f"NAS {SIN}", "en": "5"}}),
        ("boxes", [{"box": "C", "amount": "10.00"}, {"box": "H", "label": f"NAS {SIN}", "amount": "1.00"}]),
    ],
)
def test_a_tax_slip_with_a_social_insurance_number_is_refused(field: str, value: Any) -> None:
    assert list(refused(kinds.TAX_SLIP, **{field: value})) == [field]


@pytest.mark.parametrize(
    "percent",
    [
        -0.01,
        200.01,
        2**70,
        pytest.param(10**400, id="no-float-is-as-large"),
        1e308,
        float("nan"),
        float("inf"),
        True,
        "82",
        [82],
    ],
)
def test_a_percent_that_is_none_is_refused(percent: Any) -> None:
    assert list(refused(kinds.RESULT, percent=percent)) == ["percent"]


@pytest.mark.parametrize("percent", [0, 82.5, 100, 200, None])
def test_a_percent_is_kept_as_it_is_said(percent: Any) -> None:
    assert orjson.loads(read(kinds.RESULT, percent=percent).content)["percent"] == percent


@pytest.mark.requirement("RE-08")
@pytest.mark.parametrize(
    "amount",
    [42.5, 42, "42", "42.5", "042.50", "1e3", "NaN", "1000000000.00", "+1.00", "1,00", "42.50\n", "٤٢.٥٠", None],
)
def test_an_amount_that_is_none_is_refused(amount: Any) -> None:
    assert list(refused(kinds.STATEMENT, balance=amount)) == ["balance"]


@pytest.mark.requirement("RE-15")
@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://exemple.ca",
            "javascript:alert(1)",
            "//exemple.ca",
            "https://moi@exemple.ca",
            "https://a:b@exemple.ca",
        ),
        *(
            "https://exemple.ca/\u0000",
            "https://exemple.ca/\u202e",
            'https://exemple.ca/"><script>',
            "https://exemple.ca/a b",
            "https://",
            "ftp://exemple.ca",
            "data:text/html,x",
            f"https://exemple.ca/{'x' * 2000}",
        ),
    ],
)
def test_a_link_that_is_not_plain_https_is_refused(url: str) -> None:
    assert list(refused(kinds.RESOURCE, links=[{"label": "x", "url": url}])) == ["links"]


@pytest.mark.parametrize("text", ["", " ", "a\u0000", "\ud800", "\u202ea", "a\u200bb", "a\nb", "x" * 41, 82, ["82"]])
def test_a_mark_that_is_no_line_of_text_is_refused(text: Any) -> None:
    assert list(refused(kinds.RESULT, mark=text)) == ["mark"]


def test_a_text_in_two_languages_says_which_half_is_wrong() -> None:
    assert list(refused(kinds.MESSAGE, subject={"fr": "Sortie", "en": "a\u0000"})["subject"]) == ["en"]
    assert list(refused(kinds.MESSAGE, subject={"fr": "Sortie", "es": "Salida"})) == ["subject"]


@pytest.mark.parametrize("kind", [kinds.MESSAGE, kinds.AGENDA_ENTRY])
def test_what_is_for_a_student_and_a_school_at_once_is_refused(kind: str) -> None:
    assert list(refused(kind, student_source_id="e1", school_source_id="s1")) == ["school_source_id"]


@pytest.mark.requirement("RE-06")
def test_a_report_card_says_its_term_and_a_first_communication_need_not() -> None:
    assert list(refused(kinds.REPORT_CARD, term=None)) == ["term"]
    assert orjson.loads(read(kinds.REPORT_CARD, term=None, type="first_communication").content)["term"] is None


@pytest.mark.parametrize(
    ("kind", "field", "said"),
    [
        (kinds.STATEMENT, "due_on", {"due_on": "2025-09-30"}),
        (kinds.ASSIGNMENT, "due_on", {"due_on": "2026-01-11"}),
        (kinds.AGENDA_ENTRY, "end_date", {"end_date": "2026-01-19"}),
        (kinds.AGENDA_ENTRY, "ends_at", {"starts_at": "9h45", "ends_at": "8h30"}),
        (kinds.AGENDA_ENTRY, "ends_at", {"end_date": "2026-01-20", "starts_at": "9h45", "ends_at": "8h30"}),
    ],
)
def test_what_ends_before_it_begins_is_refused(kind: str, field: str, said: dict[str, Any]) -> None:
    assert list(refused(kind, **said)) == [field]
