"""An absence from the parent's telephone to the school's register and back, through everything that runs."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import orjson
import pytest
from sqlalchemy import delete

from services.attendance.models import guardianships
from shared.database import Database
from tests.support import registries
from tests.support.registries import Pupil, SchoolFile
from tests.support.system import Parent, SchoolSystem, System, mail_about, wait_until

BOARD, BOARD_NAME = "724000", "jonquière"
SCOPES = ("registry.write", "attendance.read", "attendance.write")
QUEBEC = ZoneInfo("America/Toronto")
SHARED = "absence a été annoncée"
# A school whose day is as long as days are: the journey is walked at any hour, and a notice for today is not too late.
BELLS = {
    "periods": [
        {"code": "1", "starts_at": "00:01", "ends_at": "12:00"},
        {"code": "2", "starts_at": "12:30", "ends_at": "23:59"},
    ],
    "break_starts_at": "12:00",
    "break_ends_at": "12:30",
}


@dataclass(frozen=True)
class Family:
    """Two children, with two guardians on the file of each."""

    elder: Pupil
    younger: Pupil
    email: str
    others_email: str


def family(number: int) -> Family:
    one, other = f"announcer{number}", f"informed{number}"

    def child(name: str, file_number: int) -> Pupil:
        return Pupil(
            source_id=f"{name}{number}",
            given_name="Anaïs",
            family_name="Bérubé",
            birth_on=date(2012, 1, 1) + timedelta(days=number),
            file_number=f"{file_number + number}",
            guardians=(one, other),
        )

    return Family(
        elder=child("elder", 5_500_000),
        younger=child("younger", 6_500_000),
        email=f"{one}@example.org",
        others_email=f"{other}@example.org",
    )


def today() -> date:
    return datetime.now(QUEBEC).date()


def announced(**rest: Any) -> dict[str, Any]:
    """Return a notice that begins today; whichever day that is, one of its days is a school day."""
    last_on = today() + timedelta(days=3)
    return {
        "date": today().isoformat(),
        "end_date": last_on.isoformat(),
        "type": "full_day",
        "reason": "MALADIE",
    } | rest


@pytest.fixture(scope="session")
def school(system: System) -> Iterator[SchoolSystem]:
    """The board's own system."""
    with SchoolSystem(system, BOARD, scopes=SCOPES) as made:
        yield made


@pytest.fixture(scope="session")
def families(school: SchoolSystem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Family]:
    """Families of the board, whose file and bell times have been handed over by call."""
    known = [family(number) for number in range(1, 13)]
    parents = [registries.Parent(source_id=each.partition("@")[0], email=each) for one in known for each in mails(one)]
    pupils = [each for one in known for each in (one.elder, one.younger)]
    file = SchoolFile(code=BOARD, pupils=tuple(pupils), parents=tuple(parents))
    handed_over = school.hand_over(registries.write(file, tmp_path_factory.mktemp("attendance") / "registry"))
    assert handed_over.status_code == 201, handed_over.text
    wait_until(lambda: school.http.get("/bell-times"), is_there)
    told = school.http.put("/bell-times", json=BELLS)
    assert told.status_code == 200, told.text
    return iter(known)


def mails(known: Family) -> tuple[str, str]:
    return known.email, known.others_email


@pytest.fixture
def known(families: Iterator[Family]) -> Family:
    return next(families)


@pytest.fixture
def announcer(make_parent: Callable[..., Parent], known: Family) -> Parent:
    """The guardian of both children, with an account."""
    made = make_parent(known.email)
    made.sign_up()
    return made


def is_there(answer: httpx.Response) -> bool:
    return answer.status_code == 200


def claim_known(parent: Parent, *pupils: Pupil) -> list[str]:
    """Prove the children, and wait until attendance has heard of it."""
    child_ids = [parent.claim_pupil(pupil, at=BOARD_NAME) for pupil in pupils]
    for child_id in child_ids:
        wait_until_known(parent, child_id)
    return child_ids


def wait_until_known(parent: Parent, child_id: str) -> None:
    wait_until(lambda: parent.get(f"/children/{child_id}/absence-reasons"), is_there)


