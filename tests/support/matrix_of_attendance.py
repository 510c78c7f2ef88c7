"""Attendance's world in the matrix: one child as enrollment tells it, and everybody who asks (`tests/support/matrix.py`)."""

import flask

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
    announced = Operation("attendance", "POST", _NOTICES, is_about_a_child=True)
    world.values = {**world.values, "notice_id": world.call(announced, PARENT).json["id"]}
    world.examples = {**world.examples, ("POST", _NOTICES): Example(body=announce(date="2026-01-20"))}
    return world


def _examples() -> dict[tuple[str, str], Example]:
    return {
        ("GET", "/api/v1/children/{child_id}/absence-reasons"): Example(),
        ("GET", _NOTICES): Example(),
        ("POST", _NOTICES): Example(body=announce()),
        ("DELETE", f"{_NOTICES}/{{notice_id}}"): Example(),
        ("POST", "/api/v1/absence-notices"): Example(body=announce(date="2026-01-21", child_ids=["{child_id}"])),
        ("GET", "/api/v1/children/{child_id}/absences"): Example(),
        ("POST", "/api/v1/children/{child_id}/absences/{absence_id}/motivation"): Example(body={"reason": "MALADIE"}),
    }
