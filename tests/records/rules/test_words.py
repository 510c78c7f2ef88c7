"""School years, audiences, addresses, payments, and numbers that must not be kept."""

from datetime import date

import pytest
from hypothesis import given, strategies as st

from services.records.rules import (
    audiences,
    mailboxes,
    paying,
    release_codes,
    school_years,
    social_insurance,
    source_ids,
)


@pytest.mark.parametrize(
    ("day", "name"),
    [(date(2026, 7, 1), "2026-2027"), (date(2027, 6, 30), "2026-2027"), (date(2027, 1, 1), "2026-2027")],
)
def test_name_counts_school_years_from_july(day: date, name: str) -> None:
    assert school_years.name(day) == name
    assert school_years.is_name(name)


@pytest.mark.parametrize(
    "text", ["2026", "2026-2028", "2027-2026", "26-27", "2026-2027 ", "", "2026–2027", "٢٠٢٦-2027"]
)
def test_is_name_takes_nothing_else(text: str) -> None:
    assert not school_years.is_name(text)


@given(st.text(min_size=1))
def test_source_id_comes_back_out_of_an_audience(told: str) -> None:
    assert audiences.source_id(audiences.of_student(told)) == told
    assert audiences.scope(audiences.of_student(told)) == audiences.STUDENT
    assert audiences.of_student(told) != audiences.of_school(told)


def test_source_id_is_none_of_the_organisation() -> None:
    assert audiences.source_id(audiences.ORGANISATION) is None


@pytest.mark.parametrize("text", ["", " a", "a ", "a\nb", "a\u200bb", "x" * 256])
def test_is_source_id_takes_one_bounded_line(text: str) -> None:
    assert not source_ids.is_source_id(text)


@pytest.mark.parametrize("text", ["E1", "étape 1", "2027-06", "E.1", "x" * 64])
def test_is_release_code_takes_what_a_path_can_say(text: str) -> None:
    assert release_codes.is_release_code(text)


@pytest.mark.parametrize("text", ["", " E1", "E1/2", "E1\\2", "100%", "E;1", ".", "..", "E\u00a01", "E\n1", "x" * 65])
def test_is_release_code_takes_nothing_else(text: str) -> None:
    assert not release_codes.is_release_code(text)


@pytest.mark.requirement("RE-13")
@pytest.mark.parametrize(
    ("email", "uri"),
    [
        ("prof@exemple.ca", "mailto:prof@exemple.ca"),
        ("o'brien+maths@exemple.ca", "mailto:o'brien+maths@exemple.ca"),
        # What would begin another header, or another addressee, is no more than a letter of the address.
        ("a?bcc=x@exemple.ca", "mailto:a%3Fbcc%3Dx@exemple.ca"),
        ("a&b@exemple.ca", "mailto:a%26b@exemple.ca"),
        ("a,b@exemple.ca", "mailto:a%2Cb@exemple.ca"),
        ("élise@exemple.ca", "mailto:%C3%A9lise@exemple.ca"),
        (None, None),
    ],
)
def test_mailto_addresses_one_mailbox_and_nothing_more(email: str | None, uri: str | None) -> None:
    assert mailboxes.mailto(email) == uri


@pytest.mark.requirement("RE-09")
@pytest.mark.parametrize("balance", ["0.00", "-12.00", "-0.01", "-0.00"])
def test_how_to_pay_says_nothing_where_nothing_is_owed(balance: str) -> None:
    assert paying.how_to_pay(balance, {"name": "CSS", "reference": "1"}, language="fr") is None


@pytest.mark.requirement("RE-09")
def test_how_to_pay_leads_to_ones_bank_with_the_payees_name_and_number() -> None:
    payee = {"name": "CSS DES PHARES {name}", "reference": "0012345"}
    french = paying.how_to_pay("0.01", payee, language="fr")
    assert french is not None
    assert "votre banque ou de votre caisse\u00a0:" in french
    assert "«\u00a0CSS DES PHARES {name}\u00a0» et donnez le numéro 0012345." in french
    english = paying.how_to_pay("1.00", payee, language="en")
    assert english == ("Pay at your bank or caisse: add the payee “CSS DES PHARES {name}” and give the number 0012345.")


@pytest.mark.requirement("RE-09")
def test_how_to_pay_leads_to_the_school_where_it_names_no_payee() -> None:
    french = paying.how_to_pay("1.00", None, language="fr")
    assert french is not None
    assert "l’école vous dira" in french


@pytest.mark.requirement("RE-08")
def test_ledger_label_calls_each_ledger_as_the_guides_do() -> None:
    french = [paying.ledger_label(ledger, language="fr") for ledger in ("school", "sports", "daycare")]
    assert french == ["École", "Intersport", "Service de garde"]


# 046 454 286 is the number that the tax authority gives as an example; its check digit agrees.
@pytest.mark.parametrize(
    "text",
    [
        *("046454286", "NAS 046 454 286", "046-454-286", "046\u00a0454\u00a0286", "046.454.286", "n° 046454286."),
        *("046 - 454 - 286", "046–454–286", "046/454/286", "046_454_286", "dossier 123 046 454 286", "٠٤٦ ٤٥٤ ٢٨٦"),
    ],
)
def test_holds_number_finds_a_social_insurance_number(text: str) -> None:
    assert social_insurance.holds_number(text)


@pytest.mark.parametrize(
    "text", ["", "046 454 287", "0464542860", "1046454286", "418 555-0100", "046 ---- 454 286", "Tremblay, Zoé"]
)
def test_holds_number_leaves_other_numbers_alone(text: str) -> None:
    assert not social_insurance.holds_number(text)
