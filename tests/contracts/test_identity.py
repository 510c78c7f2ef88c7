"""What identity and its neighbors say to each other: events, passports, introspections."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime

import pytest

from gateway.school_clients import SchoolClient
from gateway.sessions import Session
from services.attendance import events as attendance_events
from services.enrollment import events as enrollment_events
from services.enrollment.context import Context
from services.enrollment.errors import EmailNotOnFile
from services.enrollment.operations import claims
from services.enrollment.rules import emails as enrollment_emails
from services.identity import consumers, events, operations
from services.identity.rules import emails
from services.identity.schemas import IntrospectionOut, SchoolTokenIntrospectionOut
from shared import handling, inbox, messages, outbox, topics
from shared.messages import Event, EventType
from tests.identity import world
from tests.identity.world import Identity
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.enrollment import Registry, make_settings, migrate

HEARD = {
    consumers.CHILD_LINKED: "child_linked",
    consumers.LINK_CONFIRMED: "child_confirmed",
    consumers.CHILD_UNLINKED: "child_unlinked",
    consumers.GUARDIAN_JOINED: "guardian_joined",
    consumers.NOTICE_SHARED: "notice_shared",
    consumers.MOTIVATION_DUE: "motivation_due",
    consumers.REFUSAL_SHARED: "refusal_shared",
}


@pytest.fixture
def identity(sqlite_databases: Databases, clock: FakeClock) -> Iterator[Identity]:
    opened = world.open_identity(sqlite_databases.create(world.prepare), clock=clock)
    yield opened
    opened.ctx.db.close()


def declared(name: str) -> EventType:
    said = [*vars(enrollment_events).values(), *vars(attendance_events).values()]
    found = [each for each in said if isinstance(each, EventType) and each.type == name]
    assert len(found) == 1
    return found[0]


def as_heard(event_type: EventType, clock: FakeClock, **changed: str) -> Event:
    """Return an event of the producer's sample as it comes off the log."""
    told = event_type.about(key=event_type.key_form.replace("<id>", "1"), data={**event_type.sample, **changed})
    return messages.decode(messages.encode(replace(told, occurred_at=clock.now(), version=1)))


@pytest.mark.parametrize("name", HEARD)
def test_identity_reads_what_others_say_of_children(identity: Identity, clock: FakeClock, name: str) -> None:
    created = identity.make_account()
    event = as_heard(declared(name), clock, account_id=created.account.id)
    consumers.handlers(identity.ctx)[name](event)
    consumers.handlers(identity.ctx)[name](event)
    assert [letter["kind"] for letter in identity.letters()].count(HEARD[name]) == 1
    assert [row.event_id for row in identity.rows(inbox.inbox)] == [event.id]


@pytest.mark.requirement("EN-14", "EN-23")
def test_a_claim_that_healed_is_told_by_one_letter_of_its_own(
    identity: Identity, sqlite_databases: Databases, clock: FakeClock
) -> None:
    created = identity.make_account()
    asker = {"account_id": created.account.id, "email": "parent@exemple.ca", "address": "192.0.2.1"}
    ctx = Context.open(make_settings(sqlite_databases.create(migrate)), clock=clock)
    with closing(ctx.db):
        registry = Registry(ctx)
        pupil = registry.make_student(guardian=None)
        with pytest.raises(EmailNotOnFile):
            claims.claim_child(ctx, **asker, **pupil.claim)
        registry.make_guardian(pupil, email="parent@exemple.ca")
        assert claims.judge_due(ctx).linked == 1
        with ctx.db.read() as session:
            told = [waiting.event for waiting in outbox.list_unpublished(session, limit=10)]
    before = len(identity.letters())
    heard = [messages.decode(messages.encode(event)) for event in told * 2 if event.topic in consumers.TOPICS]
    for event in heard:
        known_types = topics.load().event_types(consumers.TOPICS)
        handling.handle(event, handlers=consumers.handlers(identity.ctx), known_types=known_types)
    letters = identity.letters()[before:]
    assert [(letter["kind"], letter["to"]) for letter in letters] == [("waiting_child_linked", "parent@exemple.ca")]
    [letter] = letters
    said = letter["subject"] + letter["text"] + letter["html"]
    secrets = [pupil.claim["last_name"], pupil.claim["first_name"], pupil.claim["identifier"], pupil.id]
    assert [word for word in secrets if word in said] == []


def test_identity_listens_where_enrollment_speaks() -> None:
    catalogue = topics.load()
    assert {declared(name).topic for name in HEARD} == set(consumers.TOPICS)
    assert set(HEARD) <= catalogue.event_types(consumers.TOPICS)


def test_what_identity_tells_is_what_it_declared(identity: Identity, clock: FakeClock) -> None:
    created = identity.make_account()
    clock.advance(world.RESEND)
    identity.reset(identity.ticket(purpose="password_reset"))
    opened = identity.sign_in(password=world.OTHER)
    identity.change_password(opened, world.GOOD, current=world.OTHER)
    identity.change_email(opened, identity.ticket("nouveau@exemple.ca", "email_confirmation"))
    operations.delete_account(identity.ctx, **identity.own(opened))
    with identity.ctx.db.read() as session:
        told = [waiting.event for waiting in outbox.list_unpublished(session, limit=10)]
    assert [event.type for event in told] == [each.type for each in events.ALL]
    for event, event_type in zip(told, events.ALL, strict=True):
        assert set(event.data) == set(event_type.sample)
        assert (event.key, event.subject) == (f"account:{created.account.id}", created.account.id)
        assert messages.decode(messages.encode(event)).data == event.data


def test_the_gateway_reads_what_an_introspection_answers(identity: Identity) -> None:
    created = identity.make_account()
    live = identity.introspect(created.session.token)
    answer = IntrospectionOut().dump(
        {
            "session_id": live.session_id,
            "account_id": live.account.id,
            "email": live.account.email,
            "roles": ["parent"],
            "csrf_token": live.csrf_token,
            "expires_at": live.expires_at,
        }
    )
    read = Session.read(answer)
    assert (read.session_id, read.email, read.roles) == (live.session_id, "parent@exemple.ca", ("parent",))
    assert read.expires_at == live.expires_at
    assert isinstance(read.expires_at, datetime)


def test_the_gateway_reads_what_a_school_s_introspection_answers(identity: Identity) -> None:
    client = identity.add_client()
    live = operations.introspect_token(identity.ctx, token=identity.give_token(client).token)
    read = SchoolClient.read(SchoolTokenIntrospectionOut().dump(live))
    assert (read.client_id, read.organisation_code) == (client.client_id, "712000")
    assert (read.scopes, read.expires_at) == (("claims.read", "registry.write"), live.expires_at)


@pytest.mark.requirement("ID-27", "ACC-9")
@pytest.mark.parametrize(
    "typed",
    [
        "Parent@Exemple.CA",
        "jean.tremblay@x.qc.ca",
        "hélène@x.ca",
        "HE\u0301LE\u0300NE@x.ca",
        "parent@ÉCOLE.ca",
        "o'brien@x.ca",
    ],
)
def test_the_proven_address_is_compared_alike_on_both_sides(typed: str) -> None:
    proven = emails.read(typed).address
    # What the account's passport says meets what the school wrote, in whatever capitals and form it did.
    assert enrollment_emails.key(proven) == enrollment_emails.key(typed) == emails.read(typed).key
