from collections.abc import Callable
from dataclasses import replace

import pytest

from services.enrollment.operations import subscriptions
from tests.support.registries import Office, SchoolFile, family, school_of

EMAIL = "Parent1@Example.com"


def claim(office: Office, **overrides: str) -> dict[str, str]:
    return {
        "organisation_id": office.organisation_id,
        "last_name": "Tremblay",
        "first_name": "éloïse-1",
        "birth_date": "2011-03-09",
        "identifier": "1000001",
        **overrides,
    }


@pytest.mark.requirement("EN-11", "EN-12")
@pytest.mark.parametrize("identifier", ["1000001", "TREZ71531001", "trez 7153 1001"])
def test_claim_child_finds_what_was_imported(office: Office, make_browser: Callable, identifier: str) -> None:
    office.hand_over(school_of(3))
    answer = make_browser(email=EMAIL).post("/claims", claim(office, identifier=identifier))
    assert answer.status_code == 201
    assert answer.json["child"]["first_name"] == "Éloïse-1"
    assert answer.json["child"]["school"]["name"] == "École school-1"


@pytest.mark.requirement("EN-14", "EN-15")
def test_claim_child_fails_on_a_typo_of_the_file(office: Office, make_browser: Callable) -> None:
    office.hand_over(school_of(3).with_pupil("s1", family_name="Trembley"))
    browser = make_browser(email=EMAIL)
    assert browser.post("/claims", claim(office)).json["code"] == "claim_mismatch"
    assert browser.post("/claims", claim(office, last_name="Trembley")).status_code == 201


@pytest.mark.requirement("EN-24")
def test_claim_child_waits_for_the_first_import(office: Office, make_browser: Callable) -> None:
    browser = make_browser(email=EMAIL)
    assert browser.post("/claims", claim(office)).json["code"] == "organisation_not_subscribed"
    office.hand_over(school_of(1))
    assert browser.post("/claims", claim(office)).status_code == 201
    subscriptions.unsubscribe(office.ctx, organisation_code="712000")
    assert make_browser(email=EMAIL).post("/claims", claim(office)).json["code"] == "organisation_not_subscribed"


@pytest.mark.parametrize("missing", ["birth_on", "file_number"])
def test_claim_child_fails_for_a_student_whose_file_is_incomplete(
    office: Office, make_browser: Callable, missing: str
) -> None:
    pupil, parent = family(1, **{missing: {"birth_on": None}.get(missing, "")}, permanent_code="")
    office.hand_over(SchoolFile(pupils=(pupil,), parents=(parent,)))
    assert make_browser(email=EMAIL).post("/claims", claim(office)).json["code"] == "claim_mismatch"


def _without_email(file: SchoolFile) -> SchoolFile:
    return replace(file, parents=tuple(replace(each, email="") for each in file.parents))


@pytest.mark.requirement("CHD-12")
@pytest.mark.parametrize(
    "change",
    [
        _without_email,
        lambda file: file.with_pupil("s1", guardians=("p2",)),
        lambda file: file.without("p1").with_pupil("s1", guardians=()),
        lambda file: file.without("s1"),
        lambda file: file.with_pupil("s1", status="tobedeleted"),
    ],
    ids=["e-mail removed", "another guardian", "guardian gone", "left", "to be deleted"],
)
def test_an_import_suspends_the_link_of_a_parent_who_is_no_longer_on_the_file(
    office: Office, make_browser: Callable, change: Callable[[SchoolFile], SchoolFile]
) -> None:
    office.hand_over(school_of(3))
    browser = make_browser(email=EMAIL)
    child = browser.post("/claims", claim(office)).json["child"]
    assert [each["status"] for each in browser.get("/children").json] == ["active"]
    office.hand_over(change(school_of(3)))
    assert [each["status"] for each in browser.get("/children").json] == ["suspended"]
    assert browser.get(f"/children/{child['id']}").status_code == 404
    office.hand_over(school_of(3))
    assert browser.get(f"/children/{child['id']}").status_code == 200
