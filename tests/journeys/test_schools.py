"""A school's system, a parent and the portal between them: what each sees of what the others do."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.support import registries
from tests.support.registries import Pupil, SchoolFile
from tests.support.system import Parent, SchoolSystem, System, mail_about

BOARD, OTHER_BOARD = "721000", "722000"
BOARD_NAME = "pays-des-bleuets"
SCOPES = (
    "registry.read",
    "registry.write",
    "claims.read",
    "claims.write",
    "pins.write",
    "campaigns.read",
    "campaigns.write",
)
QUEBEC = ZoneInfo("America/Toronto")
_REFERENCE = re.compile(r"(?m)^ {4}([2-9A-Z]{10})$")


@dataclass(frozen=True)
class Family:
    """A child of the board's file, whose principal guardian and whose other guardian have an address there."""

    pupil: Pupil
    email: str
    others_email: str
    # A guardian whose address the file does not have.
    without_email: str

    def typed(self, parent: Parent, **instead: object) -> dict[str, object]:
        """Return what a parent who knows the child types."""
        assert self.pupil.birth_on is not None
        return {
            "organisation_id": parent.organisation(BOARD_NAME),
            "last_name": self.pupil.family_name,
            "first_name": self.pupil.given_name,
            "birth_date": self.pupil.birth_on.isoformat(),
            "identifier": self.pupil.file_number,
            **instead,
        }


def family(number: int) -> Family:
    names = [f"principal{number}", f"other{number}", f"silent{number}"]
    pupil = Pupil(
        source_id=f"s{number}",
        given_name="Anaïs",
        family_name="Bérubé",
        birth_on=date(2012, 1, 1) + timedelta(days=number),
        file_number=f"{4_500_000 + number}",
        guardians=tuple(names),
    )
    principal, other = (f"{name}@example.org" for name in names[:2])
    return Family(pupil=pupil, email=principal, others_email=other, without_email=names[2])


def on_file(families: list[Family]) -> SchoolFile:
    parents = [
        registries.Parent(source_id=name, email=email)
        for each in families
        for name, email in zip(each.pupil.guardians, (each.email, each.others_email, ""), strict=True)
    ]
    # The secretary has typed every first name without its dots.
    pupils = [replace(each.pupil, given_name="Anais") for each in families]
    return SchoolFile(code=BOARD, pupils=tuple(pupils), parents=tuple(parents))


@pytest.fixture(scope="session")
def school(system: System) -> Iterator[SchoolSystem]:
    """The board's own system."""
    with SchoolSystem(system, BOARD, scopes=SCOPES) as made:
        yield made


@pytest.fixture(scope="session")
def families(school: SchoolSystem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Family]:
    """Families of the board, whose file has been handed over by call."""
    known = [family(number) for number in range(1, 25)]
    folder = registries.write(on_file(known), tmp_path_factory.mktemp("board") / "registry")
    answer = school.hand_over(folder)
    assert answer.status_code == 201, answer.text
    assert answer.json()["counts"]["students_new"] == len(known)
    return iter(known)


@pytest.fixture
def known(families: Iterator[Family]) -> Family:
    return next(families)


@pytest.fixture
def principal(make_parent: Callable[..., Parent], known: Family) -> Parent:
    """The principal guardian, with an account."""
    made = make_parent(known.email)
    made.sign_up()
    return made


def correct(school: SchoolSystem, known: Family, **changes: Any) -> Any:
    """Correct a child's file as a school's system does: read it, change it, send it back."""
    document = school.http.get(f"/students/{known.pupil.source_id}").json()
    answer = school.http.put(f"/students/{known.pupil.source_id}", json={**document, **changes})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.requirement("EN-14", "EN-15", "EN-23", "CHD-2", "CHD-11")
def test_a_corrected_file_links_the_child_without_a_new_action(
    system: System, school: SchoolSystem, known: Family, principal: Parent
) -> None:
    refused = principal.claim(**known.typed(principal))
    assert (refused.status_code, refused.json()["code"]) == (422, "claim_mismatch")
    assert "Anais" not in refused.text
    assert principal.get("/children").json() == []
    reference = refused.json()["support_reference"]

    waiting = {each["reference"]: each for each in school.http.get("/claims", params={"page_size": 100}).json()}
    assert waiting[reference]["differing"] == ["first_name"]
    assert waiting[reference]["student_source_id"] == known.pupil.source_id
    assert school.http.get(f"/support-references/{reference}").json()["typed"] == {"first_name": "Anaïs"}
    correct(school, known, given_name="Anaïs")

    told = mail_about(system, known.email, "ajouté à votre compte")
    assert "Anaïs" not in told.text + told.html
    [child] = principal.get("/children").json()
    assert (child["first_name"], child["status"]) == ("Anaïs", "active")
    settled = school.http.get("/claims", params={"status": "settled", "page_size": 100}).json()
    assert [each["outcome"] for each in settled if each["reference"] == reference] == ["linked"]
    announced = mail_about(system, known.others_email, "un compte a été associé")
    assert "Anaïs" not in announced.text + announced.html


