"""Fixtures of identity's tests: a database of each kind, identity on it, and identity's HTTP door."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.identity.app import create_app
from services.identity.context import Context
from shared.passports import GATEWAY, PARENT, Passport, PassportOffice
from tests.identity import world
from tests.identity.world import HOME, Identity
from tests.support.clock import FakeClock
from tests.support.databases import Databases

ANYBODY = Passport(address=HOME)
AS_GATEWAY = Passport(roles=(GATEWAY,), address="127.0.0.1")


@pytest.fixture
def make_identity(databases: Databases, clock: FakeClock) -> Iterator[Callable[..., Identity]]:
    """Make identity on a new database, with settings of one's own."""
    made: list[Identity] = []

    def make(**overrides: Any) -> Identity:
        made.append(world.open_identity(databases.create(world.prepare), **{"clock": clock} | overrides))
        return made[-1]

    yield make
    for each in made:
        each.ctx.providers.close()
        each.ctx.db.close()


@pytest.fixture
def identity(make_identity: Callable[..., Identity]) -> Identity:
    """Identity with its default settings, on SQLite and on PostgreSQL."""
    return make_identity()


@pytest.fixture
def ctx(identity: Identity) -> Context:
    """The context of `identity`."""
    return identity.ctx


@pytest.fixture
def make_sqlite_identity(sqlite_databases: Any, clock: FakeClock) -> Iterator[Callable[..., Identity]]:
    """The same on SQLite alone, for what has nothing to do with the database."""
    made: list[Identity] = []

    def make(**overrides: Any) -> Identity:
        made.append(world.open_identity(sqlite_databases.create(world.prepare), **{"clock": clock} | overrides))
        return made[-1]

    yield make
    for each in made:
        each.ctx.providers.close()
        each.ctx.db.close()


class Caller:
    """Calls identity over HTTP as the gateway does: with a passport."""

    def __init__(self, identity: Identity) -> None:
        ctx = identity.ctx
        self.identity = identity
        self.app = create_app(
            ctx.settings, database=ctx.db, clock=ctx.clock, passwords=ctx.passwords, providers=ctx.providers
        )
        self._client = self.app.test_client(use_cookies=False)
        self._office = PassportOffice("identity", ctx.settings.passport_keys)

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        passport: Passport | None = ANYBODY,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> Any:
        given = dict(headers or {})
        if passport is not None:
            given["passport"] = self._office.sign(passport)
        if body is not None:
            options["json"] = body
        return self._client.open(path, method=method, headers=given, **options)

    def as_parent(self, token: str) -> Passport:
        """Return the passport that the gateway signs for a session."""
        told = self("POST", "/internal/session-introspections", {"token": token}, passport=AS_GATEWAY).json
        return Passport(
            account_id=told["account_id"],
            email=told["email"],
            session_id=told["session_id"],
            roles=(PARENT,),
            address=HOME,
        )


@pytest.fixture
def call(make_sqlite_identity: Callable[..., Identity]) -> Caller:
    """Identity's HTTP door."""
    return Caller(make_sqlite_identity())


@pytest.fixture
def make_call(make_sqlite_identity: Callable[..., Identity]) -> Callable[..., Caller]:
    """Open identity's HTTP door with settings of one's own."""

    def make(**overrides: Any) -> Caller:
        return Caller(make_sqlite_identity(**overrides))

    return make
