"""A term from the school's system to the parents' screens, and not a moment too early, through everything that runs."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import orjson
import pytest

from tests.support import pictures, registries
from tests.support.events import StopWhen
from tests.support.registries import Pupil, SchoolFile
from tests.support.support_requests import ASKED
from tests.support.system import Parent, SchoolSystem, System, mail_about, wait_until

BOARD, BOARD_NAME = "723000", "rives-du-saguenay"
SCOPES = ("registry.write", "records.read", "records.write")
QUEBEC = ZoneInfo("America/Toronto")
STUDENTS = 200
TERM = "E1"
TAIL = ("records", "events", "tail", "vitrail.records.v1", "--type", "record-published.v1", "--data", "--json")
SUPPORT_EMAIL = "aide@ecole-du-fjord.example.org"
# Longer than the slowest machine takes to look once, and short enough to wait for.
EMBARGO = timedelta(seconds=20)


def pupil(number: int) -> Pupil:
    return Pupil(
        source_id=f"eleve-{number}",
        given_name="Maïka",
        family_name="Simard",
        birth_on=date(2010, 1, 1) + timedelta(days=number),
        file_number=f"{7_500_000 + number}",
        grade="10",
        guardians=(f"guardian{number}",),
    )


def mark(number: int, subject: str) -> str:
    return f"{50 + (number * 7 + len(subject)) % 50} %"


def results(number: int) -> Iterator[dict[str, Any]]:
    """Yield a term's results of one student, as drafts that wait for the term's release."""
    for subject in ("Français", "Mathématique", "Histoire"):
        yield {
            "source_id": f"{TERM}-{subject}-{number}",
            "student_source_id": f"eleve-{number}",
            "subject": subject,
            "mark": mark(number, subject),
            "term": 1,
            "date": "2026-11-13",
            "release": TERM,
        }


def report_card(number: int) -> dict[str, Any]:
    return {
        "source_id": f"{TERM}-{number}",
        "student_source_id": f"eleve-{number}",
        "type": "report_card",
        "term": 1,
        "school_year": "2026-2027",
        "issued_on": "2026-11-20",
        "subjects": [{"name": "Français", "terms": [{"term": 1, "mark": mark(number, "Français")}]}],
        "release": TERM,
    }


def pdf(number: int) -> bytes:
    """Return what a school's own system makes of a report card: pages that differ by student."""
    return b"%PDF-1.7\n" + f"% bulletin {number}\n".encode() * 2000 + b"%%EOF\n"


@pytest.fixture(scope="session")
def school(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SchoolSystem]:
    """The board's own system, which has handed over its registry and said how the school is reached."""
    pupils = tuple(pupil(number) for number in range(1, STUDENTS + 1))
    parents = tuple(
        registries.Parent(source_id=each.guardians[0], email=f"{each.guardians[0]}@example.org") for each in pupils
    )
    file = SchoolFile(code=BOARD, pupils=pupils, parents=parents)
    with SchoolSystem(system, BOARD, scopes=SCOPES) as made:
        handed_over = made.hand_over(registries.write(file, tmp_path_factory.mktemp("records") / "registry"))
        assert handed_over.status_code == 201, handed_over.text
        wait_until(lambda: made.http.get("/releases"), is_there)
        contact = {"school_source_id": "school-1", "name": "École du Fjord", "support_email": SUPPORT_EMAIL}
        assert made.http.put("/contacts/fjord", json=contact).status_code == 201
        yield made


def is_there(answer: httpx.Response) -> bool:
    return answer.status_code == 200


@pytest.fixture
def make_guardian(school: SchoolSystem, make_parent: Callable[..., Parent]) -> Callable[[int], tuple[Parent, str]]:
    """Sign the guardian of a student up, have the child proven, and wait until records knows it."""

    def make(number: int) -> tuple[Parent, str]:
        made = make_parent(f"guardian{number}@example.org")
        made.sign_up()
        child_id = made.claim_pupil(pupil(number), at=BOARD_NAME)
        wait_until(lambda: made.get(f"/children/{child_id}/tiles"), is_there)
        return made, child_id

    return make


