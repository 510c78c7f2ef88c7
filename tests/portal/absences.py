"""What the attendance part of the API answers, for the tests of its pages."""

from typing import Any

from tests.portal.conftest import FakeApi

REASONS = [
    {"code": "MALADIE", "label": "Maladie", "needs_explanation": False},
    {"code": "AUTRE", "label": "Autre", "needs_explanation": True},
]
OTHER_REASONS = [
    {"code": "M", "label": "Maladie", "needs_explanation": False},
    {"code": "V", "label": "Voyage", "needs_explanation": False},
]
RIGHTS = ["view_file", "report_absences"]


def child(name: str, **rest: Any) -> dict[str, Any]:
    return {
        "id": name.lower(),
        "first_name": name,
        "last_name": "Tremblay",
        "grade": "5",
        "level": "primary",
        "organisation": {"id": "o1", "code": "712000", "name": "CSS des Phares"},
        "school": {"id": f"s-{name}", "name": f"École de {name}"},
        "rights": RIGHTS,
        "status": "active",
        **rest,
    }


ANNA, JO = child("Anna"), child("Jo")


def hold(api: FakeApi, *children: dict[str, Any], reasons: dict[str, list[dict[str, Any]]] | None = None) -> None:
    """Give the account these children, and each its school's reasons."""
    api.answer("GET", "/api/v1/children", 200, list(children))
    for each in children:
        path = f"/api/v1/children/{each['id']}"
        api.answer("GET", path, 200, each)
        api.answer("GET", f"{path}/tiles", 200, {"tiles": []})
        api.answer("GET", f"{path}/absence-reasons", 200, (reasons or {}).get(each["id"], REASONS))
        api.answer("GET", f"{path}/absences", 200, [])
        api.answer("GET", f"{path}/absence-notices", 200, [])


def notice(child_id: str, **rest: Any) -> dict[str, Any]:
    return {
        "id": f"n-{child_id}",
        "child_id": child_id,
        "date": "2026-11-24",
        "end_date": "2026-11-24",
        "type": "full_day",
        "time": None,
        "half_day": None,
        "reason": "MALADIE",
        "reason_label": "Maladie",
        "explanation": None,
        "by": "you",
        "submitted_at": "2026-11-23T15:00:00+00:00",
        "acknowledged_at": None,
        "is_withdrawable": True,
        **rest,
    }


def absence(number: int, **rest: Any) -> dict[str, Any]:
    return {
        "id": f"a{number}",
        "date": "2026-11-20",
        "kind": "absent",
        "time": None,
        "periods": [],
        "status": "to_motivate",
        "motivated_by": None,
        "motivate_until": "2026-11-23T15:40:00+00:00",
        "recorded_at": "2026-11-20T14:00:00+00:00",
        "motivation": None,
        **rest,
    }
