import pytest

from services.records.rules import destinations
from services.records.rules.destinations import OPERATOR, Destination, Place


def place(child_id: str, *, organisation_id: str = "board", school_source_id: str | None = "phare") -> Place:
    return Place(
        child_id=child_id,
        organisation_id=organisation_id,
        school_source_id=school_source_id,
        student_source_id=f"student-of-{child_id}",
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
@pytest.mark.parametrize("child_id", [None, "somebody-else’s", ""])
def test_choose_takes_the_school_that_all_children_have_and_names_none_of_them(child_id: str | None) -> None:
    chosen = destinations.choose([place("one"), place("two")], child_id=child_id)
    assert chosen == Destination(organisation_id="board", school_source_id="phare")


@pytest.mark.requirement("XC-02")
@pytest.mark.parametrize("other", ["rive", None])
def test_choose_takes_the_organisation_of_children_of_several_of_its_schools(other: str | None) -> None:
    places = [place("one"), place("two", school_source_id=other)]
    assert destinations.choose(places, child_id=None) == Destination(organisation_id="board")


@pytest.mark.parametrize("places", [[], BOTH_ORGANISATIONS], ids=["no child", "several organisations"])
def test_choose_leaves_to_the_operator_what_is_of_no_one_organisation(places: list[Place]) -> None:
    assert destinations.choose(places, child_id=None) == OPERATOR
