import unicodedata
from datetime import date

import pytest
from hypothesis import given, strategies as st

from services.enrollment.rules import matching

NBSP = "\u00a0"

# What is typed, what is on file: the same name, written with another keyboard or encoding.
SAME = [
    ("Tremblay", "Tremblay"),
    # Capitals.
    ("TREMBLAY", "Tremblay"),
    ("tremblay", "TREMBLAY"),
    ("côté", "CÔTÉ"),
    ("ÉLOÏSE", "éloïse"),
    ("McDonald", "MCDONALD"),
    ("macleod", "MacLeod"),
    ("Groß", "GROSS"),
    ("de la Durantaye", "De La Durantaye"),
    ("LeBlanc", "Leblanc"),
    # Composed and decomposed letters.
    ("Éloïse", unicodedata.normalize("NFD", "Éloïse")),
    (unicodedata.normalize("NFD", "Côté"), "Côté"),
    (unicodedata.normalize("NFD", "François"), unicodedata.normalize("NFC", "François")),
    ("Nguyễn", unicodedata.normalize("NFD", "Nguyễn")),
    ("Jürgen", unicodedata.normalize("NFD", "Jürgen")),
    (unicodedata.normalize("NFD", "ÉMILE"), "émile"),
    ("Ångström", "\u212bngström"),
    # Apostrophes.
    ("D'Amours", "D\u2019Amours"),
    ("D\u2018Amours", "D'Amours"),
    ("D`Amours", "D'Amours"),
    ("D\u00b4Amours", "D'Amours"),
    ("L\u02bcHeureux", "L'Heureux"),
    ("L\u2032Heureux", "L\u2019Heureux"),
    ("O\u201bBrien", "O'Brien"),
    ("O\uff07Brien", "O'Brien"),
    ("L' Heureux", "L'Heureux"),
    ("D 'Amours", "d\u2019amours"),
    # Hyphens.
    ("Côté-Gagnon", "Côté\u2010Gagnon"),
    ("Côté\u2011Gagnon", "Côté-Gagnon"),
    ("Marie\u2212Ève", "Marie-Ève"),
    ("Marie\ufe63Ève", "Marie-Ève"),
    ("Marie\uff0dÈve", "Marie-Ève"),
    ("Marie - Ève", "Marie-Ève"),
    ("Marie- Ève", "Marie-Ève"),
    ("Jean -Guy", "Jean-Guy"),
    # Blanks.
    (" Tremblay", "Tremblay"),
    ("Tremblay ", "Tremblay"),
    ("Tremblay" + NBSP, "Tremblay"),
    ("De" + NBSP + "Sousa", "De Sousa"),
    ("De  Sousa", "De Sousa"),
    ("De\u2009Sousa", "De Sousa"),
    ("De\u3000Sousa", "De Sousa"),
    ("De\tSousa", "De Sousa"),
    ("de" + NBSP + NBSP + "la Fontaine", "De la Fontaine"),
    # Ligatures and forms of type.
    ("Lecœur", "Lecoeur"),
    ("LECŒUR", "lecoeur"),
    ("Œdipe", "Oedipe"),
    ("Lætitia", "Laetitia"),
    ("ÆSOP", "aesop"),
    ("Gri\ufb03n", "Griffin"),
    ("\uff34\uff52\uff45\uff4d\uff42\uff4c\uff41\uff59", "Tremblay"),
    # What is not seen.
    ("Trem\u00adblay", "Tremblay"),
    ("Trem\u200bblay", "Tremblay"),
    ("\ufeffTremblay", "Tremblay"),
    # All at once.
    (" d\u2019ARGENSON" + NBSP + "\u2010 côté ", unicodedata.normalize("NFD", "D'Argenson-Côté")),
]

