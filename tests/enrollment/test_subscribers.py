"""Onboarding, new passwords and off-boarding: what stands in the database, on the log, and in the subscriber's hands."""

import itertools
import json
import stat
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.enrollment import events
from services.enrollment.context import Context
from services.enrollment.errors import (
    EventLogAway,
    EventLogRefuses,
    FieldNotExportable,
    OrganisationUnknown,
    PurposeMissing,
    SubscriberNameMalformed,
    SubscriberNameTaken,
    SubscriberUnknown,
    TypeNotExportable,
)
from services.enrollment.operations import subscribers
from services.enrollment.operations.subscribers import LEAD, Boarding, Wish
from services.enrollment.rules import subscriber_names
from shared import outbox, topics
from shared.access import AccessRefused
from shared.broker import Broker, BrokerUnavailable
from shared.embedded_log import EmbeddedLog
from shared.exporting import exportable
from shared.messages import Event
from tests.support.clock import FakeClock
from tests.support.enrollment import Registry

LISTED = exportable.load()
LINKED = events.CHILD_LINKED.type
TOPIC = "org.712000.enrollment.transport.v1"
PURPOSE = "Préparer les trajets d’autobus."


class Rights:
    """The rights of a log, as they were given and taken, and as many failures first as a test wants."""

    is_enforced = True

    def __init__(self) -> None:
        self.granted: dict[str, tuple[set[str], str]] = {}
        self.passwords: dict[str, str] = {}
        self.failures: list[Exception] = []

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop()

    def grant(self, *, principal: str, topics: Collection[str], group_prefix: str) -> None:
        self._fail()
        self.granted[principal] = (set(topics), group_prefix)

    def renew_password(self, *, principal: str) -> str:
        self.passwords[principal] = f"password-{len(self.passwords)}-{principal}"
        return self.passwords[principal]

    def revoke(self, *, principal: str) -> None:
        self._fail()
        self.granted.pop(principal, None)
        self.passwords.pop(principal, None)

    def connection(self, *, principal: str, password: str | None, servers: str | None) -> Mapping[str, Any]:
        return {"bootstrap_servers": servers, "sasl_plain_username": principal, "sasl_plain_password": password}

    def close(self) -> None: ...


@pytest.fixture
def rights() -> Rights:
    return Rights()


@pytest.fixture
def log(tmp_path: Path, clock: FakeClock) -> EmbeddedLog:
    return EmbeddedLog(str(tmp_path / "log.db"), catalogue=topics.load(), clock=clock)


@pytest.fixture
def add(ctx: Context, registry: Registry, log: Broker, rights: Rights) -> Callable[..., Boarding]:
    registry.make_organisation(code="712000")

    def take_on_board(name: str = "transport", **overrides: Any) -> Boarding:
        facts = {
            "organisation_code": "712000",
            "fields_by_type": {LINKED: ["child_id", "linked_at"]},
            "purpose": PURPOSE,
            "broker": log,
            "access": rights,
            "progress": no_progress,
            **overrides,
        }
        return subscribers.add_subscriber(ctx, name=name, **facts)

    return take_on_board


@pytest.fixture
def remove(ctx: Context, log: Broker, rights: Rights) -> Callable[..., Boarding]:
    def take_off_board(name: str = "transport", *, keeps_topics: bool = False) -> Boarding:
        return subscribers.remove_subscriber(
            ctx, name=name, keeps_topics=keeps_topics, broker=log, access=rights, progress=no_progress
        )

    return take_off_board


def no_progress(step: str, done: int, total: int) -> None:
    """Show nothing."""


def told(ctx: Context) -> list[Event]:
    with ctx.db.read() as session:
        return [each.event for each in outbox.list_unpublished(session, limit=100)]


# What is chosen


def test_choose_takes_every_type_and_field_of_a_domain() -> None:
    chosen = subscribers.choose(LISTED, domains=["enrollment"], wishes=[])
    ours = {name: list(each.outside) for name, each in sorted(LISTED.items()) if each.domain == "enrollment"}
    assert chosen == ours
    assert len(ours) < len(LISTED)


def test_choose_takes_the_fields_that_are_wished_in_the_order_of_the_list() -> None:
    wish = Wish(type="enrollment.child-linked.v1", fields=["linked_at", "child_id"])
    assert subscribers.choose(LISTED, domains=["enrollment"], wishes=[wish]) == {LINKED: ["child_id", "linked_at"]}


