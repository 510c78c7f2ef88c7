"""What a school sends of a pupil in a school year, as `/school/v1` takes it, for tests that look at it on pages."""

from datetime import date, timedelta
from typing import Any

import httpx

from tests.support.registries import Pupil
from tests.support.system import SchoolSystem

TERM = "E1"


def send(school: SchoolSystem, path: str, source_id: str, /, **said: Any) -> dict[str, Any]:
    """Send an entry, or correct it; return what became of it."""
    answer = school.http.put(f"/{path}/{source_id}", json=said)
    assert answer.is_success, answer.text
    document: dict[str, Any] = answer.json()
    return document


def result(school: SchoolSystem, pupil: Pupil, mark: int, *, term: int, **rest: Any) -> None:
    """Send a result in mathematics, of a term that ended that many months into the year."""
    said = {
        "student_source_id": pupil.source_id,
        "subject": "Mathématique",
        "mark": f"{mark} %",
        "percent": mark,
        "group_average": 70 + term,
        "term": term,
        "date": f"2026-{8 + term:02}-13",
        **rest,
    }
    send(school, "results", f"math-{term}-{pupil.source_id}", **said)


def report_card(school: SchoolSystem, pupil: Pupil, source_id: str, **rest: Any) -> str:
    """Send a report card; return the id that parents know it by."""
    said = {
        "student_source_id": pupil.source_id,
        "type": "report_card",
        "term": 1,
        "school_year": "2026-2027",
        "issued_on": "2026-11-20",
        "student": {"first_name": pupil.given_name, "last_name": pupil.family_name, "group": "401"},
        "school": {"name": "École du Fjord"},
        "subjects": [
            {
                "name": "Français",
                "teacher": "Mme Roy",
                "terms": [{"term": 1, "mark": "77 %", "percent": 77, "group_average": 71}],
                "competencies": [{"name": "Écrire des textes variés", "terms": [{"term": 1, "mark": "75 %"}]}],
                "comment": "Continue ainsi.",
            }
        ],
        "comments": ["Une bonne étape."],
        **rest,
    }
    entry_id: str = send(school, "report-cards", source_id, **said)["id"]
    return entry_id


def statement(school: SchoolSystem, pupil: Pupil, source_id: str, **rest: Any) -> None:
    """Send a statement of the daycare with a balance."""
    said = {
        "student_source_id": pupil.source_id,
        "ledger": "daycare",
        "issued_on": "2026-11-01",
        "due_on": "2026-12-01",
        "lines": [{"description": "Garde de novembre", "amount": "182.75"}],
        "balance": "182.75",
        "payee": {"name": "CSS DES RIVES-DU-SAGUENAY", "reference": "0098123"},
        **rest,
    }
    send(school, "statements", source_id, **said)


def message(school: SchoolSystem, pupil: Pupil, source_id: str, subject: str) -> None:
    """Send a message to the guardians of one pupil."""
    send(
        school,
        "messages",
        source_id,
        student_source_id=pupil.source_id,
        subject=subject,
        body="L’école est fermée vendredi.\nBonne fin de semaine.",
        date="2026-11-18",
    )


def agenda_entry(school: SchoolSystem, pupil: Pupil, title: str, day: date, **rest: Any) -> None:
    """Send an entry of the agenda."""
    said = {"student_source_id": pupil.source_id, "title": title, "date": day.isoformat(), "type": "homework", **rest}
    send(school, "agenda", f"{title.lower()}-{pupil.source_id}", **said)


def file(school: SchoolSystem, pupil: Pupil) -> None:
    """Send the pupil's file, with a teacher and a bus."""
    teacher = {"name": "Mme Roy", "email": "roy@ecole-du-fjord.example.org"}
    ride = {"direction": "to_school", "bus": "21", "stop": "Coin des Pins", "time": "7h25"}
    subjects = [{"subject": "Français", "teachers": [teacher]}]
    send(
        school,
        "files",
        f"dossier-{pupil.source_id}",
        student_source_id=pupil.source_id,
        subjects=subjects,
        transport=[ride],
    )


def document(school: SchoolSystem, path: str, source_id: str, content: bytes) -> None:
    """Send the PDF beside an entry."""
    answer: httpx.Response = school.http.put(
        f"/{path}/{source_id}/document", content=content, headers={"Content-Type": "application/pdf"}
    )
    assert answer.is_success, answer.text


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())
