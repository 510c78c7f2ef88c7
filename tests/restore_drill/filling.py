"""What stands in the databases before they are lost: put there through the running system, by a school and by parents."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx

from tests.support import pictures, registries
from tests.support.registries import Pupil, SchoolFile
from tests.support.support_requests import ASKED
from tests.support.system import Parent, SchoolSystem, System, wait_until

BOARD, BOARD_NAME = "723000", "rives-du-saguenay"
SCOPES: Final = ("registry.write", "records.read", "records.write")
PDF = {"Content-Type": "application/pdf"}
SCREENSHOT = pictures.png(noise=b"x" * 100_000)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a parent saw before, and must see again after the restore."""

    email: str
    child_id: str
    mark: str
    # The school's own PDF, which stands in the store of files, and the one that is made when it is asked for.
    document: bytes
    statement: bytes
    signature: str


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What was put there: what is to be there again, and who is to be gone again."""

    kept: Kept
    leaving: Parent
    leaving_id: str


def fill(system: System, folder: Path) -> Filled:
    """Have a school hand over its registry and its records, and two parents do what parents do.

    One of them stays; the other is signed in, and is to delete the account after the backup.
    """
    pupils = (_pupil(1), _pupil(2))
    parents = tuple(
        registries.Parent(source_id=each.guardians[0], email=f"{each.guardians[0]}@example.org") for each in pupils
    )
    staying, leaving = (Parent(system, each.email) for each in parents)
    with SchoolSystem(system, BOARD, scopes=SCOPES) as school, staying:
        _done(school.hand_over(registries.write(SchoolFile(code=BOARD, pupils=pupils, parents=parents), folder)))
        wait_until(lambda: school.http.get("/releases"), lambda answer: answer.status_code == 200)
        children = {}
        leaving_id = ""
        for parent, pupil in ((staying, pupils[0]), (leaving, pupils[1])):
            leaving_id = parent.sign_up()["account"]["id"]
            children[parent.email] = parent.claim_pupil(pupil, at=BOARD_NAME)
            _send(school, pupil)
            _live(parent, children[parent.email])
        kept = _look(staying, children[staying.email], mark=_mark(pupils[0]))
    return Filled(kept=kept, leaving=leaving, leaving_id=leaving_id)


def look_again(system: System, kept: Kept) -> Kept:
    """Sign in as the parent who stayed, and return what is seen now: with what the verification says of it."""
    with Parent(system, kept.email) as parent:
        assert parent.sign_in().status_code == 201
        found = _look(parent, kept.child_id, mark=kept.mark)
        for asked in ({"json": {"signature": kept.signature}}, {"content": kept.statement, "headers": PDF}):
            answer = httpx.post(f"{system.url}/api/v1/verifications", timeout=60, **asked)
            assert _done(answer)["status"] == "genuine", answer.text
        return found


def _pupil(number: int) -> Pupil:
    return Pupil(
        source_id=f"eleve-{number}",
        given_name="Maïka",
        family_name="Simard",
        birth_on=date(2012, 1, number),
        file_number=f"{7_500_000 + number}",
        grade="10",
        guardians=(f"guardian{number}",),
    )


def _mark(pupil: Pupil) -> str:
    return f"{70 + int(pupil.file_number) % 10} %"


def _send(school: SchoolSystem, pupil: Pupil) -> None:
    student = {"student_source_id": pupil.source_id}
    result = student | {"subject": "Français", "mark": _mark(pupil), "date": "2026-11-13"}
    card = student | {
        "type": "report_card",
        "term": 1,
        "school_year": "2026-2027",
        "issued_on": "2026-11-20",
        "subjects": [{"name": "Français", "terms": [{"term": 1, "mark": _mark(pupil)}]}],
    }
    statement = student | {
        "ledger": "daycare",
        "issued_on": "2026-11-01",
        "due_on": "2026-12-01",
        "lines": [{"description": "Garde de novembre", "amount": "182.75"}],
        "balance": "182.75",
        "payee": {"name": "CSS DES RIVES-DU-SAGUENAY", "reference": "0098123"},
    }
    message = student | {"subject": "Sortie", "body": "Bottes de pluie.", "date": "2026-11-13"}
    for kind, body in (("results", result), ("report-cards", card), ("statements", statement), ("messages", message)):
        _done(school.http.put(f"/{kind}/{kind}-{pupil.source_id}", json=body))
    pdf = b"%PDF-1.7\n" + f"% bulletin {pupil.source_id}\n".encode() * 2000 + b"%%EOF\n"
    _done(school.http.put(f"/report-cards/report-cards-{pupil.source_id}/document", content=pdf, headers=PDF))


def _live(parent: Parent, child_id: str) -> None:
    """Read, announce an absence and ask for help: what is kept about whoever does."""
    for path in ("absences", "tiles"):
        wait_until(lambda path=path: parent.get(f"/children/{child_id}/{path}"), lambda answer: answer.is_success)  # type: ignore[misc]
    [message] = _done(parent.get(f"/children/{child_id}/messages"))["items"]
    _done(parent.patch(f"/children/{child_id}/messages/{message['id']}", {"is_read": True}))
    # Whichever day it is, one of them is a school day.
    first = datetime.now(ZoneInfo("America/Toronto")).date() + timedelta(days=7)
    last = first + timedelta(days=3)
    notice = {"date": first.isoformat(), "end_date": last.isoformat(), "type": "full_day", "reason": "MALADIE"}
    _done(parent.post(f"/children/{child_id}/absence-notices", notice))
    _done(parent.send_form("/support-requests", ASKED | {"child_id": child_id}, screenshot=SCREENSHOT))


def _look(parent: Parent, child_id: str, *, mark: str) -> Kept:
    child = f"/children/{child_id}"
    [result] = _done(parent.get(f"{child}/results"))["items"]
    assert result["mark"] == mark
    [card] = _done(parent.get(f"{child}/report-cards"))["items"]
    [statement] = _done(parent.get(f"{child}/statements"))["items"]
    return Kept(
        email=parent.email,
        child_id=child_id,
        mark=result["mark"],
        document=parent.http.get(card["document"]).content,
        statement=parent.http.get(statement["document"]).content,
        signature=statement["signature"],
    )


def _done(answer: httpx.Response) -> Any:
    assert answer.is_success, f"{answer.url}: {answer.text}"
    return answer.json() if answer.content else None
