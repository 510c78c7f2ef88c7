"""Who may reach what: every operation of the joined OpenAPI document, and a small world behind each service to try them in.

A service joins `tests/contracts/test_matrix.py` by a line in its `WORLDS`. Its world makes one child, everybody who must not
reach it, and an example of each of its operations: what stands in the path, and what is sent. An operation without an
example fails the tests, so that no endpoint is added beside them.
"""

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, Self

import flask
import orjson
from sqlalchemy import MetaData, Table, delete, select, update

from gateway import documents
from gateway.routes import Routes
from services.enrollment.app import create_app as create_enrollment
from services.enrollment.context import Context
from services.enrollment.models import Announcement, Dispute, Guardian, Link, RegistryImport, RejectedClaim
from services.enrollment.models.subscribers import Subscriber
from services.enrollment.operations import campaigns, children, claims, confirmations, disputes, pins
from shared import ids
from shared.database import Database
from shared.passports import HEADER, Passport, PassportOffice
from tests.support import enrollment, registries
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.enrollment import Registry
from tests.support.passports import school_passport

METHODS: Final = ("get", "post", "put", "patch", "delete")
EVERY_SCOPE: Final = tuple(
    f"{area}.{power}"
    for area in ("registry", "claims", "pins", "campaigns", "attendance", "records", "subscriptions")
    for power in ("read", "write")
)

# Everybody who must not reach the child, and what they are told.
REFUSED: Final = {
    "a parent of another child": 404,
    "a parent of another organisation": 404,
    "a suspended parent": 404,
    "a parent who has yet to confirm": 404,
    "a disputed parent": 404,
    "a parent who let go": 404,
    "the school's own system": 403,
    "another school's system": 403,
    "nobody": 401,
}
PARENT: Final = "the parent"
# Whoever holds the child, however closed its file is to them: they may let go of it.
HOLDERS: Final = ("a suspended parent", "a parent who has yet to confirm", "a disputed parent")
LETTING_GO: Final = ("DELETE", "/api/v1/children/{child_id}")
# An event that subscribers may read.
LINKED: Final = "ca.vitrail.enrollment.child-linked.v1"
# That of a letter, read to the school over the telephone.
REFERENCE: Final = "K7M2Q9X4TZ"
# That of a refused claim.
SUPPORT_REFERENCE: Final = "R7M2Q9X4TZ"


@dataclass(frozen=True)
class Operation:
    """One method of one path, as the joined document has it."""

    service: str
    method: str
    path: str
    # Whether a parent calls it about a child: by the path, or by what is sent.
    is_about_a_child: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def names(self) -> list[str]:
        """The names in its path."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    @property
    def is_a_schools(self) -> bool:
        """Whether a school's system calls it."""
        return self.path.startswith("/school/v1/")


@dataclass(frozen=True, kw_only=True)
class Example:
    """What is sent to an operation so that whoever may call it is answered."""

    # A string `{child_id}` stands for the value of that name.
    body: Any = None
    # Whatever else the test client is to send: a query, headers, an upload.
    rest: Mapping[str, Any] = field(default_factory=dict)
    # What another organisation's system gets for the same. Not 404: a list of its own things, or something of its own by
    # the same word.
    elsewhere: int = 404


@dataclass(kw_only=True)
class World:
    """A service with a child in it, and everybody who asks."""

    app: flask.Flask
    database: Database
    office: PassportOffice
    organisation_id: str
    persons: Mapping[str, Passport]
    # What the names in the paths stand for, as far as the child and its organisation go.
    values: Mapping[str, str]
    examples: Mapping[tuple[str, str], Example]
    # What nobody else may read in any answer.
    secrets: tuple[str, ...] = ()
    opened: ExitStack = field(default_factory=ExitStack)
    _tables: list[Table] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_fault: object) -> None:
        self.opened.close()

    def call(self, operation: Operation, person: str, **values: str) -> Any:
        """Return what the service answers a person; `values` stand in the path instead of the world's own."""
        path = operation.path.format(**{name: {**self.values, **values}[name] for name in operation.names})
        example = self.examples[operation.method, operation.path]
        signed = self.office.sign(self.persons[person])
        body: dict[str, Any] = (
            {} if example.body is None else {"json": _filled(example.body, {**self.values, **values})}
        )
        headers = {HEADER: signed, **example.rest.get("headers", {})}
        rest = {name: value for name, value in example.rest.items() if name != "headers"}
        return self.app.test_client().open(path, method=operation.method, headers=headers, **body, **rest)

    def rows(self) -> dict[str, list[Any]]:
        """Return everything that the database holds of the child's organisation, to be compared with later."""
        with self.database.engine.connect() as connection:
            if not self._tables:
                metadata = MetaData()
                metadata.reflect(connection)
                self._tables = [each for each in metadata.sorted_tables if "organisation_id" in each.columns]
            return {
                table.name: sorted(
                    map(repr, connection.execute(select(table).where(table.c.organisation_id == self.organisation_id)))
                )
                for table in self._tables
            }


