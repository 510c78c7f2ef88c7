"""Attendance's world in the matrix: one child as enrollment tells it, and everybody who asks (`tests/support/matrix.py`)."""

from datetime import date
from typing import Any

import flask
import orjson

from services.attendance.app import create_app
from services.attendance.context import Context
from shared.passports import PassportOffice
from tests.support import attendance
from tests.support.attendance import Enrollment, announce
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.matrix import PARENT, PEOPLE, Example, Operation, World, everybody, parents

# Who held the child once, and of whom enrollment has said since that they are nothing to it: for whatever reason.
_CLOSED = ("a suspended parent", "a parent who has yet to confirm", "a disputed parent", "a parent who let go")
_NOTICES = "/api/v1/children/{child_id}/absence-notices"
_MOTIVATION = "/api/v1/children/{child_id}/absences/{absence_id}/motivation"
_BELLS_OF_SCHOOL = "/school/v1/bell-times/{school_source_id}"
_BELLS = {
    "periods": [
        {"code": "1", "starts_at": "08:30", "ends_at": "11:45"},
        {"code": "2", "starts_at": "13:00", "ends_at": "15:45"},
    ],
    "break_starts_at": "11:45",
    "break_ends_at": "13:00",
}


def attendance_app() -> flask.Flask:
    """Return attendance's application without a database worth the name."""
    return create_app(attendance.make_settings("sqlite://"))


def open_attendance(databases: Databases, clock: FakeClock) -> World:
    """Make a child whom one parent holds, with a notice and an absence to motivate."""
    settings = attendance.make_settings(databases.create(attendance.migrate))
    ctx = Context.open(settings, clock=clock)
    told = Enrollment(ctx)
    organisation_id, elsewhere_id = told.make_organisation("712000"), told.make_organisation("799000")
    child = told.make_child(organisation_id, student_source_id="eleve-1")
    sibling = told.make_child(organisation_id)
    stranger = told.make_child(elsewhere_id)
    people = parents()
    held = {"a parent of another child": sibling, "a parent of another organisation": stranger}
    for name, passport in people.items():
        told.link(held.get(name, child), account_id=str(passport.account_id))
    for name in _CLOSED:
        told.unlink(child, account_id=str(people[name].account_id))
    absence = attendance.record(ctx, child)
    motivated = attendance.record(ctx, child, source_id="absence-motivee", on=date(2026, 1, 14))
    world = World(
        app=create_app(settings, db=ctx.db, clock=clock),
        database=ctx.db,
        office=PassportOffice("attendance", settings.passport_keys),
        organisation_id=organisation_id,
        persons=everybody(people, own_code="712000", other_code="799000"),
        values={"child_id": child.id, "absence_id": absence["id"], "source_id": "absence-eleve-1"},
        examples=_examples(),
        secrets=(child.id, sibling.id, organisation_id, *PEOPLE.values()),
    )
    world.opened.callback(ctx.db.close)
    notice = world.call(_about_a_child("POST", _NOTICES), PARENT)
    motivation = world.call(_about_a_child("POST", _MOTIVATION), PARENT, absence_id=motivated["id"])
    system = Operation("attendance", "PUT", _BELLS_OF_SCHOOL, is_about_a_child=False)
    assert world.call(system, "the school's own system", school_source_id="ecole-1").status_code == 200
    world.values = {
        **world.values,
        "notice_id": notice.json["id"],
        "motivation_id": motivation.json["motivation"]["id"],
        "school_source_id": "ecole-1",
    }
    # A day on which nothing is announced yet.
    world.examples = {**world.examples, ("POST", _NOTICES): Example(body=announce(date="2026-01-20"))}
    return world


def _about_a_child(method: str, path: str) -> Operation:
    return Operation("attendance", method, path, is_about_a_child=True)


def _examples() -> dict[tuple[str, str], Example]:
    recorded = {"student_source_id": "eleve-1", "date": "2026-01-15", "kind": "absent"}
    line = orjson.dumps({"source_id": "absence-3", **recorded, "date": "2026-01-13"}) + b"\n"
    # Its own things, whatever they are called: another organisation's lists are empty, and what it writes is its own.
    own: dict[str, Any] = {"elsewhere": 200}
    return {
        ("GET", "/api/v1/children/{child_id}/absence-reasons"): Example(),
        ("GET", _NOTICES): Example(),
        ("POST", _NOTICES): Example(body=announce()),
        ("DELETE", f"{_NOTICES}/{{notice_id}}"): Example(),
        ("POST", "/api/v1/absence-notices"): Example(body=announce(date="2026-01-21", child_ids=["{child_id}"])),
        ("GET", "/api/v1/children/{child_id}/absences"): Example(),
        ("POST", _MOTIVATION): Example(body={"reason": "MALADIE"}),
        ("POST", "/school/v1/absences"): Example(rest={"data": line, "content_type": "application/x-ndjson"}, **own),
        ("PUT", "/school/v1/absences/{source_id}"): Example(body=recorded, elsewhere=201),
        ("GET", "/school/v1/absences/{source_id}"): Example(),
        ("GET", "/school/v1/absence-notices"): Example(**own),
        ("POST", "/school/v1/absence-notices/{notice_id}/acknowledgement"): Example(),
        ("GET", "/school/v1/motivations"): Example(**own),
        ("POST", "/school/v1/motivations/{motivation_id}/decision"): Example(body={"decision": "accepted"}),
        ("GET", "/school/v1/absence-contradictions"): Example(**own),
        ("GET", "/school/v1/attendance-rules"): Example(**own),
        ("PUT", "/school/v1/attendance-rules"): Example(body={"cut_off_school_days": 2, "cut_off_at": "10:40"}, **own),
        ("GET", "/school/v1/bell-times"): Example(**own),
        ("PUT", "/school/v1/bell-times"): Example(body=_BELLS, **own),
        ("PUT", _BELLS_OF_SCHOOL): Example(body=_BELLS, **own),
        ("DELETE", _BELLS_OF_SCHOOL): Example(),
        ("GET", "/school/v1/school-years"): Example(**own),
        ("PUT", "/school/v1/school-years"): Example(body={"first_day": "2025-08-28", "last_day": "2026-06-23"}, **own),
        ("GET", "/school/v1/absence-reasons"): Example(**own),
        ("PUT", "/school/v1/absence-reasons"): Example(
            body={"reasons": [{"code": "MALADIE", "label_fr": "Maladie", "label_en": "Illness"}]}, **own
        ),
    }