def test_choose_puts_wishes_for_one_type_together() -> None:
    wishes = [Wish(type=LINKED, fields=["linked_at"]), Wish(type="enrollment.child-linked.v1", fields=["child_id"])]
    assert subscribers.choose(LISTED, domains=[], wishes=wishes) == {LINKED: ["child_id", "linked_at"]}


def test_choose_takes_all_that_may_leave_of_a_type_without_fields() -> None:
    assert subscribers.choose(LISTED, domains=[], wishes=[Wish(type=LINKED)]) == {LINKED: list(LISTED[LINKED].outside)}


@pytest.mark.requirement("EVT-1")
@pytest.mark.parametrize("field", ["link_id", "organisation_id", "email", ""])
def test_choose_refuses_a_field_that_may_not_leave(field: str) -> None:
    with pytest.raises(FieldNotExportable) as refused:
        subscribers.choose(LISTED, domains=[], wishes=[Wish(type=LINKED, fields=["child_id", field])])
    assert refused.value.facts["fields"] == field
    assert "child_id" in refused.value.facts["known"]


@pytest.mark.parametrize(
    ("domains", "types"),
    [
        ([], []),
        (["identity"], []),
        (["nowhere"], []),
        ([], ["ca.vitrail.identity.account-created.v1"]),
        ([], ["enrollment.guardianship-changed.v1"]),
        ([], ["enrollment.subscription-changed.v1"]),
    ],
)
def test_choose_refuses_what_may_not_leave(domains: list[str], types: list[str]) -> None:
    with pytest.raises(TypeNotExportable) as refused:
        subscribers.choose(LISTED, domains=domains, wishes=[Wish(type=each) for each in types])
    assert "enrollment" in refused.value.facts["known"]


@pytest.mark.parametrize("name", ["ab", "transport-scolaire", "a1", "a" * 31])
def test_a_subscribers_name_may_be(name: str) -> None:
    assert subscriber_names.is_well_formed(name)
    assert topics.outside_name(code="712000", domain="enrollment", subscriber=name)


@pytest.mark.parametrize(
    "name", ["", "a", "1a", "-a", "a-", "A1", "é1", "a.b", "a_b", "a b", "a" * 32, "ab\n", "a٣", "*", "a/b"]
)
def test_a_subscribers_name_may_not_be(name: str) -> None:
    assert not subscriber_names.is_well_formed(name)


@pytest.mark.requirement("EVT-3")
def test_one_subscribers_groups_are_not_anothers() -> None:
    assert not subscriber_names.group_prefix("ab").startswith(subscriber_names.group_prefix("a"))


# Onboarding


@pytest.mark.requirement("EVT-3")
def test_add_subscriber_makes_topic_rights_and_password_and_tells_it(
    ctx: Context, add: Callable[..., Boarding], log: Broker, rights: Rights
) -> None:
    boarding = add()
    assert boarding.is_new
    assert boarding.password == rights.passwords["sub-transport"]
    assert rights.granted == {"sub-transport": ({TOPIC}, "sub-transport.")}
    assert log.missing_topics([TOPIC]) == []
    (event,) = told(ctx)
    assert (event.type, event.topic) == (events.SUBSCRIPTION_CHANGED.type, events.SUBSCRIPTIONS_TOPIC)
    assert event.data is not None
    assert event.data["types"] == [{"type": LINKED, "fields": ["child_id", "linked_at"]}]
    assert event.data["organisation_code"] == "712000"
    assert event.data["root_key_id"] == ctx.root_keys.newest_id
    assert event.data["started_at"] == (ctx.clock.now() + LEAD).isoformat()
    assert [row.state for row in subscribers.list_subscribers(ctx)] == ["active"]


@pytest.mark.requirement("EVT-7", "KEY-4")
def test_add_subscriber_says_neither_password_nor_purpose(
    ctx: Context, add: Callable[..., Boarding], capsys: pytest.CaptureFixture[str]
) -> None:
    boarding = add()
    said = repr(told(ctx)) + "".join(capsys.readouterr())
    assert boarding.password is not None
    assert boarding.password not in said
    assert PURPOSE not in said
    assert boarding.password not in repr(subscribers.list_subscribers(ctx))


