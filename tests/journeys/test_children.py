import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import count

import pytest

from registry_generator import PlacedStudent
from tests.support.system import Parent, System

PHARES, AFFLUENTS, CAPITALE = "712000", "841000", "732000"
_numbers = count(2_500_000)


def student(email: str, **overrides: object) -> PlacedStudent:
    number = f"{next(_numbers):07}"
    facts = {
        "given_name": "Éloïse",
        "family_name": "D'Amours-Lévesque",
        "birth_on": date(2015, 3, 9),
        "file_number": number,
        "permanent_code": f"DAME71530{number[-3:]}",
        "is_female": True,
        "guardian_emails": (email,),
    }
    return PlacedStudent(**{**facts, **overrides})  # type: ignore[arg-type]


def form(parent: Parent, board: str, child: PlacedStudent, **typed: object) -> dict[str, object]:
    facts = {
        "organisation_id": parent.organisation(board),
        "last_name": child.family_name,
        "first_name": child.given_name,
        "birth_date": child.birth_on.isoformat(),
        "identifier": child.file_number,
    }
    return {**facts, **typed}


@pytest.mark.requirement("ACC-1", "EN-09", "EN-10", "EN-11", "EN-22", "ID-21")
def test_a_parent_signs_up_proves_the_child_and_sees_the_child(parent: Parent, enroll: Callable[..., None]) -> None:
    child = student(parent.email)
    enroll(PHARES, child)
    parent.sign_up()
    before = parent.get("/children").json()
    claimed = parent.claim(**form(parent, "css phares", child))
    [seen] = parent.get("/children").json()
    one = parent.get(f"/children/{seen['id']}").json()
    assert before == []
    assert claimed.status_code == 201, claimed.text
    assert claimed.json()["child"] == seen == one
    assert (seen["first_name"], seen["last_name"], seen["status"]) == ("Éloïse", "D'Amours-Lévesque", "active")
    assert seen["organisation"]["name"] == "CSS des Phares"


@pytest.mark.requirement("EN-18", "EN-25", "ID-36")
def test_two_boards_under_one_email(parent: Parent, enroll: Callable[..., None]) -> None:
    first, second = student(parent.email), student(parent.email, given_name="Jo", permanent_code=None)
    enroll(PHARES, first)
    enroll(AFFLUENTS, second)
    parent.sign_up()
    answers = [parent.claim(**form(parent, "phares", first)), parent.claim(**form(parent, "affluents", second))]
    names = {each["organisation"]["name"] for each in parent.get("/children").json()}
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
    parent: Parent, enroll: Callable[..., None], typed: str, status: int
) -> None:
    child = student(parent.email)
    enroll(PHARES, child)
    parent.sign_up()
    answer = parent.claim(**form(parent, "phares", child, last_name=typed))
    assert answer.status_code == status, answer.text


@pytest.mark.requirement("EN-11")
def test_the_permanent_code_serves_as_well_as_the_file_number(parent: Parent, enroll: Callable[..., None]) -> None:
    child = student(parent.email)
    enroll(PHARES, child)
    parent.sign_up()
    answer = parent.claim(**form(parent, "phares", child, identifier=str(child.permanent_code).lower()))
    assert answer.status_code == 201, answer.text


@pytest.mark.requirement("ID-29", "EN-12")
def test_an_address_that_is_on_no_file_is_told_so_whatever_else_was_typed(
    make_parent: Callable[..., Parent], enroll: Callable[..., None]
) -> None:
    parent = make_parent()
    child = student("somebody.else@example.org")
    enroll(PHARES, child)
    parent.sign_up()
    answers = [
        parent.claim(**form(parent, "phares", child)),
        parent.claim(**form(parent, "phares", child, last_name="Nobody", identifier="0000001")),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "email_not_on_file")] * 2
    assert "Oups. Accès refusé" in answers[0].text


