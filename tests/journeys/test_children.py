import json
import sys
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.households import Household, form
from tests.support.system import Parent, System


@pytest.mark.requirement("ACC-1", "EN-09", "EN-10", "EN-11", "EN-22", "ID-21")
def test_a_parent_signs_up_proves_the_child_and_sees_the_child(guardian: Parent, household: Household) -> None:
    child = household.child
    guardian.sign_up()
    before = guardian.get("/children").json()
    claimed = guardian.claim(**form(guardian, "css phares", child))
    [seen] = guardian.get("/children").json()
    one = guardian.get(f"/children/{seen['id']}").json()
    assert before == []
    assert claimed.status_code == 201, claimed.text
    assert claimed.json()["child"] == seen == one
    assert (seen["first_name"], seen["last_name"], seen["status"]) == ("Éloïse", "D'Amours-Lévesque", "active")
    assert seen["organisation"]["name"] == "CSS des Phares"


@pytest.mark.requirement("EN-18", "EN-25", "ID-36")
def test_two_boards_under_one_email(guardian: Parent, household: Household) -> None:
    guardian.sign_up()
    answers = [
        guardian.claim(**form(guardian, "phares", household.child)),
        guardian.claim(**form(guardian, "affluents", household.sibling)),
    ]
    names = {each["organisation"]["name"] for each in guardian.get("/children").json()}
    assert [answer.status_code for answer in answers] == [201, 201]
    assert names == {"CSS des Phares", "CSS des Affluents"}


@pytest.mark.requirement("EN-13")
@pytest.mark.parametrize(
    ("typed", "status"),
    [
        (unicodedata.normalize("NFD", "D’Amours-Lévesque"), 201),
        ("d'amours-lévesque", 201),
        ("  D'Amours-Lévesque\u00a0", 201),
        ("D'Amours-Levesque", 422),
        ("D'Amours Lévesque", 422),
        ("DAmours-Lévesque", 422),
    ],
)
def test_accents_and_hyphens_count_and_their_encodings_do_not(
    guardian: Parent, household: Household, typed: str, status: int
) -> None:
    child = household.child
    guardian.sign_up()
    answer = guardian.claim(**form(guardian, "phares", child, last_name=typed))
    assert answer.status_code == status, answer.text


@pytest.mark.requirement("EN-11")
def test_the_permanent_code_serves_as_well_as_the_file_number(guardian: Parent, household: Household) -> None:
    child = household.child
    guardian.sign_up()
    answer = guardian.claim(**form(guardian, "phares", child, identifier=str(child.permanent_code).lower()))
    assert answer.status_code == 201, answer.text


@pytest.mark.requirement("ID-29", "EN-12")
def test_an_address_that_is_on_no_file_is_told_so_whatever_else_was_typed(parent: Parent, household: Household) -> None:
    child = household.child
    parent.sign_up()
    answers = [
        parent.claim(**form(parent, "phares", child)),
        parent.claim(**form(parent, "phares", child, last_name="Nobody", identifier="0000001")),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "email_not_on_file")] * 2
    assert "Oups. Accès refusé" in answers[0].text