def record(school: SchoolSystem, *lines: dict[str, str]) -> list[Any]:
    """Record what lines say, as a school's system does at the first bell."""
    answer = school.http.post(
        "/absences",
        content=b"\n".join(orjson.dumps(line | {"date": today().isoformat()}) for line in lines),
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert answer.status_code == 200, answer.text
    return [orjson.loads(line) for line in answer.text.splitlines()]


def wait_for_journal(parent: Parent, child_id: str, *entries: tuple[str, str]) -> None:
    """Wait until the child's journal says of each entry who did what."""

    def is_written(answer: httpx.Response) -> bool:
        written = [(each["who"], each["action"]) for each in answer.json()]
        return all(written.count(entry) == entries.count(entry) for entry in entries)

    wait_until(lambda: parent.get(f"/children/{child_id}/access-journal", params={"page_size": 100}), is_written)


@pytest.mark.requirement("AT-01", "AT-03", "AT-09", "EVT-4", "PRV-1")
def test_an_absence_of_two_children_reaches_the_school_and_comes_back_motivated(
    system: System, school: SchoolSystem, known: Family, announcer: Parent, make_parent: Callable[..., Parent]
) -> None:
    killed = system.kill("attendance-consume")
    children = [announcer.claim_pupil(pupil, at=BOARD_NAME) for pupil in (known.elder, known.younger)]
    other = make_parent(known.others_email)
    other.sign_up()
    for pupil in (known.elder, known.younger):
        other.claim_pupil(pupil, at=BOARD_NAME)
    system.wait_for_part("attendance-consume", other_than=killed)
    elder, younger = children
    for parent, child_id in itertools.product((announcer, other), children):
        wait_until_known(parent, child_id)

    killed = system.kill("identity-consume")
    explained = announced(child_ids=children, explanation="Grippe")
    submitted = announcer.post("/absence-notices", explained)
    assert submitted.status_code == 201, submitted.text
    system.wait_for_part("identity-consume", other_than=killed)
    fed = school.http.get("/absence-notices", params={"limit": 500}).json()["items"]
    read = {each["student_source_id"]: each for each in fed if each["id"] in {one["id"] for one in submitted.json()}}
    assert set(read) == {known.elder.source_id, known.younger.source_id}
    assert {each["explanation"] for each in read.values()} == {"Grippe"}
    for each in read.values():
        assert school.http.post(f"/absence-notices/{each['id']}/acknowledgement").status_code == 204
    [seen] = other.get(f"/children/{elder}/absence-notices").json()
    assert (seen["by"], seen["explanation"]) == ("other_guardian", None)
    assert seen["acknowledged_at"] is not None

    there = {"source_id": f"r-{known.younger.source_id}", "student_source_id": known.younger.source_id}
    away = {"source_id": f"r-{known.elder.source_id}", "student_source_id": known.elder.source_id}
    answers = record(school, away | {"kind": "absent"}, there | {"kind": "present"})
    assert [each["result"] for each in answers] == ["recorded", "recorded"]
    for parent in (announcer, other):
        [absence] = parent.get(f"/children/{elder}/absences").json()
        assert (absence["status"], absence["motivated_by"]) == ("motivated", "notice")
    assert announcer.get(f"/children/{younger}/absences").json() == []
    found = school.http.get("/absence-contradictions", params={"limit": 500}).json()["items"]
    contradicted = [each for each in found if each["student_source_id"] == known.younger.source_id]
    assert {(each["kind"], each["notice_id"]) for each in contradicted} == {
        ("present", read[known.younger.source_id]["id"])
    }

    told = mail_about(system, known.others_email, SHARED)
    assert "Anaïs" not in told.text + told.html
    # A second notice comes after a doubled first one would have: whatever came twice would be there before its letter.
    later = {"date": (today() + timedelta(days=10)).isoformat(), "end_date": (today() + timedelta(days=13)).isoformat()}
    assert announcer.post(f"/children/{elder}/absence-notices", announced(**later)).status_code == 201
    mail_about(system, known.others_email, SHARED, number=2)
    assert len([each for each in other.letters() if SHARED in each.message["Subject"]]) == 2
    assert [each for each in announcer.letters() if SHARED in each.message["Subject"]] == []
    wait_for_journal(
        other,
        elder,
        ("other_guardian", "absence_announced"),
        ("other_guardian", "absence_announced"),
        ("school", "absence_notice_acknowledged"),
        ("school", "absence_recorded"),
    )


@pytest.mark.requirement("AT-02", "AT-10", "EVT-4", "PRV-1")
def test_a_reason_that_the_school_refuses_is_told_and_another_one_counts(
    system: System, school: SchoolSystem, known: Family, announcer: Parent
) -> None:
    [child_id] = claim_known(announcer, known.elder)
    source_id = f"r-{known.elder.source_id}"
    line = {"source_id": source_id, "student_source_id": known.elder.source_id, "kind": "late", "time": "09:10"}
    assert [each["result"] for each in record(school, line)] == ["recorded"]
    assert [each["result"] for each in record(school, line)] == ["unchanged"]
    [absence] = announcer.get(f"/children/{child_id}/absences", params={"status": "to_motivate"}).json()
    motivate = f"/children/{child_id}/absences/{absence['id']}/motivation"
    killed = system.kill("attendance-relay")
    assert announcer.post(motivate, {"reason": "VOYAGE"}).json()["status"] == "motivated"
    system.wait_for_part("attendance-relay", other_than=killed)
    fed = school.http.get("/motivations", params={"limit": 500}).json()["items"]
    [given] = [each for each in fed if each["absence_source_id"] == source_id]
    refused = school.http.post(f"/motivations/{given['id']}/decision", json={"decision": "refused"})
    assert (refused.status_code, refused.json()["status"]) == (200, "to_motivate")

    told = mail_about(system, known.email, "a refusé un motif")
    assert "Anaïs" not in told.text + told.html
    assert announcer.post(motivate, {"reason": "RETARD_TRANSPORT"}).json()["status"] == "motivated"
    assert school.http.get(f"/absences/{source_id}").json()["motivated_by"] == "guardian"
    wait_for_journal(
        announcer,
        child_id,
        ("you", "absence_motivated"),
        ("you", "absence_motivated"),
        ("school", "motivation_refused"),
    )


class Reader(threading.Thread):
    """Somebody who looks at a child's absences again and again."""

    def __init__(self, parent: Parent, child_id: str) -> None:
        super().__init__(daemon=True)
        self.answers: Counter[int] = Counter()
        self._over = threading.Event()
        self._look = lambda: parent.get(f"/children/{child_id}/absences").status_code

    def run(self) -> None:
        while not self._over.is_set():
            self.answers[self._look()] += 1

    def stop(self) -> Counter[int]:
        self._over.set()
        self.join(30)
        return self.answers


def lose_copy(system: System, child_id: str) -> None:
    """Take a child out of attendance's copy of guardianships, as no event does."""
    with closing(Database(system.database_url("attendance"))) as database, database.transaction() as session:
        session.execute(delete(guardianships).where(guardianships.c.child_id == child_id))


@pytest.mark.requirement("AT-11", "EVT-4")
def test_guardianships_are_made_anew_by_command_while_they_change_and_are_read(
    system: System, known: Family, announcer: Parent, make_parent: Callable[..., Parent]
) -> None:
    elder, younger = claim_known(announcer, known.elder, known.younger)
    lose_copy(system, younger)
    assert announcer.get(f"/children/{younger}/absences").status_code == 404
    other = make_parent(known.others_email)
    other.sign_up()
    reader = Reader(announcer, elder)
    reader.start()
    with ThreadPoolExecutor(1) as operator:
        rebuilt = operator.submit(
            lambda: [system.command("attendance", "events", "rebuild", "guardianships") for _ in range(3)]
        )
        for _ in range(4):
            other.claim_pupil(known.elder, at=BOARD_NAME)
            wait_until_known(other, elder)
            assert other.delete(f"/children/{elder}").status_code == 204
            wait_until(lambda: other.get(f"/children/{elder}/absences"), is_gone)
        told = rebuilt.result()
    assert all(each.startswith("guardianships: ") for each in told)
    assert announcer.get(f"/children/{younger}/absences").status_code == 200
    assert other.get(f"/children/{elder}/absences").status_code == 404
    other.claim_pupil(known.younger, at=BOARD_NAME)
    wait_until_known(other, younger)
    assert set(reader.stop()) == {200}


def is_gone(answer: httpx.Response) -> bool:
    return answer.status_code == 404


def test_a_bulk_call_that_is_cut_off_keeps_what_it_answered_and_the_same_again_finishes_it(
    school: SchoolSystem, known: Family
) -> None:
    lines = [
        orjson.dumps(
            {
                "source_id": f"bulk-{known.elder.source_id}-{number}",
                "student_source_id": f"{known.elder.source_id}-{number}",
                "date": today().isoformat(),
                "kind": "absent",
            }
        )
        for number in range(3000)
    ]
    headers = {"Content-Type": "application/x-ndjson"}
    answered: list[Any] = []
    with school.http.stream("POST", "/absences", content=b"\n".join(lines), headers=headers) as answer:
        coming = answer.iter_lines()
        answered += [orjson.loads(next(coming)) for _ in range(1500)]
    assert [each["line"] for each in answered] == list(range(1, 1501))
    assert {each["result"] for each in answered} == {"recorded"}
    again = school.http.post("/absences", content=b"\n".join(lines), headers=headers)
    results = [orjson.loads(line)["result"] for line in again.text.splitlines()]
    assert (len(results), set(results[:1500]), set(results) <= {"recorded", "unchanged"}) == (3000, {"unchanged"}, True)
    assert school.http.get(f"/absences/bulk-{known.elder.source_id}-2999").json()["status"] == "to_motivate"
