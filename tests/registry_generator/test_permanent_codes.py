from datetime import date

import pytest

from registry_generator.permanent_codes import GivenCodes, permanent_code, plain_letters


@pytest.mark.parametrize(
    ("family_name", "given_name", "is_female", "birth_on", "code"),
    [
        ("Tremblay", "Zoe", True, date(2011, 3, 9), "TREZ71531101"),
        ("Gagnon", "Luc", False, date(1999, 12, 31), "GAGL31129901"),
        ("Roy", "Ana", True, date(2000, 1, 31), "ROYA93510001"),
        ("Côté", "Éloïse", True, date(2012, 7, 1), "COTE63571201"),
        ("D'Amours", "Jean-Luc", False, date(2012, 7, 1), "DAMJ63071201"),
        ("De l'Étoile", "Noé", False, date(2012, 7, 1), "DELN63071201"),
        ("Ly", "Bo", False, date(2012, 7, 1), "LYXB63071201"),
        ("Łoś", "Đức", False, date(2012, 7, 1), "LOSD63071201"),
    ],
)
def test_permanent_code_encodes_name_day_month_and_year(family_name, given_name, is_female, birth_on, code):
    made = permanent_code(
        family_name=family_name, given_name=given_name, birth_on=birth_on, is_female=is_female, validation=1
    )

    assert made == code


@pytest.mark.parametrize(
    ("name", "letters"), [("Nguyễn", "NGUYEN"), ("M’Baye", "MBAYE"), ("St-Pierre", "STPIERRE"), ("İpek", "IPEK")]
)
def test_plain_letters_keeps_a_to_z(name, letters):
    assert plain_letters(name) == letters


def test_given_codes_gives_each_code_once():
    given = GivenCodes()

    assert sorted(given.give("TREZ715311", 42) for _ in range(100)) == list(range(100))


def test_given_codes_refuses_when_all_are_given():
    given = GivenCodes()
    for _ in range(100):
        given.give("TREZ715311", 0)

    with pytest.raises(ValueError, match="all hundred"):
        given.give("TREZ715311", 0)
