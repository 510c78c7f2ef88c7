import pytest

from services.records.rules import destinations
from services.records.rules.destinations import OPERATOR, Destination, Place


def place(
    child_id: str, *, organisation_id: str = "board", school_source_id: str | None = "phare", takes_part: bool = True
) -> Place:
    return Place(
        child_id=child_id,
        organisation_id=organisation_id,
        school_source_id=school_source_id,
        student_source_id=f"student-of-{child_id}",
        takes_part=takes_part,
    )


BOTH_SCHOOLS = [place("one"), place("two", school_source_id="rive")]
BOTH_ORGANISATIONS = [place("one"), place("two", organisation_id="private", school_source_id="phare")]


@pytest.mark.requirement("XC-02")
@pytest.mark.parametrize("places", [[place("one")], BOTH_SCHOOLS, BOTH_ORGANISATIONS])
def test_choose_takes_the_school_of_the_child_that_is_named(places: list[Place]) -> None:
    assert destinations.choose(places, child_id="one") == Destination(
        organisation_id="board", school_source_id="phare", student_source_id="student-of-one", child_id="one"
    )


@pytest.mark.requirement("XC-02")
def test_choose_takes_the_school_that_all_children_have_and_names_none_of_them() -> None:
    chosen = destinations.choose([place("one"), place("two")], child_id=None)
    assert chosen == Destination(organisation_id="board", school_source_id="phare")


@pytest.mark.requirement("XC-02")
@pytest.mark.parametrize("other", ["rive", None])
def test_choose_takes_the_organisation_of_children_of_several_of_its_schools(other: str | None) -> None:
    places = [place("one"), place("two", school_source_id=other)]
    assert destinations.choose(places, child_id=None) == Destination(organisation_id="board")


@pytest.mark.requirement("CHD-13")
@pytest.mark.parametrize("places", [[], [place("one")]])
def test_choose_knows_no_child_that_is_not_theirs(places: list[Place]) -> None:
    with pytest.raises(LookupError):
        destinations.choose(places, child_id="somebody-else’s")


@pytest.mark.requirement("XC-02")
def test_choose_takes_no_organisation_that_takes_part_no_more() -> None:
    former = place("one", organisation_id="private", takes_part=False)
    assert destinations.choose([former], child_id="one") == OPERATOR
    assert destinations.choose([former], child_id=None) == OPERATOR
    chosen = destinations.choose([former, place("two")], child_id=None)
    assert chosen == Destination(organisation_id="board", school_source_id="phare")


@pytest.mark.parametrize("places", [[], BOTH_ORGANISATIONS], ids=["no child", "several organisations"])
def test_choose_leaves_to_the_operator_what_is_of_no_one_organisation(places: list[Place]) -> None:
    assert destinations.choose(places, child_id=None) == OPERATOR
