"""Records' world in the matrix: one child as enrollment tells it, and everybody who asks (`tests/support/matrix.py`)."""

from typing import Any, Final

import flask

from services.records.app import create_app
from services.records.context import Context
from services.records.rules import kinds
from shared.passports import PassportOffice
from tests.support import entries, records
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.matrix import PEOPLE, Example, World, everybody, parents
from tests.support.records import Enrollment

# Who held the child once, and of whom enrollment has said since that they are nothing to it: for whatever reason.
_CLOSED = ("a suspended parent", "a parent who has yet to confirm", "a disputed parent", "a parent who let go")
_CHILD: Final = "/api/v1/children/{child_id}"
_LISTS: Final = (
    *("results", "ministerial-results", "assignments", "report-cards", "statements", "tax-slips"),
    *("agenda", "messages", "resources"),
)


def records_app() -> flask.Flask:
    """Return records' application without a database worth the name."""
    return create_app(records.make_settings("sqlite://"))


def open_records(databases: Databases, clock: FakeClock) -> World:
    """Make a child whom one parent holds, with an entry of each kind."""
    settings = records.make_settings(databases.create(records.migrate))
    ctx = Context.open(settings, clock=clock)
    told = Enrollment(ctx)
    organisation_id, elsewhere_id = told.make_organisation("712000"), told.make_organisation("799000")
    child = told.make_child(organisation_id, student_source_id="eleve-1")
    sibling = told.make_child(organisation_id, student_source_id="eleve-2")
    stranger = told.make_child(elsewhere_id, student_source_id="eleve-1")
    people = parents()
    held = {"a parent of another child": sibling, "a parent of another organisation": stranger}
    for name, passport in people.items():
        told.link(held.get(name, child), account_id=str(passport.account_id))
    for name in _CLOSED:
        told.unlink(child, account_id=str(people[name].account_id))
    written = {kind: entries.stand(ctx, kind, organisation_id=organisation_id) for kind in kinds.KINDS}
    # Of one student alone: what is for the whole school would be the other parents' too.
    message = entries.stand(ctx, kinds.MESSAGE, organisation_id=organisation_id, student_source_id="eleve-1")
    world = World(
        app=create_app(settings, db=ctx.db, clock=clock),
        database=ctx.db,
        office=PassportOffice("records", settings.passport_keys),
        organisation_id=organisation_id,
        persons=everybody(people, own_code="712000", other_code="799000"),
        values={"child_id": child.id, "message_id": message},
        examples=_examples(),
        secrets=(child.id, sibling.id, organisation_id, message, *written.values(), *PEOPLE.values()),
    )
    world.opened.callback(ctx.db.close)
    return world


def _examples() -> dict[tuple[str, str], Example]:
    # Its own things, whatever they are called: another organisation's lists are empty, and what it writes is its own.
    own: dict[str, Any] = {"elsewhere": 200}
    return {
        ("GET", f"{_CHILD}/tiles"): Example(),
        **{("GET", f"{_CHILD}/{each}"): Example() for each in _LISTS},
        ("PATCH", f"{_CHILD}/messages/{{message_id}}"): Example(body={"is_read": True}),
        ("GET", f"{_CHILD}/file"): Example(),
        ("GET", f"{_CHILD}/contact"): Example(),
        ("GET", "/school/v1/tiles"): Example(**own),
        ("PUT", "/school/v1/tiles"): Example(body={"tiles": ["results", "messages"]}, **own),
        ("GET", "/school/v1/releases"): Example(**own),
    }
