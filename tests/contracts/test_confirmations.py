"""An account of another system, from its import to the child that it sees: identity and enrollment over their events."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import argon2
import pytest
from sqlalchemy import select

from services.enrollment.context import Context
from services.enrollment.models import Organisation
from services.enrollment.operations import children, claims, confirmations, old_links
from services.identity import consumers, operations
from shared import handling, outbox, topics
from tests.identity import world
from tests.identity.world import Identity
from tests.support import enrollment
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.enrollment import Pupil, Registry

EMAIL = "ancien@exemple.ca"
ELSEWHERE = argon2.PasswordHasher(memory_cost=16, time_cost=1, parallelism=1).hash(world.GOOD)
KNOWN = topics.load().event_types(consumers.TOPICS)


@pytest.fixture
def identity(databases: Databases, clock: FakeClock) -> Iterator[Identity]:
    opened = world.open_identity(databases.create(world.prepare), clock=clock)
    yield opened
    opened.ctx.db.close()


@pytest.fixture
def ctx(databases: Databases, clock: FakeClock) -> Iterator[Context]:
    opened = Context.open(enrollment.make_settings(databases.create(enrollment.migrate)), clock=clock)
    yield opened
    opened.db.close()


def hear(identity: Identity, ctx: Context) -> None:
    """Give identity everything that enrollment has said, as it comes off a log."""
    with ctx.db.read() as session:
        waiting = outbox.list_unpublished(session, limit=100)
    said = [each.event for each in waiting if each.event.topic in consumers.TOPICS]
    for event in said:
        handling.handle(event, handlers=consumers.handlers(identity.ctx), known_types=KNOWN)


def sign_in(identity: Identity) -> Any:
    return identity.sign_in(EMAIL).account


def claim(ctx: Context, pupil: Pupil, account: Any) -> None:
    claims.claim_child(ctx, account_id=account.id, email=account.email, address="192.0.2.1", **pupil.claim)


def statuses(ctx: Context, account: Any) -> list[str]:
    return [child["status"] for child in children.list_children(ctx, account_id=account.id, email=account.email)]


@pytest.fixture
def pupil(ctx: Context, identity: Identity) -> Pupil:
    """A child of somebody whose account was made in another system, in the summer of 2017."""
    operations.import_accounts(
        identity.ctx, ["email,created_on,password_hash\n", f'{EMAIL},2017-08-01,"{ELSEWHERE}"\n']
    )
    return Registry(ctx).make_student(guardian=EMAIL)


@pytest.mark.requirement("ID-32", "CHD-16")
def test_an_imported_account_sees_its_child_once_it_has_claimed_it(
    identity: Identity, ctx: Context, pupil: Pupil
) -> None:
    account = sign_in(identity)
    assert account.must_confirm_children
    assert statuses(ctx, account) == []
    claim(ctx, pupil, account)
    hear(identity, ctx)
    assert not sign_in(identity).must_confirm_children
    assert statuses(ctx, account) == ["active"]


@pytest.mark.requirement("ID-32", "CHD-16")
def test_a_link_that_is_proven_again_ends_what_identity_asked_for(
    identity: Identity, ctx: Context, pupil: Pupil, clock: FakeClock
) -> None:
    account = sign_in(identity)
    claim(ctx, pupil, account)
    clock.advance(timedelta(days=1))
    with ctx.db.read() as session:
        [code] = session.scalars(select(Organisation.code))
    confirmations.require_confirmation(ctx, organisation_codes=[code], before=date(2026, 1, 16))
    confirmations.tell(ctx)
    assert statuses(ctx, account) == ["to_confirm"]
    claim(ctx, pupil, account)
    with ctx.db.read() as session:
        said = [each.event for each in outbox.list_unpublished(session, limit=100)]
    [confirmed] = [event for event in said if event.type == consumers.LINK_CONFIRMED]
    assert sign_in(identity).must_confirm_children
    assert handling.handle(confirmed, handlers=consumers.handlers(identity.ctx), known_types=KNOWN)
    assert not sign_in(identity).must_confirm_children
    assert [letter["kind"] for letter in identity.letters()] == ["child_confirmed"]


@pytest.mark.requirement("ID-32", "CHD-16")
def test_links_that_came_with_their_accounts_are_confirmed_one_by_one(
    identity: Identity, ctx: Context, pupil: Pupil
) -> None:
    registry = Registry(ctx)
    code = "899000"
    organisation_id = registry.make_organisation(code=code)
    confirmations.require_confirmation(ctx, organisation_codes=[code], before=date(2017, 9, 6))
    two = [registry.make_student(guardian=EMAIL, source_id=f"e-{n}", organisation_id=organisation_id) for n in (1, 2)]
    noted: dict[str, str] = {}
    operations.import_accounts(identity.ctx, ["email,created_on\n", f"{EMAIL},2017-08-01\n"], note=noted.__setitem__)
    head = "account_id,organisation_code,student_source_id,linked_on\n"
    taken = old_links.import_links(ctx, [head, *(f"{noted[EMAIL]},{code},e-{n},2016-09-01\n" for n in (1, 2))])
    account = sign_in(identity)
    assert (taken.taken, account.id) == (2, noted[EMAIL])
    assert (account.must_confirm_children, statuses(ctx, account)) == (True, ["to_confirm", "to_confirm"])
    claim(ctx, two[0], account)
    hear(identity, ctx)
    assert not sign_in(identity).must_confirm_children
    assert sorted(statuses(ctx, account)) == ["active", "to_confirm"]
    claim(ctx, two[1], account)
    assert statuses(ctx, account) == ["active", "active"]
