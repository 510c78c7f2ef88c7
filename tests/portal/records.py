"""What the API answers of a child's records, for tests of pages: valid defaults, and whatever else a test says."""

from typing import Any

from tests.portal.conftest import FakeApi

CHILD = "/api/v1/children/child-1"
TABS = {
    "results": (
        ("results", "Résultats"),
        ("ministerial_results", "Résultats ministériels"),
        ("assignments", "Résultats et travaux"),
        ("report_cards", "Bulletins"),
    ),
    "finances": (("statements", "États de compte"), ("tax_slips", "Relevés fiscaux")),
}
TILES = ("agenda", "absences", "results", "finances", "file", "messages", "resources")
CONTACT = {
    "id": "contact-1",
    "school_year": None,
    "published_at": "2026-09-01T12:00:00Z",
    "corrected_at": None,
    "name": "École du Fjord",
    "phone": "418 555-0123",
    "email": "secretariat@ecole-du-fjord.example.org",
    "mailto": "mailto:secretariat@ecole-du-fjord.example.org",
    "address": "12, rue du Quai\nSaguenay",
    "hours": "8 h à 16 h",
    "website": "https://ecole-du-fjord.example.org",
    "support_email": None,
}


def furnish(api: FakeApi) -> None:
    """Let the API know one child, with every tile and nothing in them."""
    api.answer("GET", "/api/v1/children", 200, [child()])
    tiles = [tile(code) for code in TILES]
    api.answer("GET", f"{CHILD}/tiles", 200, {"tiles": tiles})
    for path in ("results", "ministerial-results", "assignments", "report-cards", "statements", "tax-slips"):
        give(api, path, reason="not_published_yet")
    for path in ("agenda", "messages", "resources"):
        give(api, path, reason="none")
    api.answer("GET", f"{CHILD}/file", 200, {"file": None, "empty_reason": "none"})
    api.answer("GET", f"{CHILD}/contact", 200, {"contact": CONTACT, "empty_reason": None})


def child(**rest: Any) -> dict[str, Any]:
    """Return the child."""
    return {
        "id": "child-1",
        "first_name": "Maïka",
        "last_name": "Simard",
        "grade": "10",
        "level": "secondary",
        "organisation": {"id": "o1", "code": "723000", "name": "CSS des Rives-du-Saguenay"},
        "school": {"id": "s1", "name": "École du Fjord"},
        "rights": ["view_file"],
        "status": "active",
        **rest,
    }


def tile(code: str, **rest: Any) -> dict[str, Any]:
    """Return a tile with its tabs."""
    sections = [
        {"code": each, "label": label, "href": "/x"} for each, label in TABS.get(code, ((code, code.capitalize()),))
    ]
    return {
        "code": code,
        "label": code.capitalize(),
        "opens_on_entry": code == "messages",
        "unread_count": 0 if code == "messages" else None,
        "sections": sections,
        **rest,
    }


def give(api: FakeApi, path: str, *items: dict[str, Any], reason: str | None = None, **rest: Any) -> None:
    """Let the API answer a list with these items, or with why there are none."""
    more = {"contact": None if items else CONTACT} if path == "report-cards" else {}
    document = {"items": list(items), "empty_reason": reason, **more}
    api.answer("GET", f"{CHILD}/{path}", 200, document, **rest)


def published(entry_id: str, **rest: Any) -> dict[str, Any]:
    """Return what every entry has."""
    return {
        "id": entry_id,
        "school_year": "2026-2027",
        "published_at": "2026-11-20T12:00:00Z",
        "corrected_at": None,
        "signature": None,
        **rest,
    }


def result(subject: str, mark: str, **rest: Any) -> dict[str, Any]:
    """Return a result; its number is that of its mark, where that is a percentage."""
    return published(
        f"result-{subject}-{mark}",
        **{
            "subject": subject,
            "subject_code": None,
            "term": 1,
            "competency": None,
            "title": None,
            "mark": mark,
            "percent": float(mark.removesuffix(" %")) if mark.endswith(" %") else None,
            "group_average": None,
            "weight": None,
            "comment": None,
            "date": "2026-11-13",
            **rest,
        },
    )


def ministerial_result(**rest: Any) -> dict[str, Any]:
    """Return a result of the ministry's."""
    return published(
        "ministerial-1",
        **{
            "subject": "Histoire du Québec et du Canada",
            "subject_code": "087404",
            "session": "2026-06",
            "exam_on": "2026-06-12",
            "school_mark": "81",
            "moderated_mark": "79",
            "exam_mark": "75",
            "mark": "77",
            "percent": 77.0,
            "is_passed": True,
            "units": 4,
            **rest,
        },
    )


def assignment(title: str, **rest: Any) -> dict[str, Any]:
    """Return an assignment."""
    return published(
        f"assignment-{title}",
        **{
            "subject": "Français",
            "subject_code": None,
            "title": title,
            "category": "homework",
            "description": "Lire le chapitre 3.\nRépondre aux questions.",
            "teacher": "Mme Roy",
            "date": "2026-11-16",
            "due_on": "2026-11-27",
            "term": 2,
            "status": "to_do",
            "mark": None,
            "percent": None,
            "weight": 10.0,
            **rest,
        },
    )