@pytest.mark.requirement("EN-15", "CHD-2")
def test_every_other_mismatch_has_one_answer(
    guardian: Parent, household: Household, households: Iterator[Household]
) -> None:
    child, other = household.child, next(households).child
    guardian.sign_up()
    typed: list[dict[str, object]] = [
        {"last_name": "Tremblay"},
        {"birth_date": "2015-03-10"},
        {"identifier": "9999999"},
        {"birth_date": other.birth_on.isoformat(), "identifier": other.file_number},
    ]
    answers = [guardian.claim(**form(guardian, "phares", child, **each)) for each in typed]
    # The reference is the one thing that differs, in its own member and in the sentence that asks to quote it.
    documents = [
        json.loads(answer.text.replace(answer.json()["support_reference"], "…")) | {"request_id": None}
        for answer in answers
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert documents == [documents[0]] * 4
    assert documents[0]["code"] == "claim_mismatch"
    assert guardian.get("/children").json() == []


@pytest.mark.requirement("EN-24", "ID-33")
def test_a_board_that_has_not_subscribed_says_so(parent: Parent, household: Household) -> None:
    parent.sign_up()
    answer = parent.claim(**form(parent, "capitale", household.child))
    assert (answer.status_code, answer.json()["code"]) == (409, "organisation_not_subscribed")
    assert "abonné" in answer.json()["detail"]


@pytest.mark.requirement("CHD-4")
def test_an_account_may_be_wrong_five_times_an_hour(guardian: Parent, household: Household) -> None:
    child = household.child
    guardian.sign_up()
    wrong = form(guardian, "phares", child, birth_date="2014-01-01")
    answers = [guardian.claim(**wrong) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert answers[-1].json()["code"] == "too_many_claims"
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.requirement("CHD-15")
def test_one_claim_raced_by_many_links_once(system: System, guardian: Parent, household: Household) -> None:
    child = household.child
    guardian.sign_up()
    filled = form(guardian, "phares", child)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: guardian.claim(**filled), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len(guardian.get("/children").json()) == 1


@pytest.mark.requirement("CHD-13")
def test_a_child_of_somebody_else_is_not_found(guardian: Parent, parent: Parent, household: Household) -> None:
    stranger = parent
    guardian.sign_up()
    stranger.sign_up()
    child_id = guardian.claim(**form(guardian, "phares", household.child)).json()["child"]["id"]
    for path in (f"/children/{child_id}", f"/children/{child_id}/access-journal"):
        answer = stranger.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert stranger.delete(f"/children/{child_id}").status_code == 404


def test_unlinking_closes_the_file_and_a_new_claim_opens_it_again(guardian: Parent, household: Household) -> None:
    child = household.child
    guardian.sign_up()
    child_id = guardian.claim(**form(guardian, "phares", child)).json()["child"]["id"]
    unlinked = guardian.delete(f"/children/{child_id}")
    after = guardian.get(f"/children/{child_id}")
    again = guardian.claim(**form(guardian, "phares", child))
    assert unlinked.status_code == 204
    assert after.status_code == 404
    assert (again.status_code, again.json()["child"]["id"]) == (201, child_id)


@pytest.mark.requirement("EVT-4")
@pytest.mark.parametrize("part", ["enrollment-relay", "identity-consume", "identity-notify"])
def test_a_killed_part_loses_nothing_and_doubles_nothing(
    system: System, guardian: Parent, household: Household, part: str
) -> None:
    child = household.child
    guardian.sign_up()
    letters_before = len(guardian.letters())
    killed = system.kill(part)
    claimed = guardian.claim(**form(guardian, "phares", child))
    system.wait_for_part(part, other_than=killed)
    assert system.mail is not None
    told = system.mail.wait_for(letters_before + 1, to=guardian.email, timeout_s=60)
    # A second event of the same account comes after a doubled first one would have.
    guardian.delete(f"/children/{claimed.json()['child']['id']}")
    all_told = system.mail.wait_for(letters_before + 2, to=guardian.email, timeout_s=60)
    assert claimed.status_code == 201
    assert len(told) == letters_before + 1
    assert len(all_told) == letters_before + 2
    assert "enfant" in all_told[-1].text


@pytest.mark.skipif(sys.platform != "linux", reason="a killed parent is told to its children by Linux alone")
@pytest.mark.parametrize("part", ["identity-serve", "enrollment-serve"])
def test_a_killed_server_leaves_no_worker_behind_and_is_back(system: System, part: str) -> None:
    killed = system.kill(part)
    system.wait_for_part(part, other_than=killed)
    statuses = {system.wait_for_answer(path) for path in ("/password-policy", "/organisations") for _ in range(10)}
    assert statuses == {200}
