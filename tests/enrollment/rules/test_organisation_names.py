import csv
from pathlib import Path

import pytest

from services.enrollment.rules import organisation_names

BOARDS = Path(__file__).parents[3] / "services" / "enrollment" / "directory" / "boards.csv"
OPS = ("Commission scolaire OPS (sur production)", None)


def _boards() -> list[tuple[str, str | None]]:
    with BOARDS.open(encoding="utf-8", newline="") as lines:
        return [(row["name"], row["former_name"]) for row in csv.DictReader(lines)]


def _in_order(boards):
    return sorted(boards, key=lambda board: organisation_names.sort_key(*board))


def _found(search):
    return [
        name
        for name, former_name in _boards()
        if organisation_names.is_found(organisation_names.search_text(name, former_name), search)
    ]


@pytest.mark.requirement("EN-06")
def test_sort_key_gives_the_first_page_of_the_guide():
    first_page = [former_name or name for name, former_name in _in_order([*_boards(), OPS])[:6]]

    assert first_page == [
        "Commission scolaire OPS (sur production)",
        "CS au Coeur-des-Vallées",
        "CS Central Québec",
        "CS crie",
        "CS de Charlevoix",
        "CS de Kamouraska-Rivière-du-Loup",
    ]


@pytest.mark.requirement("EN-07")
def test_sort_key_puts_la_capitale_on_the_second_page():
    names = [name for name, _ in _in_order([*_boards(), OPS])]

    assert names.index("CSS de la Capitale") == 11


@pytest.mark.requirement("EN-08")
def test_sort_key_orders_by_present_name_as_by_former_name():
    with_former_names = [name for name, _ in _in_order(_boards())]
    without = [name for name, _ in _in_order([(name, None) for name, _ in _boards()])]

    assert without == with_former_names


@pytest.mark.requirement("EN-08")
@pytest.mark.parametrize("name", ["CSS des Phares", "CSS des Affluents"])
def test_sort_key_keeps_the_boards_of_the_guides_off_the_first_pages(name):
    names = [each for each, _ in _in_order(_boards())]

    assert names.index(name) >= 4 * 6


def test_sort_key_ignores_accents_and_case():
    assert organisation_names.sort_key("CS de l'ÉNERGIE") == organisation_names.sort_key("cs de l'energie")


@pytest.mark.requirement("EN-05")
@pytest.mark.parametrize(
    ("search", "name"),
    [
        ("capitale", "CSS de la Capitale"),
        ("éNERGIE", "CSS de l'Énergie"),
        ("energie", "CSS de l'Énergie"),
        ("l'énergie", "CSS de l'Énergie"),
        ("l’e\u0301nergie", "CSS de l'Énergie"),
        ("css phares", "CSS des Phares"),
        ("cs phares", "CSS des Phares"),
        ("CS des Phares", "CSS des Phares"),
        ("centre de services scolaire des phares", "CSS des Phares"),
        ("centre de service scolaire des phares", "CSS des Phares"),
        ("commission scolaire des phares", "CSS des Phares"),
        ("val des cerfs", "CSS du Val-des-Cerfs"),
        ("Lester B Pearson School Board", "CS Lester-B.-Pearson"),
        ("kativik", "CS Kativik"),
        ("cœur", "CSS au Coeur-des-Vallées"),
    ],
)
def test_is_found_finds_a_board_by_any_of_its_names(search, name):
    assert _found(search) == [name]


@pytest.mark.requirement("EN-05")
@pytest.mark.parametrize("search", ["", "   ", "…", "--"])
def test_is_found_finds_all_when_nothing_is_searched(search):
    assert len(_found(search)) == 72


@pytest.mark.requirement("EN-05")
def test_is_found_asks_for_every_word():
    assert _found("capitale phares") == []


@pytest.mark.parametrize("search", ["%", "_", "100%", "a%b_c\\d"])
def test_search_words_hold_no_wildcard(search):
    assert all(word.isalnum() for word in organisation_names.search_words(search))


def test_search_words_are_bounded():
    assert len(organisation_names.search_words(" ".join(f"mot{number}" for number in range(5000)))) == 10
