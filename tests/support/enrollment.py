"""Enrollment for tests: a migrated database, a context with a clock that tests move, and builders with valid defaults."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from services.enrollment.app import create_app
from services.enrollment.config import Settings
from services.enrollment.context import Context
from services.enrollment.models import Guardian, Guardianship, Organisation, School, Student
from services.enrollment.operations import pins
from services.enrollment.rules import emails, organisation_names, student_keys
from shared import ids
from shared.passports import HEADER, Passport, PassportOffice
from tests.support import schemas
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.passports import school_passport

PASSPORT_KEY = "passport-key-of-the-tests-0123456789"
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
PARENT = "parent@exemple.ca"


def migrate(url: str) -> None:
    """Bring an empty database to enrollment's newest schema."""
    schemas.migrate(url, service="enrollment")


def make_settings(url: str, **overrides: Any) -> Settings:
    """Return settings for the database at `url`."""
    return Settings(
        **{
            "database_url": url,
            "broker_url": "embedded:///unused",
            "passport_keys": (PASSPORT_KEY,),
            "digest_keys": ("digest-key-of-the-tests-01234567890",),
            "seal_keys": ("seal-key-of-the-tests-0123456789012",),
            "pseudonym_keys": ("pseudonym-key-of-the-tests-012345678",),
            "smtp_url": "smtp://127.0.0.1:1",
            "public_url": "https://portail.example",
            "threads": 16,
            **overrides,
        }
    )


def environment(settings: Settings, folder: Path) -> dict[str, str]:
    """Return the environment in which a command finds the database of `settings`; its event log lies in `folder`."""
    rings = ("passport_keys", "digest_keys", "seal_keys", "pseudonym_keys")
    return {
        "ENROLLMENT_DATABASE_URL": settings.database_url,
        "ENROLLMENT_BROKER_URL": f"embedded:///{folder}/log.db",
        "ENROLLMENT_SMTP_URL": settings.smtp_url,
        "PUBLIC_URL": settings.public_url,
        **{f"ENROLLMENT_{ring.upper()}": ",".join(getattr(settings, ring)) for ring in rings},
    }


@pytest.fixture
def enrollment_url(databases: Databases) -> str:
    """The address of a migrated database: the test runs on SQLite and on PostgreSQL."""
    return databases.create(migrate)


@pytest.fixture
def make_context(enrollment_url: str, clock: FakeClock) -> Iterator[Callable[..., Context]]:
    """Open enrollment's context with settings of the test's choice."""
    opened: list[Context] = []

    def make(**overrides: Any) -> Context:
        opened.append(Context.open(make_settings(enrollment_url, **overrides), clock=clock))
        return opened[-1]

    yield make
    for ctx in opened:
        ctx.db.close()


@pytest.fixture
def ctx(make_context: Callable[..., Context]) -> Context:
    """Enrollment's context with the default limits."""
    return make_context()


@dataclass(frozen=True, kw_only=True)
class Pupil:
    """A student as a test made it, with what a parent would type."""

    id: str
    organisation_id: str
    claim: dict[str, Any]