# By service: what makes its application for the document alone, and what opens its world.
Worlds = Mapping[str, tuple[Callable[[], flask.Flask], Callable[[Databases, FakeClock], World]]]


def _filled(body: Any, values: Mapping[str, str]) -> Any:
    if isinstance(body, dict):
        return {name: _filled(entry, values) for name, entry in body.items()}
    if isinstance(body, list):
        return [_filled(entry, values) for entry in body]
    return values.get(body[1:-1], body) if isinstance(body, str) and body.startswith("{") else body


def joined(worlds: Worlds) -> dict[str, Any]:
    """Return the document that the gateway joins of all services' own."""
    parts = {name: _document(create) for name, (create, _) in worlds.items()}
    return documents.join(parts, routes=Routes(), public_url="https://portail.example.ca")


def _document(create: Callable[[], flask.Flask]) -> dict[str, Any]:
    app = create()
    document: dict[str, Any] = orjson.loads(app.test_client().get("/openapi.json").data)
    app.extensions["context"].db.close()
    return document


def operations(worlds: Worlds) -> list[Operation]:
    """Return every operation of the joined document, with the service that answers it."""
    routes, document = Routes(), joined(worlds)
    found = []
    for path, item in document["paths"].items():
        route = routes.find_path(tuple(path[1:].split("/")))
        assert route is not None
        for method in METHODS:
            if method in item:
                is_about_a_child = path.startswith("/api/v1/") and _names_a_child(item[method], path, document)
                found.append(Operation(route.service, method.upper(), path, is_about_a_child))
    return found


def _names_a_child(operation: dict[str, Any], path: str, document: dict[str, Any]) -> bool:
    content = operation.get("requestBody", {}).get("content", {})
    sent = {name for each in content.values() for name in _properties(each.get("schema", {}), document)}
    return "{child_id}" in path or not sent.isdisjoint({"child_id", "child_ids"})


def _properties(schema: dict[str, Any], document: dict[str, Any]) -> set[str]:
    reference = schema.get("$ref")
    if reference is not None:
        schema = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
    return set(schema.get("properties", {}))


def without_chance(answer: Any) -> Any:
    """Return the body of a refusal without what differs from one request to the next."""
    return {name: value for name, value in orjson.loads(answer.data).items() if name != "request_id"}


# Enrollment


PEOPLE: Final = {
    PARENT: "parent@exemple.ca",
    "a parent of another child": "voisine@exemple.ca",
    "a parent of another organisation": "ailleurs@exemple.ca",
    "a suspended parent": "ancien-courriel@exemple.ca",
    "a parent who has yet to confirm": "de-longue-date@exemple.ca",
    "a disputed parent": "conteste@exemple.ca",
    "a parent who let go": "parti@exemple.ca",
    # Whose link the parent may dispute.
    "a newcomer": "nouveau@exemple.ca",
}


def parents() -> dict[str, Passport]:
    """Return a passport for each person who has an account."""
    return {
        name: Passport(account_id=ids.new(), email=email, session_id=ids.new(), roles=("parent",), address="192.0.2.1")
        for name, email in PEOPLE.items()
    }


def everybody(people: Mapping[str, Passport], *, own_code: str, other_code: str) -> dict[str, Passport]:
    """Return the parents and all others who ask."""
    return {
        **people,
        "the school's own system": school_passport(*EVERY_SCOPE, organisation_code=own_code, client_id="own"),
        "another school's system": school_passport(*EVERY_SCOPE, organisation_code=other_code, client_id="other"),
        "the school's system without a scope": school_passport(organisation_code=own_code, client_id="poor"),
        "nobody": Passport(address="192.0.2.1"),
    }