def send(school: SchoolSystem, path: str, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Send many entries, a line each; return what became of each."""
    answer = school.http.post(
        path,
        content=b"\n".join(map(orjson.dumps, lines)),
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert answer.status_code == 200, answer.text
    became = [orjson.loads(line) for line in answer.text.splitlines()]
    assert [each for each in became if each["result"] == "refused"] == []
    return became


def done(answer: httpx.Response) -> Any:
    """Return the document of an answer that is none of a refusal."""
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def verdict(parent: Parent, *, signature: str | None = None, document: bytes | None = None) -> str:
    """Ask what a signature or a document is worth: whoever holds it may."""
    asked: dict[str, Any] = (
        {"json": {"signature": signature}}
        if document is None
        else {"content": document, "headers": {"Content-Type": "application/pdf"}}
    )
    said = done(httpx.post(f"{parent.system.url}/api/v1/verifications", timeout=30, **asked))
    status: str = said["status"]
    return status


@dataclass(frozen=True, kw_only=True)
class Look:
    """What every path to what is embargoed showed at once."""

    # By our own clock, once the last answer was there: all of it was asked before.
    until: datetime
    shows: tuple[bool, ...]

    @property
    def shows_nothing(self) -> bool:
        return not any(self.shows)

    @property
    def shows_all(self) -> bool:
        return all(self.shows)


def look(parent: Parent, child_id: str, *, entry_id: str, document: bytes) -> Look:
    """Look at results, report cards, the document, its verification and the journal, each of which shows it or not."""
    child = f"/children/{child_id}"
    journal = done(parent.get(f"{child}/access-journal", params={"page_size": 100}))
    shows = (
        bool(done(parent.get(f"{child}/results"))["items"]),
        bool(done(parent.get(f"{child}/report-cards"))["items"]),
        parent.get(f"{child}/report-cards/{entry_id}/document").status_code != 404,
        verdict(parent, document=document) != "not_genuine",
        any(each["action"] == "record_published" for each in journal),
    )
    return Look(until=datetime.now(UTC), shows=shows)


def look_until(looking: Callable[[], Look]) -> list[Look]:
    """Look again and again until everything shows; return every look."""
    looks: list[Look] = []

    def shows_all() -> bool:
        looks.append(looking())
        return looks[-1].shows_all

    # By the clock, for an embargo is: a quick machine looks a thousand times before it is over.
    assert StopWhen(shows_all, patience=EMBARGO.total_seconds() + 60).wait_until_set(), f"it did not come: {looks[-1]}"
    return looks


@pytest.mark.requirement("RE-03", "RE-05", "RE-06", "EVT-1", "EVT-4", "PRV-1")
def test_a_term_of_two_hundred_students_is_seen_by_each_parent_when_the_school_says(
    system: System, school: SchoolSystem, make_guardian: Callable[[int], tuple[Parent, str]]
) -> None:
    guardian, child_id = make_guardian(1)
    other, others_child_id = make_guardian(2)
    everybody = range(1, STUDENTS + 1)
    sent = send(school, "/results", [line for number in everybody for line in results(number)])
    sent += send(school, "/report-cards", [report_card(number) for number in everybody])
    assert {(each["result"], each["entry"]["state"]) for each in sent} == {("recorded", "draft")}
    assert len(sent) == 4 * STUDENTS
    for number in (1, 2):
        put = school.http.put(
            f"/report-cards/{TERM}-{number}/document", content=pdf(number), headers={"Content-Type": "application/pdf"}
        )
        assert put.is_success, put.text
    entry_id = done(school.http.get(f"/report-cards/{TERM}-1"))["id"]

    killed = system.kill("records-notify")
    available_at = datetime.now(UTC).replace(microsecond=0) + EMBARGO
    release = {"is_published": True, "available_at": available_at.isoformat()}
    assert done(school.http.put(f"/releases/{TERM}", json=release))["is_published"]
    looks = look_until(lambda: look(guardian, child_id, entry_id=entry_id, document=pdf(1)))
    system.wait_for_part("records-notify", other_than=killed)
    too_early = [each for each in looks if each.until < available_at]
    assert too_early
    assert [each for each in too_early if not each.shows_nothing] == []
    wait_until_told(system, available_at, count=4 * STUDENTS)

    for parent, whose, number in ((guardian, child_id, 1), (other, others_child_id, 2)):
        items = done(parent.get(f"/children/{whose}/results"))["items"]
        assert {each["subject"]: each["mark"] for each in items} == {
            each["subject"]: each["mark"] for each in results(number)
        }
        [card] = done(parent.get(f"/children/{whose}/report-cards"))["items"]
        assert parent.http.get(card["document"]).content == pdf(number)
    assert other.get(f"/children/{child_id}/results").status_code == 404
    assert other.get(f"/children/{child_id}/report-cards/{entry_id}/document").status_code == 404


def wait_until_told(system: System, available_at: datetime, *, count: int) -> None:
    """Wait until the log has told of so many publications at this moment: each once, and none before it."""
    told: list[dict[str, Any]] = []
    for _ in range(60):
        lines = [json.loads(line) for line in system.command(*TAIL).splitlines()]
        told = [each for each in lines if datetime.fromisoformat(each["data"]["available_at"]) == available_at]
        if len(told) >= count:
            break
    assert len({each["key"] for each in told}) == len(told) == count
    assert [each for each in told if datetime.fromisoformat(each["time"]) < available_at] == []


@pytest.mark.requirement("RE-06", "RE-11", "PRV-1")
def test_a_document_is_read_in_parts_and_a_made_one_is_proven(
    school: SchoolSystem, make_guardian: Callable[[int], tuple[Parent, str]]
) -> None:
    guardian, child_id = make_guardian(3)
    card = {name: value for name, value in report_card(3).items() if name not in {"source_id", "release"}}
    done(school.http.put("/report-cards/reprise-3", json=card))
    whole = pdf(3)
    done(
        school.http.put("/report-cards/reprise-3/document", content=whole, headers={"Content-Type": "application/pdf"})
    )
    [shown] = [each for each in done(guardian.get(f"/children/{child_id}/report-cards"))["items"] if each["document"]][
        :1
    ]
    first = guardian.http.get(shown["document"], headers={"Range": "bytes=0-999"})
    assert (first.status_code, first.headers["Content-Range"]) == (206, f"bytes 0-999/{len(whole)}")
    rest = guardian.http.get(shown["document"], headers={"Range": "bytes=1000-", "If-Range": first.headers["ETag"]})
    assert first.content + rest.content == whole
    assert hashlib.sha256(first.content + rest.content).digest() == hashlib.sha256(whole).digest()
    known = guardian.http.get(shown["document"], headers={"If-None-Match": first.headers["ETag"]})
    beyond = guardian.http.get(shown["document"], headers={"Range": f"bytes={len(whole)}-"})
    assert (known.status_code, beyond.status_code) == (304, 416)
    assert verdict(guardian, document=whole) == "genuine"
    assert verdict(guardian, document=whole[:-1]) == "not_genuine"

    statement = {
        "student_source_id": "eleve-3",
        "ledger": "daycare",
        "issued_on": "2026-11-01",
        "due_on": "2026-12-01",
        "lines": [{"description": "Garde de novembre", "amount": "182.75"}],
        "balance": "182.75",
        "payee": {"name": "CSS DES RIVES-DU-SAGUENAY", "reference": "0098123"},
    }
    done(school.http.put("/statements/garde-11-3", json=statement))
    [owed] = done(guardian.get(f"/children/{child_id}/statements"))["items"]
    made = guardian.http.get(owed["document"])
    again = guardian.http.get(owed["document"])
    assert (made.status_code, made.headers["Content-Type"], made.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert again.content == made.content
    assert verdict(guardian, document=made.content) == "genuine"
    assert verdict(guardian, signature=owed["signature"]) == "genuine"
    page = httpx.get(f"{guardian.system.url}/verification/{owed['signature']}")
    assert (page.status_code, 'lang="en"' in page.text) == (200, True)
    assert "182.75" not in page.text
    assert "Simard" not in page.text
    wait_for_journal(guardian, child_id, ("you", "document_viewed"), ("school", "record_published"))


@pytest.mark.requirement("RE-03", "EVT-4", "PRV-1")
def test_a_result_that_the_school_corrects_and_takes_back_is_what_it_says_by_every_path(
    system: System, school: SchoolSystem, make_guardian: Callable[[int], tuple[Parent, str]]
) -> None:
    guardian, child_id = make_guardian(4)
    result = {"student_source_id": "eleve-4", "subject": "Anglais", "mark": "61 %", "date": "2026-11-16"}
    done(school.http.put("/results/anglais-4", json=result))

    def shown() -> dict[str, dict[str, Any]]:
        items = done(guardian.get(f"/children/{child_id}/results"))["items"]
        return {each["subject"]: each for each in items}

    first = shown()["Anglais"]
    assert (first["mark"], first["corrected_at"]) == ("61 %", None)
    killed = system.kill("records-relay")
    done(school.http.put("/results/anglais-4", json=result | {"mark": "91 %"}))
    second = shown()["Anglais"]
    assert (second["id"], second["mark"]) == (first["id"], "91 %")
    assert second["corrected_at"] is not None
    assert [verdict(guardian, signature=each["signature"]) for each in (first, second)] == ["replaced", "genuine"]
    [kept] = done(school.http.get("/results/anglais-4/revisions"))
    assert kept["content"]["mark"] == "61 %"
    done(school.http.delete("/results/anglais-4/publication"))
    assert "Anglais" not in shown()
    assert [verdict(guardian, signature=each["signature"]) for each in (first, second)] == ["withdrawn", "withdrawn"]
    system.wait_for_part("records-relay", other_than=killed)
    wait_for_journal(
        guardian,
        child_id,
        ("school", "record_corrected"),
        ("school", "record_withdrawn"),
        ("you", "results_viewed"),
    )


@pytest.mark.requirement("RE-04")
def test_ministerial_results_are_seen_from_the_sessions_day_and_not_before(
    school: SchoolSystem, make_guardian: Callable[[int], tuple[Parent, str]]
) -> None:
    guardian, child_id = make_guardian(5)
    today = datetime.now(QUEBEC).date()
    session = f"{today:%Y-%m}"
    path = f"/children/{child_id}/ministerial-results"
    result = {
        "student_source_id": "eleve-5",
        "subject": "Histoire du Québec et du Canada",
        "session": session,
        "exam_on": today.isoformat(),
        "mark": "78",
    }
    done(school.http.put("/ministerial-results/histoire-5", json=result))
    done(school.http.put("/ministerial-results/histoire-5/publication", json={}))
    assert done(guardian.get(path)) == {"items": [], "empty_reason": "not_published_yet"}
    done(school.http.put(f"/ministerial-sessions/{session}", json={"released_on": today.isoformat()}))
    [seen] = done(guardian.get(path))["items"]
    assert seen["mark"] == "78"
    assert verdict(guardian, signature=seen["signature"]) == "genuine"


@pytest.mark.requirement("RE-14", "RE-16")
def test_a_message_to_a_school_is_unread_until_each_parent_has_read_it(
    school: SchoolSystem, make_guardian: Callable[[int], tuple[Parent, str]]
) -> None:
    readers = [make_guardian(number) for number in (6, 7)]
    message = {
        "school_source_id": "school-1",
        "subject": {"fr": "Journée pédagogique", "en": "Pedagogical day"},
        "body": {"fr": "L’école est fermée vendredi.", "en": "The school is closed on Friday."},
        "date": "2026-11-18",
    }
    done(school.http.put("/messages/pedagogique", json=message))

    def unread() -> list[int]:
        tiles = [done(parent.get(f"/children/{child_id}/tiles"))["tiles"] for parent, child_id in readers]
        return [next(each["unread_count"] for each in shown if each["code"] == "messages") for shown in tiles]

    assert unread() == [1, 1]
    (reader, child_id), (other, others_child_id) = readers
    [item] = done(reader.get(f"/children/{child_id}/messages"))["items"]
    assert (item["subject"], item["is_read"]) == ("Journée pédagogique", False)
    assert done(reader.patch(f"/children/{child_id}/messages/{item['id']}", {"is_read": True}))["is_read"]
    assert unread() == [0, 1]
    [same] = done(other.get(f"/children/{others_child_id}/messages"))["items"]
    assert (same["id"], same["is_read"]) == (item["id"], False)
    assert done(reader.get(f"/children/{child_id}/contact"))["contact"]["name"] == "École du Fjord"


@pytest.mark.requirement("XC-01", "XC-02", "XC-03")
def test_a_parent_who_is_stuck_finds_help_and_reaches_the_school(
    system: System, school: SchoolSystem, make_guardian: Callable[[int], tuple[Parent, str]]
) -> None:
    helped = done(httpx.get(f"{system.url}/api/v1/help", headers={"Accept-Language": "en"}))
    assert len(helped["checks"]) == 6
    guardian, child_id = make_guardian(8)
    killed = system.kill("records-notify")
    screenshot = pictures.png(noise=b"x" * 3_000_000)
    asked = done(guardian.send_form("/support-requests", ASKED | {"child_id": child_id}, screenshot=screenshot))
    fed = done(school.http.get("/support-requests", params={"limit": 500}))["items"]
    [request] = [each for each in fed if each["reference"] == asked["reference"]]
    assert {name: request[name] for name in ASKED} == ASKED
    assert request["student_source_id"] == "eleve-8"
    shown = school.http.get(f"/support-requests/{request['id']}/screenshot")
    assert (shown.status_code, shown.content) == (200, screenshot)
    done(school.http.post(f"/support-requests/{request['id']}/handling"))
    system.wait_for_part("records-notify", other_than=killed)
    letter = mail_about(system, SUPPORT_EMAIL, "un parent demande de l")
    assert asked["reference"] in letter.text
    assert [
        said for said in ("Tremblay", "Simard", "eleve-8", ASKED["email"]) if said in letter.text + letter.html
    ] == []


def wait_for_journal(parent: Parent, child_id: str, *entries: tuple[str, str]) -> None:
    """Wait until the child's journal says of each entry who did what."""

    def is_written(answer: httpx.Response) -> bool:
        written = {(each["who"], each["action"]) for each in answer.json()}
        return written >= set(entries)

    wait_until(lambda: parent.get(f"/children/{child_id}/access-journal", params={"page_size": 100}), is_written)