class Registry:
    """Builders of what the importer would have brought; each makes the next one's default when it is left out."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self._numbers = itertools.count(1)

    def insert(self, model: type, **values: Any) -> None:
        with self.ctx.db.transaction() as session:
            session.execute(insert(model), values)

    def make_organisation(self, **overrides: Any) -> str:
        number = next(self._numbers)
        values = {
            "id": ids.new(),
            "code": f"{700 + number}000",
            "kind": "public",
            "name": f"CSS de la Rive-{number}",
            "former_name": None,
            "network": "francophone",
            "subscribed_at": MOMENT,
            **overrides,
        }
        names = (values["name"], values["former_name"])
        self.insert(
            Organisation,
            **values,
            sort_key=organisation_names.sort_key(*names),
            search_key=organisation_names.search_text(*names),
        )
        return str(values["id"])

    def make_school(self, **overrides: Any) -> str:
        number = next(self._numbers)
        values = {"id": ids.new(), "source_id": f"school-{number}", "name": "École du Phare-Bleu", **overrides}
        values.setdefault("organisation_id", self.make_organisation())
        self.insert(School, **values)
        return str(values["id"])

    def make_student(
        self, *, guardian: str | None = PARENT, permanent_code: str | None = None, **overrides: Any
    ) -> Pupil:
        """Make a student, with a guardian of this e-mail unless it is None."""
        number = next(self._numbers)
        values: dict[str, Any] = {
            "id": ids.new(),
            "source_id": f"student-{number}",
            "given_name": "Éloïse",
            "family_name": "Côté-Gagnon",
            "birth_on": date(2014, 3, 9),
            "file_number": f"{1_000_000 + number}",
            "grade": "05",
            "level": "primary",
            "status": "active",
            "changed_at": MOMENT,
            **overrides,
        }
        values.setdefault("organisation_id", self.make_organisation())
        organisation_id = values["organisation_id"]
        digester = self.ctx.digester
        if permanent_code is not None:
            values["permanent_code_digest"] = digester.digest(
                *student_keys.permanent_code(organisation_id, permanent_code)
            )
            values["permanent_code_sealed"] = b"sealed"
        if values["birth_on"] is not None:
            names = {name: values[name] for name in ("family_name", "given_name", "birth_on")}
            values["identity_digest"] = digester.digest(*student_keys.child_identity(organisation_id, **names))
        self.insert(Student, **values)
        pupil = Pupil(
            id=values["id"],
            organisation_id=organisation_id,
            claim={
                "organisation_id": organisation_id,
                "last_name": values["family_name"],
                "first_name": values["given_name"],
                "birth_on": values["birth_on"],
                "identifier": values["file_number"],
            },
        )
        if guardian is not None:
            self.make_guardian(pupil, email=guardian)
        return pupil

    def make_guardian(self, pupil: Pupil, *, email: str | None = PARENT, **overrides: Any) -> str:
        """Put a guardian with this e-mail on a student's file; `overrides` are the guardianship's."""
        number = next(self._numbers)
        guardian_id = ids.new()
        self.insert(
            Guardian,
            id=guardian_id,
            organisation_id=pupil.organisation_id,
            source_id=f"guardian-{number}",
            given_name="Julie",
            family_name="Côté",
            email=email,
            email_key=emails.key(email) if email is not None else None,
            changed_at=MOMENT,
        )
        values = {"is_principal": False, "rights": None, "restrictions": [], **overrides}
        self.insert(
            Guardianship,
            student_id=pupil.id,
            guardian_id=guardian_id,
            organisation_id=pupil.organisation_id,
            **values,
        )
        return guardian_id

    def code_of(self, organisation_id: str) -> str:
        with self.ctx.db.read() as session:
            return session.scalars(select(Organisation.code).where(Organisation.id == organisation_id)).one()

    def source_id_of(self, model: type[Student] | type[Guardian], row_id: str) -> str:
        with self.ctx.db.read() as session:
            return session.scalars(select(model.source_id).where(model.id == row_id)).one()

    def issue_pin(self, pupil: Pupil, *, guardian_id: str | None = None) -> pins.IssuedPin:
        """Issue a PIN for a student, in a guardian's name unless that is None."""
        return pins.issue_pin(
            self.ctx,
            organisation_code=self.code_of(pupil.organisation_id),
            source_id=self.source_id_of(Student, pupil.id),
            guardian_source_id=None if guardian_id is None else self.source_id_of(Guardian, guardian_id),
            issued_by="school-system-of-the-tests",
        )


@pytest.fixture
def registry(ctx: Context) -> Registry:
    """Builders of organisations, schools, students and guardians."""
    return Registry(ctx)


class Caller:
    """Requests as they come out of the gateway: the test client with a passport."""

    prefix = "/api/v1"

    def __init__(self, ctx: Context, *, passport: Passport) -> None:
        self.app = create_app(ctx.settings, db=ctx.db, clock=ctx.clock)
        self._client = self.app.test_client()
        self.passport = passport

    def call(self, method: str, path: str, *, prefix: str | None = None, **rest: Any) -> Any:
        """Return the answer to one request."""
        signed = PassportOffice("enrollment", (PASSPORT_KEY,)).sign(self.passport)
        headers = {HEADER: signed, **rest.pop("headers", {})}
        path = f"{self.prefix if prefix is None else prefix}{path}"
        return self._client.open(path, method=method, headers=headers, **rest)

    def get(self, path: str, **rest: Any) -> Any:
        return self.call("GET", path, **rest)

    def post(self, path: str, body: Any, **rest: Any) -> Any:
        return self.call("POST", path, json=body, **rest)

    def put(self, path: str, body: Any, **rest: Any) -> Any:
        return self.call("PUT", path, json=body, **rest)

    def delete(self, path: str) -> Any:
        return self.call("DELETE", path)


class Browser(Caller):
    """A parent's requests."""

    def __init__(self, ctx: Context, *, account_id: str | None, email: str | None, address: str = "192.0.2.1") -> None:
        roles = ("parent",) if account_id else ()
        passport = Passport(account_id=account_id, email=email, session_id="s", roles=roles, address=address)
        super().__init__(ctx, passport=passport)


class SchoolSystem(Caller):
    """The requests of an organisation's own system."""

    prefix = "/school/v1"


ACCOUNT = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa"


@pytest.fixture
def make_browser(ctx: Context) -> Callable[..., Browser]:
    """Make a browser that is signed in, as the parent of the tests unless said otherwise."""

    def make(**overrides: Any) -> Browser:
        return Browser(ctx, **{"account_id": ACCOUNT, "email": PARENT, **overrides})

    return make


@pytest.fixture
def browser(make_browser: Callable[..., Browser]) -> Browser:
    """A signed-in parent's browser."""
    return make_browser()


@pytest.fixture
def make_school_system(ctx: Context) -> Callable[..., SchoolSystem]:
    """Make the system of an organisation, by its code, whose token carries these scopes."""

    def make(organisation_code: str, *scopes: str) -> SchoolSystem:
        return SchoolSystem(ctx, passport=school_passport(*scopes, organisation_code=organisation_code))

    return make


def as_json(pupil: Pupil, **overrides: Any) -> dict[str, Any]:
    """Return what a parent's form would send for this student."""
    body = {name: value for name, value in pupil.claim.items() if name != "birth_on"}
    return {**body, "birth_date": pupil.claim["birth_on"].isoformat(), **overrides}
