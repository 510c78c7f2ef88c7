"""From the directory and a registry file to « Famille »: boards and private schools alike, one form after another (EN-03, EN-18 to EN-20)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.enrollment.context import Context
from services.enrollment.directory_files import BOARDS, DEMONSTRATION_PRIVATE_SCHOOLS, DEMONSTRATION_SCHOOLS
from services.enrollment.operations import directory
from tests.support.enrollment import Browser, SchoolSystem
from tests.support.registries import ORGANISATION_CODE, Office, SchoolFile, school_of

# Of the demonstration: a private school is its own organisation.
PRIVATE_CODE = "990500"
PARENT = "parent1@example.com"
KINDS = pytest.mark.parametrize(("kind", "code"), [("public", ORGANISATION_CODE), ("private", PRIVATE_CODE)])


@pytest.fixture
def hand_over(ctx: Context, tmp_path: Path) -> Callable[..., Any]:
    """Take the shipped directory in; return what imports a registry, of the board unless told otherwise."""
    paths = [DEMONSTRATION_SCHOOLS, DEMONSTRATION_PRIVATE_SCHOOLS, BOARDS]
    directory.import_directory(ctx, paths=paths, rejections_path=tmp_path / "rejected.csv")
    office = Office(ctx, tmp_path / "files", organisation_id="")

    def run(code: str, file: SchoolFile) -> Any:
        return office.hand_over(replace(file, code=code), organisation_code=code)

    return run


def choose(browser: Browser, kind: str, code: str) -> dict[str, Any]:
    """Find an organisation as the form's list gives it."""
    listed = browser.get(f"/organisations?kind={kind}&page_size=100").json
    [chosen] = [each for each in listed if each["code"] == code]
    return dict(chosen)


def form(browser: Browser, kind: str, code: str, **overrides: Any) -> dict[str, Any]:
    """Fill the form in for the first child of a file."""
    return {
        "organisation_id": choose(browser, kind, code)["id"],
        "last_name": "Tremblay",
        "first_name": "Éloïse-1",
        "birth_date": school_of(1).pupils[0].birth_on.isoformat(),
        "identifier": "1000001",
        **overrides,
    }


@pytest.mark.requirement("EN-03", "EN-24")
@KINDS
def test_a_child_of_a_private_school_is_proven_like_any(
    hand_over: Callable[..., Any], make_browser: Callable[..., Browser], kind: str, code: str
) -> None:
    browser = make_browser(email=PARENT)
    assert not choose(browser, kind, code)["is_subscribed"]
    assert browser.post("/claims", form(browser, kind, code)).json["code"] == "organisation_not_subscribed"
    hand_over(code, school_of(3))
    assert choose(browser, kind, code)["is_subscribed"]
    stranger = make_browser(email="autre@example.com", account_id="01980a51-9b7a-7f02-a2f4-0b7d55c1e9cc")
    assert stranger.post("/claims", form(browser, kind, code)).json["code"] == "email_not_on_file"
    assert browser.post("/claims", form(browser, kind, code, first_name="Eloise-1")).json["code"] == "claim_mismatch"
    answer = browser.post("/claims", form(browser, kind, code))
    assert answer.status_code == 201
    assert answer.json["child"]["organisation"] == {
        name: choose(browser, kind, code)[name] for name in ("id", "code", "name")
    }
    assert browser.get("/children").json == [answer.json["child"]]


@pytest.mark.requirement("EN-03", "CHD-12")
@KINDS
def test_a_private_schools_file_closes_and_opens_like_any(
    hand_over: Callable[..., Any], make_browser: Callable[..., Browser], kind: str, code: str
) -> None:
    browser = make_browser(email=PARENT)
    file = school_of(3)
    hand_over(code, file)
    browser.post("/claims", form(browser, kind, code))
    hand_over(code, replace(file, parents=tuple(replace(each, email="") for each in file.parents)))
    assert [child["status"] for child in browser.get("/children").json] == ["suspended"]
    hand_over(code, file)
    assert [child["status"] for child in browser.get("/children").json] == ["active"]


@pytest.mark.requirement("EN-02", "EN-03", "CHD-12", "CHD-14")
@KINDS
def test_a_private_schools_pin_proves_a_child_and_follows_its_file(
    hand_over: Callable[..., Any],
    make_browser: Callable[..., Browser],
    make_school_system: Callable[..., SchoolSystem],
    kind: str,
    code: str,
) -> None:
    file = school_of(3)
    silent = replace(file, parents=tuple(replace(each, email="") for each in file.parents))
    hand_over(code, silent)
    browser = make_browser(email="nouveau@example.com")
    named = {"guardian_source_id": file.pupils[0].guardians[0]}
    issued = make_school_system(code, "pins.write").post("/students/s1/pins", named)
    answer = browser.post("/claims", form(browser, kind, code, pin=issued.json["pin"]))
    assert (answer.status_code, answer.json["child"]["rights"]) == (
        201,
        ["re_register", "report_absences", "view_file"],
    )
    # The guardian leaves the file, and comes back to it.
    hand_over(code, silent.with_pupil("s1", guardians=("p2",)))
    assert [child["status"] for child in browser.get("/children").json] == ["suspended"]
    hand_over(code, silent)
    assert [child["status"] for child in browser.get("/children").json] == ["active"]
    # The student leaves.
    hand_over(code, silent.without("s1"))
    assert [child["status"] for child in browser.get("/children").json] == ["suspended"]


@pytest.mark.requirement("EN-18", "EN-19", "EN-20", "EN-25", "ID-36")
def test_the_form_is_repeated_for_another_child_and_family_leads_from_one_to_the_other(
    hand_over: Callable[..., Any],
    make_browser: Callable[..., Browser],
    make_school_system: Callable[..., SchoolSystem],
) -> None:
    board, private = ("public", ORGANISATION_CODE), ("private", PRIVATE_CODE)
    hand_over(ORGANISATION_CODE, school_of(3))
    hand_over(PRIVATE_CODE, school_of(3))
    browser = make_browser(email=PARENT)
    # « Répéter pour un autre enfant »: at another school, under the same e-mail, and with a PIN where that has another.
    first = browser.post("/claims", form(browser, *board))
    second = browser.post("/claims", form(browser, *private))
    issued = make_school_system(ORGANISATION_CODE, "pins.write").post("/students/s2/pins", {})
    sibling = {"first_name": "Éloïse-2", "identifier": "1000002", "pin": issued.json["pin"]}
    sibling["birth_date"] = school_of(2).pupils[1].birth_on.isoformat()
    third = browser.post("/claims", form(browser, *board, **sibling))
    assert [answer.status_code for answer in (first, second, third)] == [201, 201, 201]
    # « Famille »: all of them in the order in which they were added, each with its own school.
    family = browser.get("/children").json
    assert family == [answer.json["child"] for answer in (first, second, third)]
    assert [child["organisation"]["code"] for child in family] == [ORGANISATION_CODE, PRIVATE_CODE, ORGANISATION_CODE]
    # Picking one after the other shows each file, and back.
    for child in (*family, family[0]):
        assert browser.get(f"/children/{child['id']}").json == child
    # « Ajouter un enfant » again, for one who is there already, adds nobody.
    assert browser.post("/claims", form(browser, *private)).status_code == 200
    assert browser.get("/children").json == family
