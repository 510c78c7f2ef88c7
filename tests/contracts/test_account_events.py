"""What identity says of an account and what enrollment does about it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from services.enrollment import consumers as heard
from services.enrollment.context import Context
from services.enrollment.models import Link
from services.enrollment.operations import claims
from services.identity import events as said
from shared import handling, ids, inbox, messages, topics
from shared.handling import Dead
from shared.messages import Event
from tests.support import enrollment
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.enrollment import ACCOUNT, PARENT, Registry

KNOWN = topics.load().event_types(heard.TOPICS)


@pytest.fixture
def ctx(sqlite_databases: Databases, clock: FakeClock) -> Iterator[Context]:
    opened = Context.open(enrollment.make_settings(sqlite_databases.create(enrollment.migrate)), clock=clock)
    yield opened
    opened.db.close()


def received(event: Event, clock: FakeClock) -> Event:
    """Return the event as it comes out of a log."""
    return messages.decode(messages.encode(replace(event, occurred_at=clock.now(), version=1)))


def ends(ctx: Context) -> list[str | None]:
    with ctx.db.read() as session:
        return list(session.scalars(select(Link.end_reason)))


@pytest.mark.requirement("ACC-12", "EVT-4")
def test_enrollment_ends_the_links_of_an_account_that_identity_says_is_deleted(ctx: Context, clock: FakeClock) -> None:
    pupil = Registry(ctx).make_student()
    claims.claim_child(ctx, account_id=ACCOUNT, email=PARENT, address="192.0.2.1", **pupil.claim)
    event = received(said.account_deleted(ACCOUNT, at=clock.now()), clock)
    handlers = heard.handlers(ctx)
    assert ends(ctx) == [None]
    assert handling.handle(event, handlers=handlers, known_types=KNOWN)
    assert handling.handle(event, handlers=handlers, known_types=KNOWN)
    assert ends(ctx) == ["account_deleted"]
    with ctx.db.read() as session:
        assert session.scalars(select(inbox.inbox.c.event_id)).all() == [event.id]


def test_enrollment_passes_over_what_else_identity_says_of_accounts(ctx: Context, clock: FakeClock) -> None:
    others = [said.account_created, said.password_reset, said.password_changed]
    handled = [
        handling.handle(received(say(ACCOUNT, at=clock.now()), clock), handlers=heard.handlers(ctx), known_types=KNOWN)
        for say in others
    ]
    assert handled == [False] * 3


@pytest.mark.requirement("CHD-12")
def test_enrollment_suspends_the_links_of_an_account_that_identity_says_has_another_email(
    ctx: Context, clock: FakeClock
) -> None:
    pupil = Registry(ctx).make_student()
    claims.claim_child(ctx, account_id=ACCOUNT, email=PARENT, address="192.0.2.1", **pupil.claim)
    event = received(said.email_changed(ACCOUNT, at=clock.now()), clock)
    assert handling.handle(event, handlers=heard.handlers(ctx), known_types=KNOWN)
    with ctx.db.read() as session:
        assert session.scalars(select(Link.suspension)).all() == ["email_changed"]


@pytest.mark.requirement("EVT-4")
def test_enrollment_puts_aside_an_end_that_does_not_say_whose(ctx: Context, clock: FakeClock) -> None:
    event = received(said.account_deleted(ids.new(), at=clock.now()), clock)
    with pytest.raises(Dead):
        handling.handle(replace(event, data={}), handlers=heard.handlers(ctx), known_types=KNOWN)


def test_enrollment_listens_where_identity_speaks() -> None:
    assert (said.ACCOUNT_DELETED.type, said.EMAIL_CHANGED.type) == (heard.ACCOUNT_DELETED, heard.EMAIL_CHANGED)
    assert {said.ACCOUNT_DELETED.topic, said.EMAIL_CHANGED.topic} <= set(heard.TOPICS)
    assert {heard.ACCOUNT_DELETED, heard.EMAIL_CHANGED} <= KNOWN