@pytest.mark.requirement("EN-02", "CHD-14", "CHD-11")
def test_a_pin_opens_the_file_that_does_not_know_the_address_and_the_school_can_close_it(
    system: System, school: SchoolSystem, known: Family, make_parent: Callable[..., Parent]
) -> None:
    correct(school, known, given_name="Anaïs")
    newcomer = make_parent()
    newcomer.sign_up()
    assert newcomer.claim(**known.typed(newcomer)).json()["code"] == "email_not_on_file"
    issued = school.http.post(
        f"/students/{known.pupil.source_id}/pins", json={"guardian_source_id": known.without_email}
    )
    assert issued.status_code == 201, issued.text
    wrong = newcomer.claim(**known.typed(newcomer, last_name="Tremblay", pin=issued.json()["pin"]))
    assert (wrong.status_code, wrong.json()["code"]) == (422, "claim_mismatch")
    claimed = newcomer.claim(**known.typed(newcomer, pin=issued.json()["pin"]))
    assert claimed.status_code == 201, claimed.text
    assert [each["status"] for each in newcomer.get("/children").json()] == ["active"]

    # « Ce n’est pas moi », says the other guardian to the school, and reads the reference.
    announced = mail_about(system, known.others_email, "un compte a été associé")
    [reference] = _REFERENCE.findall(announced.text)
    opened = school.http.post("/disputes", json={"reference": reference})
    assert opened.status_code == 201, opened.text
    assert opened.json()["linked_guardian_source_ids"] == [known.without_email]
    assert [each["status"] for each in newcomer.get("/children").json()] == ["suspended"]
    decided = school.http.post(f"/disputes/{opened.json()['id']}/decision", json={"decision": "lift"})
    assert decided.status_code == 204, decided.text
    assert [each["status"] for each in newcomer.get("/children").json()] == ["active"]
    used_again = newcomer.claim(**known.typed(newcomer, pin=issued.json()["pin"]))
    assert used_again.status_code == 200, used_again.text
    thief = make_parent()
    thief.sign_up()
    refused = thief.claim(**known.typed(thief, pin=issued.json()["pin"]))
    assert (refused.status_code, refused.json()["code"]) == (422, "claim_mismatch")


@pytest.mark.requirement("RR-01", "RR-02", "RR-03")
def test_a_campaign_is_answered_and_exported(
    system: System, school: SchoolSystem, known: Family, principal: Parent
) -> None:
    correct(school, known, given_name="Anaïs")
    child_id = principal.claim(**known.typed(principal)).json()["child"]["id"]
    today = datetime.now(QUEBEC).date()
    planned = school.http.post(
        "/campaigns",
        json={
            "school_year": f"{today.year + 1}-{today.year + 2}",
            "opens_on": today.isoformat(),
            "closes_on": (today + timedelta(days=14)).isoformat(),
        },
    )
    assert planned.status_code == 201, planned.text
    mail_about(system, known.email, "la réinscription est ouverte")
    shown = principal.get(f"/children/{child_id}/re-registration").json()
    assert (shown["campaign"]["id"], shown["answer"], shown["may_answer"]) == (planned.json()["id"], None, True)
    body = {"answer": "leaving", "leaving_to": "=Rimouski", "explanation": None}
    answered = principal.put(f"/children/{child_id}/re-registration", body)
    assert answered.status_code == 200, answered.text

    exported = school.http.get(f"/campaigns/{planned.json()['id']}/answers", headers={"Accept": "text/csv"})
    assert exported.headers["Content-Type"].startswith("text/csv")
    rows = {row["source_id"]: row for row in csv.DictReader(io.StringIO(exported.text.removeprefix("\ufeff")))}
    assert (rows[known.pupil.source_id]["answer"], rows[known.pupil.source_id]["leaving_to"]) == (
        "leaving",
        "'=Rimouski",
    )
    unanswered = [row for row in rows.values() if not row["answer"]]
    assert len(unanswered) == len(rows) - 1


@pytest.mark.requirement("EVT-4", "COD-14", "CHD-11")
@pytest.mark.parametrize("part", ["enrollment-notify", "enrollment-judge-claims"])
def test_a_killed_part_loses_no_child_and_no_letter(
    system: System, school: SchoolSystem, known: Family, principal: Parent, part: str
) -> None:
    killed = system.kill(part)
    assert principal.claim(**known.typed(principal)).status_code == 422
    correct(school, known, given_name="Anaïs")
    system.wait_for_part(part, other_than=killed)
    mail_about(system, known.email, "ajouté à votre compte")
    mail_about(system, known.others_email, "un compte a été associé")
    # A second link of the same account is told no more today: whatever came twice would have come by its letter.
    [child] = principal.get("/children").json()
    assert principal.delete(f"/children/{child['id']}").status_code == 204
    mail_about(system, known.email, "n’est plus associé")
    assert system.mail is not None
    assert len(system.mail.letters_to(known.others_email)) == 1


@pytest.mark.requirement("CHD-13")
def test_another_boards_system_finds_nothing_of_the_board(system: System, school: SchoolSystem, known: Family) -> None:
    with SchoolSystem(system, OTHER_BOARD, scopes=SCOPES) as stranger:
        assert stranger.http.get(f"/students/{known.pupil.source_id}").status_code == 404
        assert stranger.http.get("/claims").json() == []
        assert stranger.http.get("/disputes").json() == []
        assert stranger.http.post(f"/students/{known.pupil.source_id}/pins", json={}).status_code == 404
    assert school.http.get(f"/students/{known.pupil.source_id}").status_code == 200


@pytest.mark.requirement("GWY-5")
@pytest.mark.parametrize("shown", ["", "Bearer nonsense", "Basic eDp5"])
def test_nobody_reads_a_boards_file_without_a_token(system: System, shown: str) -> None:
    answer = httpx.get(f"{system.url}/school/v1/claims", headers={"Authorization": shown} if shown else {})
    assert (answer.status_code, "Bearer" in answer.headers["WWW-Authenticate"]) == (401, True)
