from collections.abc import Callable

import pytest

from one_machine.kafka.node import Node
from tests.support.households import Household, form
from tests.support.system import PRODUCTION, Parent, System

on_production = pytest.mark.parametrize("system", [pytest.param(PRODUCTION, marks=pytest.mark.kafka)], indirect=True)


@on_production
@pytest.mark.requirement("EVT-4")
def test_parents_are_served_while_the_log_is_away_and_the_news_comes_when_it_is_back(
    system: System, node: Node, guardian: Parent, household: Household, make_parent: Callable[..., Parent]
) -> None:
    guardian.sign_up()
    letters_before = len(guardian.letters())
    node.kill()
    newcomer = make_parent()
    newcomer.sign_up()
    signed_in = guardian.sign_in()
    claimed = guardian.claim(**form(guardian, "phares", household.child))
    also_claimed = guardian.claim(**form(guardian, "affluents", household.sibling))
    child_id = claimed.json()["child"]["id"]
    read = [guardian.get(path) for path in ("/children", f"/children/{child_id}", "/organisations")]
    assert len(guardian.letters()) == letters_before
    node.start()
    assert system.mail is not None
    told = system.mail.wait_for(letters_before + 2, to=guardian.email, timeout_s=90)
    # A third event of the same account comes after a doubled one would have.
    guardian.delete(f"/children/{child_id}")
    all_told = system.mail.wait_for(letters_before + 3, to=guardian.email, timeout_s=90)
    assert [answer.status_code for answer in (signed_in, claimed, also_claimed)] == [201, 201, 201]
    assert [answer.status_code for answer in read] == [200, 200, 200]
    assert len(told) == letters_before + 2
    assert ["enfant a été associé" in str(letter.message["Subject"]) for letter in told[letters_before:]] == [
        True,
        True,
    ]
    assert len(all_told) == letters_before + 3