def report_card(entry_id: str, **rest: Any) -> dict[str, Any]:
    """Return a report card with a subject of two competencies."""
    marks = {"percent": None, "group_average": None, "weight": None}
    return published(
        entry_id,
        **{
            "type": "report_card",
            "term": 1,
            "issued_on": "2026-11-20",
            "student": {
                "first_name": "Maïka",
                "last_name": "Simard",
                "file_number": "7500001",
                "group": "401",
                "grade": "4e secondaire",
            },
            "school": {"name": "École du Fjord", "address": None, "phone": None, "email": None},
            "homeroom_teacher": "M. Gagnon",
            "subjects": [
                {
                    "name": "Mathématique",
                    "code": "063414",
                    "teacher": "M. Pelletier",
                    "terms": [{"term": 1, "mark": "82 %", **marks, "percent": 82.0, "group_average": 74.5}],
                    "final_mark": None,
                    "units": None,
                    "competencies": [
                        {
                            "name": "Résoudre une situation-problème",
                            "weight": 30.0,
                            "terms": [{"term": 1, "mark": "80 %", **marks}],
                            "comment": None,
                        }
                    ],
                    "comment": "Belle persévérance.",
                }
            ],
            "absences": [{"term": 1, "count": 3, "late_count": 1}],
            "comments": ["Une bonne première étape."],
            "decision": None,
            "document": f"{CHILD}/report-cards/{entry_id}/document",
            **rest,
        },
    )


def statement(entry_id: str, **rest: Any) -> dict[str, Any]:
    """Return a statement of account of the daycare, with a balance."""
    return published(
        entry_id,
        **{
            "ledger": "daycare",
            "ledger_label": "Service de garde",
            "title": None,
            "number": "G-11",
            "issued_on": "2026-11-01",
            "due_on": "2026-12-01",
            "period": "Novembre",
            "student": None,
            "school": None,
            "lines": [
                {"on": "2026-11-01", "description": "Garde de novembre", "amount": "200.00"},
                {"on": None, "description": "Paiement", "amount": "-17.25"},
            ],
            "balance": "182.75",
            "payee": {"name": "CSS DES RIVES-DU-SAGUENAY", "reference": "0098123", "instructions": None},
            "how_to_pay": "Payez auprès de votre banque ou de votre caisse.",
            "document": f"{CHILD}/statements/{entry_id}/document",
            **rest,
        },
    )


def tax_slip(**rest: Any) -> dict[str, Any]:
    """Return a tax slip of the daycare."""
    return published(
        "slip-1",
        **{
            "type": "rl_24",
            "year": 2025,
            "issued_on": "2026-02-20",
            "recipient": "Julie Simard",
            "student": None,
            "school": None,
            "amount": "1450.00",
            "days": 180,
            "boxes": [{"box": "E", "label": "Frais admissibles", "amount": "1450.00"}],
            "document": f"{CHILD}/tax-slips/slip-1/document",
            **rest,
        },
    )


def file(**rest: Any) -> dict[str, Any]:
    """Return a file."""
    roy = {"name": "Mme Roy", "email": "roy@ecole.example.org", "mailto": "mailto:roy@ecole.example.org"}
    nobody = {"name": "M. Suppléant", "email": None, "mailto": None}
    return published(
        "file-1",
        **{
            "school_name": "École du Fjord",
            "grade": "4e secondaire",
            "group": "401",
            "homeroom_teacher": roy,
            "uses_daycare": False,
            "subjects": [
                {"subject": "Français", "subject_code": None, "group": "12", "teachers": [roy]},
                {"subject": "Chimie", "subject_code": None, "group": None, "teachers": [nobody]},
            ],
            "transport": [
                {
                    "direction": "to_school",
                    "bus": "21",
                    "route": "204",
                    "stop": "Coin des Pins",
                    "time": "07:25",
                    "days": None,
                }
            ],
            "details": [{"label": "Casier", "value": "118"}],
            **rest,
        },
    )


def agenda_entry(title: str, day: str, **rest: Any) -> dict[str, Any]:
    """Return an entry of the agenda."""
    return published(
        f"agenda-{title}",
        **{
            "type": "homework",
            "title": title,
            "description": None,
            "subject": "Français",
            "date": day,
            "end_date": None,
            "starts_at": None,
            "ends_at": None,
            "place": None,
            **rest,
        },
    )


def message(message_id: str, **rest: Any) -> dict[str, Any]:
    """Return a message."""
    return published(
        message_id,
        **{
            "subject": "Journée pédagogique",
            "body": "L’école est fermée vendredi.\nVoyez https://ecole.example.org/congés",
            "date": "2026-11-18",
            "sender": "La direction",
            "is_important": False,
            "links": [{"label": "Calendrier", "url": "https://ecole.example.org/calendrier", "description": None}],
            "is_read": False,
            **rest,
        },
    )


def resource(title: str) -> dict[str, Any]:
    """Return resources on one subject."""
    links = [{"label": "Alloprof", "url": "https://www.alloprof.qc.ca/", "description": "Aide aux devoirs"}]
    return published(f"resource-{title}", title=title, links=links)
