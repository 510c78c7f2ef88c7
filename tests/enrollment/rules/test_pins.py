import pytest

from services.enrollment.rules import pins


@pytest.mark.requirement("CHD-14")
def test_new_draws_forty_bits_without_look_alikes() -> None:
    drawn = {pins.new() for _ in range(2000)}
    assert len(drawn) == 2000
    assert {len(pin) for pin in drawn} == {8}
    assert len(pins.ALPHABET) == 32
    assert set("".join(drawn)) == set(pins.ALPHABET)
    assert set(pins.ALPHABET) & set("OILU") == set()


@pytest.mark.requirement("CHD-14", "EN-02")
@pytest.mark.parametrize(
    "typed",
    [
        "0K1V-7XZ2",
        "0k1v7xz2",
        "oklv 7xz2",
        "OKIU–7XZ2",
        " 0K1V\u00a07XZ2\u202f\n",
        "0K1V\u20117XZ2",
        "0 K 1 V . 7 X Z 2",
        "\uff10\uff2b\uff11\uff36\uff17\uff38\uff3a\uff12",
        "\ufeff0K1V\u200b7XZ2",
    ],
)
def test_parse_takes_a_pin_however_it_was_typed(typed: str) -> None:
    assert pins.parse(typed) == "0K1V7XZ2"


@pytest.mark.parametrize(
    "typed", ["", "   ", "0K1V7XZ", "0K1V7XZ22", "0K1V7XZ!", "0K1V7XZÉ", "\u0660K1V7XZ2", "--------"]
)
def test_parse_knows_another_form(typed: str) -> None:
    assert pins.parse(typed) is None


def test_shown_groups_what_parse_takes() -> None:
    assert pins.shown("0K1V7XZ2") == "0K1V-7XZ2"
    assert pins.parse(pins.shown("0K1V7XZ2")) == "0K1V7XZ2"


@pytest.mark.requirement("CHD-14")
def test_of_child_is_another_for_every_child_and_organisation() -> None:
    assert len({pins.of_child(board, child, "0K1V7XZ2") for board in "ab" for child in "cd"}) == 4