def test_add_subscriber_twice_mends_and_keeps_the_password(
    ctx: Context, add: Callable[..., Boarding], log: Broker, rights: Rights
) -> None:
    password = add().password
    log.delete_topics([TOPIC])
    rights.granted.clear()
    again = add()
    assert (again.is_new, again.password) == (False, None)
    assert rights.passwords == {"sub-transport": password}
    assert rights.granted == {"sub-transport": ({TOPIC}, "sub-transport.")}
    assert log.missing_topics([TOPIC]) == []
    assert len(told(ctx)) == 1


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        (BrokerUnavailable("away"), EventLogAway),
        (AccessRefused("too weak"), EventLogRefuses),
    ],
)
def test_add_subscriber_that_broke_off_is_completed_by_a_repeat(
    ctx: Context, add: Callable[..., Boarding], rights: Rights, fault: Exception, refusal: type[Exception]
) -> None:
    rights.failures = [fault]
    with pytest.raises(refusal):
        add()
    assert told(ctx) == []
    assert [row.state for row in subscribers.list_subscribers(ctx)] == ["preparing"]
    assert add().is_new
    assert len(told(ctx)) == 1
    assert [row.state for row in subscribers.list_subscribers(ctx)] == ["active"]


@pytest.mark.parametrize(
    "other",
    [
        {"purpose": "Autre chose."},
        {"fields_by_type": {LINKED: ["child_id"]}},
        {"fields_by_type": {events.STUDENT_CHANGED.type: ["student_id"]}},
        {"organisation_code": "841000"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_add_subscriber_refuses_a_name_that_means_something_else(
    add: Callable[..., Boarding], registry: Registry, other: dict[str, Any]
) -> None:
    registry.make_organisation(code="841000")
    add()
    with pytest.raises(SubscriberNameTaken):
        add(**other)


@pytest.mark.requirement("EVT-3")
def test_add_subscriber_never_gives_a_name_again(add: Callable[..., Boarding], remove: Callable[..., Boarding]) -> None:
    add()
    remove()
    with pytest.raises(SubscriberNameTaken):
        add()


@pytest.mark.parametrize(
    ("overrides", "refusal"),
    [
        ({"name": "Transport"}, SubscriberNameMalformed),
        ({"purpose": " \t"}, PurposeMissing),
        ({"organisation_code": "000000"}, OrganisationUnknown),
    ],
)
def test_add_subscriber_refuses_before_it_makes_anything(
    ctx: Context, add: Callable[..., Boarding], rights: Rights, overrides: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        add(**overrides)
    assert subscribers.list_subscribers(ctx) == []
    assert rights.granted == {}


def test_two_subscribers_have_names_of_their_own_for_one_child(ctx: Context, add: Callable[..., Boarding]) -> None:
    samples = [_sample(ctx, add(name)) for name in ("transport", "cafeteria")]
    children = {sample["value"]["child_id"] for sample in samples}
    assert len(children) == 2
    assert LISTED[LINKED].sample["child_id"] not in children


def _sample(ctx: Context, boarding: Boarding) -> dict[str, Any]:
    files = subscribers.documents(ctx, boarding, exportable=LISTED, connection={})
    sample: dict[str, Any] = json.loads(files["sample-enrollment.child-linked.v1.json"])
    return sample


# New password, off-boarding


def test_rotate_password_replaces_it_and_tells_nobody(
    ctx: Context, add: Callable[..., Boarding], rights: Rights
) -> None:
    add()
    rights.passwords["sub-transport"] = "stolen"
    boarding = subscribers.rotate_password(ctx, name="transport", access=rights)
    assert boarding.password == rights.passwords["sub-transport"] != "stolen"
    assert len(told(ctx)) == 1


@pytest.mark.requirement("EVT-3")
def test_remove_subscriber_takes_rights_password_and_topics_and_tells_the_end(
    ctx: Context, add: Callable[..., Boarding], remove: Callable[..., Boarding], log: Broker, rights: Rights
) -> None:
    add()
    remove()
    assert (rights.granted, rights.passwords) == ({}, {})
    assert log.missing_topics([TOPIC]) == [TOPIC]
    begun, ended = told(ctx)
    assert (ended.type, ended.key, ended.data) == (begun.type, begun.key, None)
    assert [row.state for row in subscribers.list_subscribers(ctx)] == ["ended"]
    with pytest.raises(SubscriberUnknown):
        subscribers.rotate_password(ctx, name="transport", access=rights)


def test_remove_subscriber_keeps_topics_that_are_to_be_kept(
    add: Callable[..., Boarding], remove: Callable[..., Boarding], log: Broker, rights: Rights
) -> None:
    add()
    remove(keeps_topics=True)
    assert log.missing_topics([TOPIC]) == []
    assert rights.granted == {}


def test_remove_subscriber_that_broke_off_is_completed_by_a_repeat(
    ctx: Context, add: Callable[..., Boarding], remove: Callable[..., Boarding], rights: Rights
) -> None:
    add()
    rights.failures = [BrokerUnavailable("away")]
    with pytest.raises(EventLogAway):
        remove()
    assert [row.state for row in subscribers.list_subscribers(ctx)] == ["active"]
    remove()
    remove()
    assert len(told(ctx)) == 2


def test_remove_subscriber_forgets_one_that_never_began(
    ctx: Context, add: Callable[..., Boarding], remove: Callable[..., Boarding], rights: Rights
) -> None:
    rights.failures = [BrokerUnavailable("away")]
    with pytest.raises(EventLogAway):
        add()
    remove()
    assert told(ctx) == []
    assert subscribers.list_subscribers(ctx) == []
    assert add(purpose="Autre chose.").is_new


def test_remove_subscriber_of_one_that_never_began_can_be_repeated_until_its_topics_are_gone(
    ctx: Context, add: Callable[..., Boarding], rights: Rights, log: EmbeddedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    rights.failures = [BrokerUnavailable("away")]
    with pytest.raises(EventLogAway):
        add()
    with monkeypatch.context() as patched:
        patched.setattr(log, "delete_topics", _away)
        with pytest.raises(EventLogAway):
            _remove(ctx, log, rights)
    assert [row.state for row in subscribers.list_subscribers(ctx)] == ["preparing"]
    _remove(ctx, log, rights)
    assert log.missing_topics([TOPIC]) == [TOPIC]
    assert subscribers.list_subscribers(ctx) == []


def _away(_names: Collection[str]) -> None:
    raise BrokerUnavailable("away")


def _remove(ctx: Context, log: Broker, rights: Rights) -> None:
    subscribers.remove_subscriber(
        ctx, name="transport", keeps_topics=False, broker=log, access=rights, progress=no_progress
    )


def test_remove_subscriber_does_not_know_everybody(remove: Callable[..., Boarding]) -> None:
    with pytest.raises(SubscriberUnknown):
        remove("nobody")


# Changes


@pytest.fixture
def change(ctx: Context, log: Broker, rights: Rights) -> Callable[..., Boarding]:
    def change_what_it_reads(name: str = "transport", **facts: Any) -> Boarding:
        asked = {"fields_by_type": None, "purpose": None, "broker": log, "access": rights, "progress": no_progress}
        return subscribers.change_subscriber(ctx, name=name, **(asked | facts))

    return change_what_it_reads


def types_of(event: Event) -> list[dict[str, Any]]:
    assert event.data is not None
    types: list[dict[str, Any]] = event.data["types"]
    return types


@pytest.mark.requirement("EVT-1")
def test_change_subscriber_adds_fields_from_now_on_and_takes_others_at_once(
    ctx: Context, add: Callable[..., Boarding], change: Callable[..., Boarding], clock: FakeClock, rights: Rights
) -> None:
    password = add().password
    clock.advance(timedelta(days=30))
    change(fields_by_type={LINKED: ["child_id", "rights"]})
    begun, changed = told(ctx)
    later = (clock.now() + LEAD).isoformat()
    assert types_of(changed) == [
        {"type": LINKED, "fields": ["child_id"]},
        {"type": LINKED, "fields": ["rights"], "started_at": later},
    ]
    assert begun.data is not None
    assert changed.data == begun.data | {"types": types_of(changed)}
    assert (changed.key, changed.version) == (begun.key, (begun.version or 0) + 1)
    assert rights.passwords == {"sub-transport": password}


def test_change_subscriber_gives_back_what_was_taken_from_then_on_only(
    ctx: Context, add: Callable[..., Boarding], change: Callable[..., Boarding], clock: FakeClock
) -> None:
    add()
    change(fields_by_type={LINKED: ["child_id"]})
    clock.advance(timedelta(days=1))
    change(fields_by_type={LINKED: ["child_id", "linked_at"]})
    assert types_of(told(ctx)[-1]) == [
        {"type": LINKED, "fields": ["child_id"]},
        {"type": LINKED, "fields": ["linked_at"], "started_at": (clock.now() + LEAD).isoformat()},
    ]


def test_change_subscriber_of_the_purpose_alone_tells_nobody_and_remembers_the_old_one(
    ctx: Context, add: Callable[..., Boarding], change: Callable[..., Boarding], clock: FakeClock
) -> None:
    add()
    change(purpose=" Autre chose. ")
    assert len(told(ctx)) == 1
    (row,) = subscribers.list_subscribers(ctx)
    assert (row.purpose, row.fields_by_type) == ("Autre chose.", {LINKED: ["child_id", "linked_at"]})
    assert row.earlier_grants == [
        {"purpose": PURPOSE, "fields_by_type": row.fields_by_type, "started_at": (clock.now() + LEAD).isoformat()}
    ]


def test_change_subscriber_to_what_it_has_mends_and_tells_nothing(
    ctx: Context, add: Callable[..., Boarding], change: Callable[..., Boarding], log: Broker, rights: Rights
) -> None:
    add()
    log.delete_topics([TOPIC])
    rights.granted.clear()
    change(fields_by_type={LINKED: ["child_id", "linked_at"]}, purpose=PURPOSE)
    assert len(told(ctx)) == 1
    assert log.missing_topics([TOPIC]) == []
    assert rights.granted == {"sub-transport": ({TOPIC}, "sub-transport.")}
    assert [row.earlier_grants for row in subscribers.list_subscribers(ctx)] == [[]]


@pytest.mark.requirement("EVT-3")
def test_change_subscriber_to_another_domain_closes_the_old_topic_and_its_end_takes_both(
    add: Callable[..., Boarding],
    change: Callable[..., Boarding],
    remove: Callable[..., Boarding],
    log: Broker,
    rights: Rights,
) -> None:
    other = "org.712000.identity.transport.v1"
    add()
    change(fields_by_type={"ca.vitrail.identity.account-created.v1": ["account_id"]})
    assert rights.granted == {"sub-transport": ({other}, "sub-transport.")}
    assert log.missing_topics([TOPIC, other]) == []
    remove()
    assert sorted(log.missing_topics([TOPIC, other])) == sorted([TOPIC, other])


def test_change_subscriber_that_broke_off_is_completed_by_a_repeat(
    ctx: Context, add: Callable[..., Boarding], change: Callable[..., Boarding], rights: Rights
) -> None:
    add()
    rights.failures = [BrokerUnavailable("away")]
    with pytest.raises(EventLogAway):
        change(fields_by_type={LINKED: ["child_id"]})
    assert len(told(ctx)) == 1
    change(fields_by_type={LINKED: ["child_id"]})
    assert types_of(told(ctx)[-1]) == [{"type": LINKED, "fields": ["child_id"]}]


def test_change_subscriber_refuses_whom_it_does_not_know_and_a_purpose_that_says_nothing(
    add: Callable[..., Boarding], change: Callable[..., Boarding], remove: Callable[..., Boarding], rights: Rights
) -> None:
    add()
    with pytest.raises(PurposeMissing):
        change(purpose=" ")
    remove()
    with pytest.raises(SubscriberUnknown):
        change(purpose="Autre chose.")
    assert rights.granted == {}


@pytest.mark.parametrize("round_number", range(3))
def test_racing_changes_forget_none_and_are_told_in_their_order(
    ctx: Context, add: Callable[..., Boarding], change: Callable[..., Boarding], round_number: int
) -> None:
    # Granted everything at first, which nobody wishes for: a wish for what is granted already would be no change.
    add(fields_by_type={LINKED: list(LISTED[LINKED].outside)})
    wishes = [list(each) for count in (1, 2) for each in itertools.combinations(LISTED[LINKED].outside, count)][:8]
    with ThreadPoolExecutor(len(wishes)) as threads:
        list(threads.map(lambda fields: change(fields_by_type={LINKED: fields}), wishes))
    (row,) = subscribers.list_subscribers(ctx)
    granted = [each["fields_by_type"][LINKED] for each in [*row.earlier_grants, {"fields_by_type": row.fields_by_type}]]
    assert sorted(granted[1:]) == sorted(wishes)
    read = [{field for each in types_of(event) for field in each["fields"]} for event in told(ctx)]
    assert read == [set(fields) for fields in granted]


# Off board meanwhile


class RightsMeanwhile(Rights):
    """Rights that something else happens beside: once, when they are given."""

    def __init__(self, meanwhile: Callable[[], Any]) -> None:
        super().__init__()
        self._meanwhile = [meanwhile]

    def grant(self, *, principal: str, topics: Collection[str], group_prefix: str) -> None:
        self._let_it_happen()
        super().grant(principal=principal, topics=topics, group_prefix=group_prefix)

    def renew_password(self, *, principal: str) -> str:
        self._let_it_happen()
        return super().renew_password(principal=principal)

    def _let_it_happen(self) -> None:
        while self._meanwhile:
            self._meanwhile.pop()()


@pytest.mark.requirement("EVT-3")
@pytest.mark.parametrize("doing", ["add", "change", "rotate"])
def test_one_who_was_taken_off_board_meanwhile_keeps_no_rights(
    ctx: Context,
    add: Callable[..., Boarding],
    change: Callable[..., Boarding],
    remove: Callable[..., Boarding],
    doing: str,
) -> None:
    add()
    racing = RightsMeanwhile(remove)
    commands: dict[str, Callable[[], Any]] = {
        "add": lambda: add(access=racing),
        "change": lambda: change(fields_by_type={LINKED: ["child_id"]}, access=racing),
        "rotate": lambda: subscribers.rotate_password(ctx, name="transport", access=racing),
    }
    with pytest.raises(SubscriberUnknown):
        commands[doing]()
    assert (racing.granted, racing.passwords) == ({}, {})
    assert [row.state for row in subscribers.list_subscribers(ctx)] == ["ended"]


def test_of_two_commands_that_take_one_on_board_only_the_first_hands_a_password_over(
    ctx: Context, add: Callable[..., Boarding]
) -> None:
    racing = RightsMeanwhile(add)
    second = add(access=racing)
    assert (second.is_new, second.password) == (False, None)
    assert len(told(ctx)) == 1


def test_one_who_was_forgotten_while_it_came_keeps_no_rights(
    ctx: Context, add: Callable[..., Boarding], remove: Callable[..., Boarding]
) -> None:
    racing = RightsMeanwhile(remove)
    with pytest.raises(SubscriberUnknown):
        add(access=racing)
    assert (racing.granted, racing.passwords) == ({}, {})
    assert told(ctx) == []


# What is handed over


def test_documents_hold_what_a_client_needs(ctx: Context, add: Callable[..., Boarding], rights: Rights) -> None:
    boarding = add()
    connection = rights.connection(principal=boarding.principal, password=boarding.password, servers="kafka:9094")
    files = subscribers.documents(ctx, boarding, exportable=LISTED, connection=connection)
    assert json.loads(files["connection.json"]) == {
        "topics": [TOPIC],
        "group_id": "sub-transport.main",
        "bootstrap_servers": "kafka:9094",
        "sasl_plain_username": "sub-transport",
        "sasl_plain_password": boarding.password,
    }
    assert set(files) == {"connection.json", "sample-enrollment.child-linked.v1.json", "README.md"}
    assert TOPIC in files["README.md"]
    assert boarding.password not in files["README.md"]


@pytest.mark.requirement("KEY-4")
def test_write_lets_nobody_else_read(tmp_path: Path) -> None:
    folder = tmp_path / "handed" / "over"
    (path,) = subscribers.write(folder, {"connection.json": "secret"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    path.chmod(0o644)
    subscribers.write(folder, {"connection.json": "another"})
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("another", 0o600)


def test_documents_bring_the_authority_that_the_client_must_believe(
    ctx: Context, add: Callable[..., Boarding], tmp_path: Path
) -> None:
    authority = tmp_path / "authority.pem"
    authority.write_text("-----BEGIN CERTIFICATE-----\n")
    files = subscribers.documents(ctx, add(), exportable=LISTED, connection={"ssl_cafile": str(authority)})
    assert json.loads(files["connection.json"])["ssl_cafile"] == "authority.pem"
    assert files["authority.pem"] == authority.read_text()
