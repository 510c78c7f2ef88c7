"""Records for tests: a migrated database, guardianships as enrollment tells them, and callers of both sides."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

import flask
import pytest

from services.enrollment import events as enrollment
from services.records import consumers
from services.records.app import create_app
from services.records.config import Settings
from services.records.context import Context
from shared import handling, ids, messages
from shared.messages import Event
from shared.passports import Passport
from tests.support import schemas
from tests.support.callers import PASSPORT_KEY, Caller, parent_passport
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.passports import ORGANISATION_CODE, school_passport

ACCOUNT = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa"
OTHER_ACCOUNT = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9bb"
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def migrate(url: str) -> None:
    """Bring an empty database to records' newest schema."""
    schemas.migrate(url, service="records")


def make_settings(url: str, **overrides: Any) -> Settings:
    """Return settings for the database at `url`."""
    return Settings(
        **{
            "database_url": url,
            "broker_url": "embedded:///unused",
            "passport_keys": (PASSPORT_KEY,),
            "seal_keys": ("seal-key-of-the-tests-0123456789012",),
            "pseudonym_keys": ("pseudonym-key-of-the-tests-012345678",),
            "signing_keys": ("signing-key-of-the-tests-0123456789012",),
            "smtp_url": "smtp://127.0.0.1:1",
            "public_url": "https://portail.exemple.ca",
            # Nobody writes there: tests that keep documents say where.
            "documents_url": "file:///dev/null/documents",
            "threads": 16,
            **overrides,
        }
    )


@pytest.fixture
def records_url(databases: Databases) -> str:
    """The address of a migrated database: the test runs on SQLite and on PostgreSQL."""
    return databases.create(migrate)


@pytest.fixture
def make_context(records_url: str, folder_store_url: str, clock: FakeClock) -> Iterator[Callable[..., Context]]:
    """Open records' context with settings of the test's choice; documents are kept in a folder of the test's own."""
    opened: list[Context] = []

    def make(**overrides: Any) -> Context:
        given = {"documents_url": folder_store_url} | overrides
        opened.append(Context.open(make_settings(records_url, **given), clock=clock))
        return opened[-1]

    yield make
    for ctx in opened:
        ctx.db.close()


@pytest.fixture
def ctx(make_context: Callable[..., Context]) -> Context:
    """Attendance's context with the default limits."""
    return make_context()


@dataclass(frozen=True, kw_only=True)
class Child:
    """A child as enrollment tells it."""

    id: str
    organisation_id: str
    student_source_id: str
    school_source_id: str | None = "ecole-1"
    level: str | None = "secondary"
    grade: str | None = "10"


class Enrollment:
    """Says what enrollment says, and lets records hear it as its consumer does."""

    def __init__(self, ctx: Context) -> None:
        self._handlers = consumers.handlers(ctx)
        self._versions: dict[str, int] = {}
        self._numbers = itertools.count(1)

    def make_organisation(self, code: str = ORGANISATION_CODE) -> str:
        """Make an organisation that takes part."""
        organisation_id = ids.new()
        self.say(enrollment.organisation_subscribed(organisation_id=organisation_id, code=code, at=MOMENT))
        return organisation_id

    def make_child(self, organisation_id: str, **overrides: Any) -> Child:
        """Make a child that nobody has claimed."""
        number = next(self._numbers)
        facts = {"id": ids.new(), "organisation_id": organisation_id, "student_source_id": f"eleve-{number}"}
        return Child(**(facts | overrides))

    def link(self, child: Child, *, account_id: str = ACCOUNT, rights: tuple[str, ...] = ("view_file",)) -> Event:
        """Say that an account holds a child, with these rights."""
        return self.say(
            enrollment.guardianship_changed(
                student_id=child.id,
                account_id=account_id,
                organisation_id=child.organisation_id,
                student_source_id=child.student_source_id,
                school_source_id=child.school_source_id,
                level=child.level,
                grade=child.grade,
                rights=rights,
                linked_at=MOMENT,
            )
        )

    def unlink(self, child: Child, *, account_id: str = ACCOUNT) -> Event:
        """Say that an account is nothing to a child any more."""
        return self.say(
            enrollment.guardianship_ended(
                student_id=child.id, account_id=account_id, organisation_id=child.organisation_id
            )
        )

    def say(self, event: Event) -> Event:
        """Say an event under the next version of its key, as the log brings it; return it as it was heard."""
        version = self._versions[event.key] = self._versions.get(event.key, 0) + 1
        told = messages.decode(messages.encode(replace(event, occurred_at=MOMENT, version=version)))
        self.hear(told)
        return told

    def hear(self, event: Event) -> None:
        """Hear an event, again perhaps."""
        assert handling.handle(event, handlers=self._handlers, known_types=())


@pytest.fixture
def told(ctx: Context) -> Enrollment:
    """What enrollment says."""
    return Enrollment(ctx)


@pytest.fixture
def organisation_id(told: Enrollment) -> str:
    """The organisation of the tests, which takes part."""
    return told.make_organisation()


@pytest.fixture
def child(told: Enrollment, organisation_id: str) -> Child:
    """A child that the account of the tests holds, with every right."""
    made = told.make_child(organisation_id)
    told.link(made)
    return made


# An application documents some hundred calls as it is made: callers of one context share one.
_apps: WeakKeyDictionary[Context, flask.Flask] = WeakKeyDictionary()


def _app_of(ctx: Context) -> flask.Flask:
    if ctx not in _apps:
        _apps[ctx] = create_app(ctx.settings, db=ctx.db, clock=ctx.clock)
    return _apps[ctx]


class Browser(Caller):
    """A parent's requests."""

    def __init__(self, ctx: Context, *, account_id: str | None = ACCOUNT) -> None:
        super().__init__(_app_of(ctx), service="records", passport=parent_passport(account_id))


class SchoolSystem(Caller):
    """The requests of an organisation's own system."""

    prefix = "/school/v1"

    def __init__(self, ctx: Context, *, passport: Passport) -> None:
        super().__init__(_app_of(ctx), service="records", passport=passport)


@pytest.fixture
def make_browser(ctx: Context) -> Callable[..., Browser]:
    """Make a browser that is signed in, as the parent of the tests unless said otherwise."""
    return lambda **overrides: Browser(ctx, **overrides)


@pytest.fixture
def browser(make_browser: Callable[..., Browser]) -> Browser:
    """A signed-in parent's browser."""
    return make_browser()


@pytest.fixture
def make_school_system(ctx: Context) -> Callable[..., SchoolSystem]:
    """Make the system of an organisation, by its code, whose token carries these scopes."""

    def make(*scopes: str, organisation_code: str = ORGANISATION_CODE) -> SchoolSystem:
        return SchoolSystem(ctx, passport=school_passport(*scopes, organisation_code=organisation_code))

    return make
