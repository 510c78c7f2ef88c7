"""Contents as schools send them, read by their kinds' own schemas."""

from datetime import date
from typing import Any

import orjson

from services.records.schemas.kinds.finances import StatementIn
from services.records.schemas.kinds.report_cards import ReportCardIn

STUDENT: dict[str, Any] = {
    "first_name": "Élodie-Anne",
    "last_name": "Gagnon-Lévesque",
    "file_number": "1234567",
    "group": "401",
    "grade": {"fr": "4e secondaire", "en": "Secondary 4"},
}
SCHOOL = {
    "name": {"fr": "École secondaire des Sources", "en": "Des Sources Secondary School"},
    "address": "2900, chemin du Lac\nSaint-Jérôme (Québec)  J7Z 1A1",
    "phone": "450 555-0143",
    "email": "secretariat@sources.example",
}
FRENCH = {
    "name": {"fr": "Français, langue d’enseignement", "en": "French, language of instruction"},
    "teacher": "Mme Catherine Beaulieu",
    "terms": [{"term": 1, "mark": "78", "weight": 20}, {"term": 2, "mark": "81", "weight": 20, "group_average": 76.4}],
    "competencies": [
        {"name": "Lire", "weight": 40, "terms": [{"term": 1, "mark": "80"}, {"term": 2, "mark": "84"}]},
        {"name": "Écrire", "weight": 60, "terms": [{"term": 1, "mark": "74"}], "comment": "À relire."},
    ],
    "comment": "Elle participe activement.\nQu’elle continue !",
}
ISSUED_ON = date(2026, 11, 10)
PAYEE = {"name": "CSS de l’Exemple", "reference": "0123 4567 8901"}


def report_card(**overrides: Any) -> dict[str, Any]:
    """Return the content of a report card."""
    said = {
        "student_source_id": "eleve-1",
        "type": "report_card",
        "term": 2,
        "school_year": "2026-2027",
        "issued_on": "2027-03-12",
        "student": STUDENT,
        "school": SCHOOL,
        "homeroom_teacher": "Mme Catherine Beaulieu",
        "subjects": [FRENCH],
        "absences": [{"term": 2, "count": 5}, {"term": 1, "count": 3, "late_count": 1}],
        "comments": [{"fr": "Une belle progression.", "en": "Fine progress."}],
    }
    return _read(ReportCardIn, said | overrides)


def statement(**overrides: Any) -> dict[str, Any]:
    """Return the content of a statement of account."""
    said = {
        "student_source_id": "eleve-1",
        "ledger": "daycare",
        "number": "EC-417",
        "issued_on": ISSUED_ON.isoformat(),
        "due_on": "2026-12-01",
        "student": STUDENT,
        "school": SCHOOL,
        "lines": [
            {"on": "2026-09-02", "description": {"fr": "Frais de garde", "en": "Daycare fees"}, "amount": "1356.25"},
            {"on": "2026-10-01", "description": "Paiement reçu", "amount": "-100.00"},
        ],
        "balance": "1256.25",
        "payee": PAYEE,
    }
    return _read(StatementIn, said | overrides)


def _read(schema: type[Any], said: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(schema().load(said).content)
    return content