@pytest.mark.requirement("EN-15", "CHD-2")
def test_every_other_mismatch_has_one_answer(parent: Parent, enroll: Callable[..., None]) -> None:
    child, other = student(parent.email), student("somebody.else@example.org", given_name="Maëlle")
    enroll(PHARES, child, other)
    parent.sign_up()
    typed: list[dict[str, object]] = [
        {"last_name": "Tremblay"},
        {"birth_date": "2015-03-10"},
        {"identifier": "9999999"},
        {"first_name": "Maëlle", "identifier": other.file_number},
    ]
    answers = [parent.claim(**form(parent, "phares", child, **each)) for each in typed]
    documents = [{**answer.json(), "request_id": None, "support_reference": None} for answer in answers]
    assert {answer.status_code for answer in answers} == {422}
    assert documents == [documents[0]] * 4
    assert documents[0]["code"] == "claim_mismatch"
    assert parent.get("/children").json() == []


@pytest.mark.requirement("EN-24", "ID-33")
def test_a_board_that_has_not_subscribed_says_so(parent: Parent) -> None:
    parent.sign_up()
    answer = parent.claim(**form(parent, "capitale", student(parent.email)))
    assert (answer.status_code, answer.json()["code"]) == (409, "organisation_not_subscribed")
    assert "abonné" in answer.json()["detail"]


@pytest.mark.requirement("CHD-4")
def test_an_account_may_be_wrong_five_times_an_hour(parent: Parent, enroll: Callable[..., None]) -> None:
    child = student(parent.email)
    enroll(PHARES, child)
    parent.sign_up()
    wrong = form(parent, "phares", child, birth_date="2014-01-01")
    answers = [parent.claim(**wrong) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert answers[-1].json()["code"] == "too_many_claims"
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.requirement("CHD-15")
def test_one_claim_raced_by_many_links_once(system: System, parent: Parent, enroll: Callable[..., None]) -> None:
    child = student(parent.email)
    enroll(PHARES, child)
    parent.sign_up()
    filled = form(parent, "phares", child)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: parent.claim(**filled), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len(parent.get("/children").json()) == 1


@pytest.mark.requirement("CHD-13")
def test_a_child_of_somebody_else_is_not_found(make_parent: Callable[..., Parent], enroll: Callable[..., None]) -> None:
    parent, stranger = make_parent(), make_parent()
    child = student(parent.email)
    enroll(PHARES, child)
    parent.sign_up()
    stranger.sign_up()
    child_id = parent.claim(**form(parent, "phares", child)).json()["child"]["id"]
    for path in (f"/children/{child_id}", f"/children/{child_id}/access-journal"):
        answer = stranger.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert stranger.delete(f"/children/{child_id}").status_code == 404


def test_unlinking_closes_the_file_and_a_new_claim_opens_it_again(parent: Parent, enroll: Callable[..., None]) -> None:
    child = student(parent.email)
    enroll(PHARES, child)
    parent.sign_up()
    child_id = parent.claim(**form(parent, "phares", child)).json()["child"]["id"]
    unlinked = parent.delete(f"/children/{child_id}")
    after = parent.get(f"/children/{child_id}")
    again = parent.claim(**form(parent, "phares", child))
    assert unlinked.status_code == 204
    assert after.status_code == 404
    assert (again.status_code, again.json()["child"]["id"]) == (201, child_id)


@pytest.mark.requirement("EVT-4")
def test_a_killed_relay_loses_nothing_and_doubles_nothing(
    system: System, parent: Parent, enroll: Callable[..., None]
) -> None:
    child = student(parent.email)
    enroll(PHARES, child)
    parent.sign_up()
    letters_before = len(parent.letters())
    killed = system.kill("enrollment-relay")
    claimed = parent.claim(**form(parent, "phares", child))
    system.wait_for_part("enrollment-relay", other_than=killed)
    assert system.mail is not None
    told = system.mail.wait_for(letters_before + 1, to=parent.email, timeout_s=60)
    # A second event of the same account comes after a doubled first one would have.
    parent.delete(f"/children/{claimed.json()['child']['id']}")
    all_told = system.mail.wait_for(letters_before + 2, to=parent.email, timeout_s=60)
    assert claimed.status_code == 201
    assert len(told) == letters_before + 1
    assert len(all_told) == letters_before + 2
    assert "enfant" in all_told[-1].text