# Another spelling, which the guide says does not agree: accents, spaces, hyphens, letters (EN-13, E5).
DIFFERENT = [
    # Accents and cedillas.
    ("Eloise", "Éloïse"),
    ("Eloïse", "Éloïse"),
    ("Éloise", "Éloïse"),
    ("Cote", "Côté"),
    ("Coté", "Côté"),
    ("Còté", "Côté"),
    ("Francois", "François"),
    ("Helene", "Hélène"),
    ("Héléne", "Hélène"),
    ("Noel", "Noël"),
    ("Andre", "André"),
    ("Zoe", "Zoé"),
    ("Zoë", "Zoé"),
    ("Nguyen", "Nguyễn"),
    ("Munoz", "Muñoz"),
    ("Lopez", "López"),
    ("Ångström", "Angstrom"),
    # Hyphen, blank, nothing.
    ("Côté Gagnon", "Côté-Gagnon"),
    ("CôtéGagnon", "Côté-Gagnon"),
    ("Marie Ève", "Marie-Ève"),
    ("MarieÈve", "Marie-Ève"),
    ("Jean-Guy", "Jean Guy"),
    ("DeSousa", "De Sousa"),
    ("De-Sousa", "De Sousa"),
    ("Le Blanc", "LeBlanc"),
    ("Mac Leod", "MacLeod"),
    ("Côté\u2013Gagnon", "Côté-Gagnon"),
    ("Côté\u2014Gagnon", "Côté-Gagnon"),
    # Apostrophe left out, or a blank for it.
    ("DAmours", "D'Amours"),
    ("D Amours", "D'Amours"),
    ("OBrien", "O'Brien"),
    ("D\u201dAmours", "D'Amours"),
    # A name too few or too many.
    ("Côté", "Côté-Gagnon"),
    ("Gagnon", "Côté-Gagnon"),
    ("Gagnon-Côté", "Côté-Gagnon"),
    ("Marie", "Marie-Ève"),
    ("Fontaine", "De la Fontaine"),
    ("la Fontaine", "De la Fontaine"),
    ("Luc", "Luc Junior"),
    ("Tremblay", ""),
    # Letters.
    ("Trembley", "Tremblay"),
    ("Tremblai", "Tremblay"),
    ("Gagnom", "Gagnon"),
    ("Saint-Pierre", "St-Pierre"),
    ("Ste-Marie", "Sainte-Marie"),
    ("Ly", "Li"),
    ("0livier", "Olivier"),
    ("\u0421ôté", "Côté"),
    ("Olivıer", "Olivier"),
    ("Côté.", "Côté"),
]


def test_the_table_is_large_enough() -> None:
    assert len(SAME) + len(DIFFERENT) >= 80
    assert len({*SAME, *DIFFERENT}) == len(SAME) + len(DIFFERENT)


@pytest.mark.requirement("CHD-9", "EN-09", "EN-13")
@pytest.mark.parametrize(("typed", "on_file"), SAME)
def test_fold_takes_two_writings_of_one_name_as_the_same(typed: str, on_file: str) -> None:
    assert matching.fold(typed) == matching.fold(on_file)


@pytest.mark.requirement("CHD-9", "EN-13", "EN-14")
@pytest.mark.parametrize(("typed", "on_file"), DIFFERENT)
def test_fold_keeps_two_spellings_apart(typed: str, on_file: str) -> None:
    assert matching.fold(typed) != matching.fold(on_file)


@given(st.text(max_size=30))
def test_fold_of_a_fold_is_the_fold(name: str) -> None:
    assert matching.fold(matching.fold(name)) == matching.fold(name)


@given(st.text(max_size=30))
def test_fold_does_not_depend_on_the_unicode_form(name: str) -> None:
    assert matching.fold(unicodedata.normalize("NFD", name)) == matching.fold(unicodedata.normalize("NFC", name))


@pytest.mark.requirement("CHD-5")
@pytest.mark.parametrize("name", ["Éloïse", "eloise", "ELOÏSE", "Elo-ise", "É loïse", "E'loise"])
def test_bare_brings_the_spellings_of_one_child_together(name: str) -> None:
    assert matching.bare(name) == "eloise"


def test_bare_keeps_the_letters_of_other_scripts() -> None:
    assert matching.bare("Мария") != matching.bare("Анна") != ""


CLAIM = matching.Claim(last_name="Côté-Gagnon", first_name="Éloïse", birth_on=date(2014, 3, 9))
RECORD = matching.Record(family_name="CÔTÉ-GAGNON", given_name="Éloïse", birth_on=date(2014, 3, 9), is_active=True)


def test_differences_finds_none_when_everything_agrees() -> None:
    assert matching.differences(CLAIM, RECORD) == ()


@pytest.mark.requirement("CHD-3", "EN-14", "EN-15")
def test_differences_names_every_field_that_differs() -> None:
    record = matching.Record(family_name="Côté", given_name="Eloise", birth_on=date(2014, 9, 3), is_active=False)
    assert matching.differences(CLAIM, record) == ("last_name", "first_name", "birth_date", "status")


def test_differences_agrees_with_no_student_without_a_date_of_birth() -> None:
    record = matching.Record(family_name="Côté-Gagnon", given_name="Éloïse", birth_on=None, is_active=True)
    assert matching.differences(CLAIM, record) == ("birth_date",)


@pytest.mark.requirement("CHD-3")
def test_differences_from_the_decoy_are_all_of_them() -> None:
    assert len(matching.differences(CLAIM, matching.DECOY)) == 4
