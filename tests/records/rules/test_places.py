"""Levels, tiles, and why there is nothing in one."""

import pytest

from services.records.rules import emptiness, kinds, levels, ministerial, tiles
from services.records.rules.tiles import Place

PRIMARY = Place(level="primary", grade="05")
SECONDARY_3 = Place(level="secondary", grade="09")
SECONDARY_5 = Place(level="secondary", grade="S5")
UNKNOWN = Place(level=None, grade=None)


def codes(place: Place, *, has_daycare: bool = False) -> list[str]:
    return [tile.code for tile, _ in tiles.of_child(place, has_daycare=has_daycare)]


def sections(place: Place, *, has_daycare: bool = False) -> list[str]:
    found = tiles.of_child(place, has_daycare=has_daycare)
    return [section.code for _, sections in found for section in sections]


@pytest.mark.parametrize(
    ("grade", "year"),
    [("07", 1), ("8", 2), ("09", 3), ("10", 4), ("11", 5), ("S1", 1), ("s4", 4), ("S5", 5)],
)
def test_secondary_year_counts_as_registries_do(grade: str, year: int) -> None:
    assert levels.secondary_year(grade) == year


@pytest.mark.parametrize("grade", [None, "", "06", "12", "KG", "S6", "P4", "010", "11 ", "١٠"])
def test_secondary_year_is_none_of_anything_else(grade: str | None) -> None:
    assert levels.secondary_year(grade) is None


@pytest.mark.requirement("RE-04")
@pytest.mark.parametrize(
    ("level", "grade", "is_applicable"),
    [
        ("primary", "06", False),
        ("secondary", "09", False),
        ("secondary", "10", True),
        ("secondary", "S5", True),
        # The registry does not say which year: nothing is kept from somebody who may be in the fifth.
        ("secondary", None, True),
        (None, None, True),
        ("primary", None, False),
    ],
)
def test_is_applicable_is_so_in_secondary_four_and_five(
    level: str | None, grade: str | None, is_applicable: bool
) -> None:
    assert ministerial.is_applicable(level=level, grade=grade) is is_applicable


@pytest.mark.requirement("RE-01")
def test_of_child_has_the_guides_tiles_in_their_order() -> None:
    expected = ["agenda", "absences", "results", "finances", "file", "messages", "resources"]
    assert codes(SECONDARY_5) == expected
    assert codes(UNKNOWN) == expected


@pytest.mark.requirement("RE-02")
def test_of_child_has_no_agenda_in_primary() -> None:
    assert "agenda" not in codes(PRIMARY)


@pytest.mark.requirement("RE-04")
def test_of_child_has_ministerial_results_in_the_last_two_years() -> None:
    assert "ministerial_results" in sections(SECONDARY_5)
    assert "ministerial_results" not in sections(SECONDARY_3)
    assert "ministerial_results" not in sections(PRIMARY)


@pytest.mark.requirement("RE-10")
def test_of_child_has_tax_slips_in_the_daycare_alone() -> None:
    assert "tax_slips" not in sections(PRIMARY)
    assert "tax_slips" in sections(PRIMARY, has_daycare=True)


@pytest.mark.requirement("RE-17")
def test_of_child_has_what_the_organisation_offers_in_its_order() -> None:
    place = Place(level="secondary", grade="10", offered=("messages", "results", "cafeteria"))
    assert codes(place) == ["messages", "results"]


@pytest.mark.requirement("RE-17")
def test_may_have_is_false_of_what_the_organisation_does_not_offer() -> None:
    place = Place(level="secondary", grade="10", offered=("messages",))
    assert tiles.may_have(kinds.MESSAGE, place)
    assert not tiles.may_have(kinds.STATEMENT, place)
    # « Nous joindre » is no tile.
    assert tiles.may_have(kinds.CONTACT, place)


def test_every_kind_but_the_contact_has_a_tile() -> None:
    assert set(tiles.OF_KIND) == set(kinds.KINDS) - {kinds.CONTACT}


@pytest.mark.requirement("RE-02", "RE-04", "RE-10", "RE-17")
@pytest.mark.parametrize(
    ("kind", "place", "has_daycare", "is_of_this_year", "reason"),
    [
        (kinds.AGENDA_ENTRY, PRIMARY, False, True, emptiness.NOT_IN_PRIMARY),
        (kinds.AGENDA_ENTRY, SECONDARY_3, False, True, emptiness.NONE),
        (kinds.MINISTERIAL_RESULT, SECONDARY_3, False, True, emptiness.NOT_APPLICABLE),
        (kinds.MINISTERIAL_RESULT, PRIMARY, False, True, emptiness.NOT_APPLICABLE),
        (kinds.MINISTERIAL_RESULT, SECONDARY_5, False, True, emptiness.NOT_PUBLISHED_YET),
        (kinds.MINISTERIAL_RESULT, SECONDARY_5, False, False, emptiness.NONE),
        (kinds.TAX_SLIP, PRIMARY, False, True, emptiness.NOT_APPLICABLE),
        (kinds.TAX_SLIP, PRIMARY, True, True, emptiness.NOT_PUBLISHED_YET),
        (kinds.RESULT, PRIMARY, False, True, emptiness.NOT_PUBLISHED_YET),
        (kinds.REPORT_CARD, PRIMARY, False, False, emptiness.NONE),
        (kinds.MESSAGE, PRIMARY, False, True, emptiness.NONE),
        (kinds.STATEMENT, Place(level=None, grade=None, offered=("file",)), False, True, emptiness.NOT_APPLICABLE),
        # Whoever does not offer the agenda says so first.
        (kinds.AGENDA_ENTRY, Place(level="primary", grade=None, offered=()), False, True, emptiness.NOT_APPLICABLE),
    ],
)
def test_reason_says_why_there_is_nothing(
    kind: str, place: Place, has_daycare: bool, is_of_this_year: bool, reason: str
) -> None:
    assert emptiness.reason(kind, place, has_daycare=has_daycare, is_of_this_year=is_of_this_year) == reason