def enrollment_app() -> flask.Flask:
    """Return enrollment's application without a database worth the name."""
    return create_enrollment(enrollment.make_settings("sqlite://"))


def open_enrollment(databases: Databases, clock: FakeClock) -> World:
    """Make a child of two organisations' world whom nearly everybody has tried to hold."""
    settings = enrollment.make_settings(databases.create(enrollment.migrate))
    ctx = Context.open(settings, clock=clock)
    registry = Registry(ctx)
    organisation_id = registry.make_organisation(code="712000", name="CSS des Phares")
    elsewhere_id = registry.make_organisation(code="799000", name="CSS d’ailleurs")
    child = registry.make_student(organisation_id=organisation_id, guardian=None, source_id="eleve-1")
    sibling = registry.make_student(organisation_id=organisation_id, guardian=None, given_name="Voisin")
    stranger = registry.make_student(organisation_id=elsewhere_id, guardian=None, source_id="eleve-2")
    held = {
        "a parent of another child": sibling,
        "a parent of another organisation": stranger,
    }
    people = parents()
    # On the child's own file but for those two, so that nothing but what became of their links keeps them out.
    for name, passport in people.items():
        registry.make_guardian(held.get(name, child), email=passport.email, is_principal=name == PARENT)

    def claim(name: str) -> None:
        passport = people[name]
        pupil = held.get(name, child)
        assert passport.account_id is not None
        assert passport.email is not None
        claims.claim_child(
            ctx, account_id=passport.account_id, email=passport.email, address="192.0.2.1", **pupil.claim
        )
        clock.advance(timedelta(minutes=1))

    claim("a parent who has yet to confirm")
    clock.advance(timedelta(days=2))
    confirmations.require_confirmation(
        ctx, organisation_codes=["712000"], before=(clock.now() - timedelta(days=1)).date()
    )
    confirmations.tell(ctx)
    for name in [each for each in people if each != "a parent who has yet to confirm"]:
        claim(name)
    with ctx.db.transaction() as session:
        links = {row.account_id: row.id for row in session.execute(select(Link.account_id, Link.id))}
        session.execute(
            update(Guardian)
            .where(Guardian.email_key == PEOPLE["a suspended parent"])
            .values(email="autre@exemple.ca", email_key="autre@exemple.ca")
        )
    suspended, disputed, gone = (
        people[name] for name in ("a suspended parent", "a disputed parent", "a parent who let go")
    )
    assert suspended.account_id is not None
    assert gone.account_id is not None
    children.list_children(ctx, account_id=suspended.account_id, email=str(suspended.email))
    children.unlink_child(ctx, account_id=gone.account_id, child_id=child.id)
    parent = people[PARENT]
    disputes.dispute_link(
        ctx,
        account_id=str(parent.account_id),
        email=str(parent.email),
        child_id=child.id,
        link_id=links[str(disputed.account_id)],
    )
    newer = links[str(people["a newcomer"].account_id)]
    with ctx.db.transaction() as session:
        # Announced already, by a reference that nobody could know beforehand.
        session.execute(delete(Announcement).where(Announcement.link_id == newer))
    registry.insert(Announcement, reference=REFERENCE, link_id=newer, organisation_id=organisation_id, at=clock.now())
    about = {"organisation_id": organisation_id, "account_id": ids.new(), "student_id": child.id}
    registry.insert(RejectedClaim, reference=SUPPORT_REFERENCE, differing=["email"], at=clock.now(), **about)
    with ctx.db.read() as session:
        dispute_id = session.scalars(select(Dispute.id)).one()
    registry.insert(
        Subscriber,
        id=ids.new(),
        name="transport",
        organisation_id=organisation_id,
        purpose="Préparer les trajets.",
        fields_by_type={LINKED: ["child_id"]},
        earlier_grants=[],
        root_key_id=ctx.root_keys.newest_id,
        created_at=clock.now(),
        started_at=clock.now(),
    )
    campaign = campaigns.add_campaign(
        ctx,
        organisation_code="712000",
        school_year="2026-2027",
        opens_on=date(2026, 1, 12),
        closes_on=date(2026, 2, 6),
    )
    pin = pins.issue_pin(ctx, organisation_code="712000", source_id="eleve-1", issued_by="own")
    import_id = ids.new()
    registry.insert(
        RegistryImport,
        id=import_id,
        organisation_id=organisation_id,
        format="oneroster-1.1",
        mode="bulk",
        started_at=clock.now(),
        finished_at=clock.now(),
        outcome="accepted",
        counts={},
    )
    world = World(
        app=create_enrollment(settings, db=ctx.db, clock=clock),
        database=ctx.db,
        office=PassportOffice("enrollment", settings.passport_keys),
        organisation_id=organisation_id,
        persons=everybody(people, own_code="712000", other_code="799000"),
        values={
            "child_id": child.id,
            "link_id": newer,
            "source_id": "eleve-1",
            "dispute_id": dispute_id,
            "pin_id": pin.id,
            "reference": SUPPORT_REFERENCE,
            "import_id": import_id,
            "campaign_id": campaign["id"],
        },
        examples=_enrollment_examples(),
        secrets=(
            child.id,
            sibling.id,
            organisation_id,
            newer,
            dispute_id,
            pin.id,
            import_id,
            campaign["id"],
            *PEOPLE.values(),
        ),
    )
    world.opened.callback(ctx.db.close)
    return world


