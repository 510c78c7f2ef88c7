"""Records' world in the matrix: one child as enrollment tells it, and everybody who asks (`tests/support/matrix.py`)."""

import tempfile
from pathlib import Path
from typing import Any, Final

import flask
import orjson
from sqlalchemy import select

from services.records.app import create_app
from services.records.context import Context
from services.records.models import SupportRequest
from services.records.operations import entries as sending, releases, support
from services.records.operations.documents.sending import send_document
from services.records.rules import kinds
from shared.passports import PassportOffice
from tests.support import entries, pictures, records
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.matrix import PARENT, PEOPLE, Example, World, everybody, parents
from tests.support.records import Enrollment
from tests.support.support_requests import asked, form

# Who held the child once, and of whom enrollment has said since that they are nothing to it: for whatever reason.
_CLOSED = ("a suspended parent", "a parent who has yet to confirm", "a disputed parent", "a parent who let go")
_CHILD: Final = "/api/v1/children/{child_id}"
_LISTS: Final = (
    *("results", "ministerial-results", "assignments", "report-cards", "statements", "tax-slips"),
    *("agenda", "messages", "resources"),
)


# The school system's own id of an entry of each kind.
_SENT: Final = "envoi-1"
_DOCUMENT: Final = b"%PDF-1.7 %%EOF"


def records_app() -> flask.Flask:
    """Return records' application without a database worth the name."""
    return create_app(records.make_settings("sqlite://"))


def open_records(databases: Databases, clock: FakeClock) -> World:
    """Make a child whom one parent holds, with an entry of each kind."""
    folder = tempfile.TemporaryDirectory()
    documents_url = Path(folder.name).as_uri()
    settings = records.make_settings(databases.create(records.migrate), documents_url=documents_url)
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
    system = {"organisation_code": "712000", "client_id": None}
    for kind in kinds.KINDS:
        sending.write_entry(ctx, **system, kind=kind, source_id=_SENT, sent=entries.read(kind))
    documented = _send_documents(ctx, system, Path(folder.name) / "document.pdf")
    releases.decide_release(ctx, organisation_code="712000", code="E1", is_published=True, available_at=None)
    asked_by = str(people[PARENT].account_id)
    support.submit_request(ctx, **asked(account_id=asked_by, child_id=child.id, screenshot=pictures.PNG))
    with ctx.db.read() as session:
        [request_id] = session.scalars(select(SupportRequest.id))
    world = World(
        app=create_app(settings, db=ctx.db, clock=clock),
        database=ctx.db,
        office=PassportOffice("records", settings.passport_keys),
        organisation_id=organisation_id,
        persons=everybody(people, own_code="712000", other_code="799000"),
        values={
            "child_id": child.id,
            "message_id": message,
            "request_id": request_id,
            "source_id": _SENT,
            "code": "E1",
            "session": "2026-01",
            **documented,
        },
        examples=_examples() | _examples_of_support(child.id),
        secrets=(
            child.id,
            sibling.id,
            organisation_id,
            message,
            *written.values(),
            *documented.values(),
            *PEOPLE.values(),
        ),
    )
    world.opened.callback(ctx.db.close)
    world.opened.callback(folder.cleanup)
    return world


def _send_documents(ctx: Context, system: dict[str, str | None], path: Path) -> dict[str, str]:
    """Send a document beside each entry that may have one; return the ids of those, by their names in paths."""
    path.write_bytes(_DOCUMENT)
    found = {}
    for kind in (each.name for each in kinds.KINDS.values() if each.has_document):
        send_document(ctx, **system, kind=kind, source_id=_SENT, path=path, name=None)
        shown = sending.show_entry(ctx, organisation_code=system["organisation_code"], kind=kind, source_id=_SENT)
        found[f"{kind}_id"] = shown["id"]
    return found


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
        ("GET", "/school/v1/releases/{code}"): Example(),
        ("PUT", "/school/v1/releases/{code}"): Example(body={"is_published": False}, **own),
        ("GET", "/school/v1/ministerial-sessions/{session}"): Example(**own),
        ("PUT", "/school/v1/ministerial-sessions/{session}"): Example(body={"released_on": "2026-02-02"}, **own),
        **{key: each for kind in kinds.KINDS.values() for key, each in _of_kind(kind).items()},
        **{key: each for kind in kinds.KINDS.values() if kind.has_document for key, each in _of_document(kind).items()},
    }


def _examples_of_support(child_id: str) -> dict[tuple[str, str], Example]:
    path = "/school/v1/support-requests"
    return {
        ("POST", "/api/v1/support-requests"): Example(rest=form(pictures.PNG, child_id=child_id)),
        ("GET", path): Example(elsewhere=200),
        ("GET", f"{path}/{{request_id}}/screenshot"): Example(),
        ("POST", f"{path}/{{request_id}}/handling"): Example(),
    }


def _of_kind(kind: kinds.Kind) -> dict[tuple[str, str], Example]:
    line = orjson.dumps(entries.sent(kind.name, source_id="envoi-2")) + b"\n"
    path = f"/school/v1/{kind.path}"
    return {
        ("POST", path): Example(rest={"data": line, "content_type": "application/x-ndjson"}, elsewhere=200),
        ("PUT", f"{path}/{{source_id}}"): Example(body=entries.sent(kind.name), elsewhere=201),
        ("GET", f"{path}/{{source_id}}"): Example(),
        ("GET", f"{path}/{{source_id}}/revisions"): Example(),
        ("PUT", f"{path}/{{source_id}}/publication"): Example(body={}),
        ("DELETE", f"{path}/{{source_id}}/publication"): Example(),
    }


def _of_document(kind: kinds.Kind) -> dict[tuple[str, str], Example]:
    path = f"/school/v1/{kind.path}/{{source_id}}/document"
    return {
        ("GET", f"{_CHILD}/{kind.path}/{{{kind.name}_id}}/document"): Example(),
        ("GET", path): Example(),
        ("PUT", path): Example(rest={"data": _DOCUMENT, "content_type": "application/pdf"}),
        ("DELETE", path): Example(),
    }