def _registry() -> bytes:
    """Return a zip of what changed at the child's board: nothing."""
    with tempfile.TemporaryDirectory() as folder:
        return registries.packed(registries.write(registries.SchoolFile(is_delta=True), Path(folder) / "registry"))


def _enrollment_examples() -> dict[tuple[str, str], Example]:
    on_file = {"family_name": "Gagnon", "given_name": "Lou", "birth_date": "2015-02-03", "guardians": []}
    return {
        ("GET", "/api/v1/children/{child_id}"): Example(),
        LETTING_GO: Example(),
        ("GET", "/api/v1/children/{child_id}/other-guardians"): Example(),
        ("POST", "/api/v1/children/{child_id}/other-guardians/{link_id}/dispute"): Example(),
        ("GET", "/api/v1/children/{child_id}/re-registration"): Example(),
        ("PUT", "/api/v1/children/{child_id}/re-registration"): Example(body={"answer": "returning"}),
        ("GET", "/api/v1/children/{child_id}/access-journal"): Example(),
        ("GET", "/school/v1/campaigns"): Example(elsewhere=200),
        ("POST", "/school/v1/campaigns"): Example(
            body={"school_year": "2026-2027", "opens_on": "2026-03-02", "closes_on": "2026-03-06"}, elsewhere=201
        ),
        ("PATCH", "/school/v1/campaigns/{campaign_id}"): Example(body={"closes_on": "2026-02-13"}),
        ("GET", "/school/v1/campaigns/{campaign_id}/answers"): Example(),
        # It says itself whose registry it is.
        ("POST", "/school/v1/imports"): Example(
            rest={"data": _registry(), "headers": {"Content-Type": "application/zip"}}, elsewhere=409
        ),
        ("GET", "/school/v1/imports"): Example(elsewhere=200),
        ("GET", "/school/v1/imports/{import_id}"): Example(),
        ("GET", "/school/v1/imports/{import_id}/rejections"): Example(),
        ("GET", "/school/v1/students/{source_id}"): Example(),
        ("PUT", "/school/v1/students/{source_id}"): Example(body=on_file, elsewhere=201),
        ("DELETE", "/school/v1/students/{source_id}"): Example(),
        ("GET", "/school/v1/students/{source_id}/pins"): Example(),
        ("POST", "/school/v1/students/{source_id}/pins"): Example(body={}),
        ("DELETE", "/school/v1/students/{source_id}/pins/{pin_id}"): Example(),
        ("GET", "/school/v1/claims"): Example(elsewhere=200),
        ("GET", "/school/v1/subscriptions"): Example(elsewhere=200),
        ("PUT", "/school/v1/subscriptions"): Example(
            body={"subscriptions": [{"name": "transport", "purpose": "Autre.", "types": [{"type": LINKED}]}]}
        ),
        ("GET", "/school/v1/support-references/{reference}"): Example(),
        ("GET", "/school/v1/disputes"): Example(elsewhere=200),
        ("POST", "/school/v1/disputes"): Example(body={"reference": REFERENCE}),
        ("POST", "/school/v1/disputes/{dispute_id}/decision"): Example(body={"decision": "uphold"}),
    }
