"""What an organisation's own system sees and changes of its subscribers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import select

from services.enrollment import events
from services.enrollment.context import Context
from services.enrollment.errors import DomainNotOnBoard
from services.enrollment.models import Subscriber
from services.enrollment.operations import subscribers
from services.enrollment.operations.subscribers import LEAD
from shared import outbox, topics
from shared.access import NoAccess
from shared.embedded_log import EmbeddedLog
from shared.exporting import exportable
from shared.messages import Outside
from tests.support.clock import FakeClock
from tests.support.enrollment import Registry, SchoolSystem

LISTED = exportable.load()
LINKED, UNLINKED = events.CHILD_LINKED.type, "ca.vitrail.enrollment.child-unlinked.v1"
PATH = "/subscriptions"
PURPOSE = "Préparer les trajets d’autobus."
GRANTED = {LINKED: ["child_id", "linked_at"]}


@pytest.fixture
def log(tmp_path: Path, clock: FakeClock) -> EmbeddedLog:
    return EmbeddedLog(str(tmp_path / "log.db"), catalogue=topics.load(), clock=clock)


@pytest.fixture
def add(ctx: Context, registry: Registry, log: EmbeddedLog) -> Callable[..., None]:
    """Take subscribers on board, as an operator does."""
    for code in ("712000", "822000"):
        registry.make_organisation(code=code)

    def take_on_board(name: str = "transport", organisation_code: str = "712000") -> None:
        subscribers.add_subscriber(
            ctx,
            name=name,
            organisation_code=organisation_code,
            fields_by_type=GRANTED,
            purpose=PURPOSE,
            broker=log,
            access=NoAccess(),
            progress=lambda *_: None,
        )

    return take_on_board


@pytest.fixture
def school(make_school_system: Callable[..., SchoolSystem]) -> SchoolSystem:
    return make_school_system("712000", "subscriptions.read", "subscriptions.write")


def wish(name: str = "transport", *types: dict[str, Any], **overrides: Any) -> dict[str, Any]:
    return {"name": name, "purpose": PURPOSE, "types": list(types) or [{"type": LINKED}], **overrides}


def put(school: SchoolSystem, *wishes: dict[str, Any]) -> Any:
    return school.put(PATH, {"subscriptions": list(wishes)})


def told(ctx: Context) -> list[Any]:
    table = outbox.outbox
    about = select(table).where(table.c.type == events.SUBSCRIPTION_CHANGED.type).order_by(table.c.position)
    with ctx.db.read() as session:
        return list(session.execute(about))


def stored(ctx: Context, name: str = "transport") -> Any:
    with ctx.db.read() as session:
        return session.execute(select(*Subscriber.__table__.c).where(Subscriber.name == name)).one()


@pytest.mark.requirement("EVT-3")
def test_a_system_sees_the_subscribers_of_its_own_organisation(
    add: Callable[..., None], school: SchoolSystem, clock: FakeClock
) -> None:
    add("transport")
    add("daycare", "822000")
    answer = school.get(PATH)
    begins = (clock.now() + LEAD).isoformat()

    assert answer.status_code == 200
    assert answer.json == [
        {
            "name": "transport",
            "state": "active",
            "purpose": PURPOSE,
            "types": [{"type": LINKED, "fields": ["child_id", "linked_at"]}],
            "topics": ["org.712000.enrollment.transport.v1"],
            "started_at": begins,
            "granted_at": begins,
            "ended_at": None,
        }
    ]
    assert answer.headers["X-Pagination"].startswith('{"total": 1,')


@pytest.mark.requirement("EVT-3")
def test_a_system_changes_types_fields_and_purpose_and_it_is_told(
    ctx: Context, add: Callable[..., None], school: SchoolSystem, clock: FakeClock
) -> None:
    add()
    before = len(told(ctx))
    clock.advance(timedelta(days=1))
    answer = put(
        school,
        wish("transport", {"type": UNLINKED}, {"type": LINKED, "fields": ["child_id"]}, purpose="Autre finalité."),
    )

    assert answer.status_code == 200, answer.json
    [changed] = answer.json
    assert changed["types"] == [
        {"type": LINKED, "fields": ["child_id"]},
        {"type": UNLINKED, "fields": list(LISTED[UNLINKED].outside)},
    ]
    assert (changed["purpose"], changed["granted_at"]) == ("Autre finalité.", (clock.now() + LEAD).isoformat())
    assert len(told(ctx)) == before + 1
    row = stored(ctx)
    assert row.fields_by_type == {each["type"]: each["fields"] for each in changed["types"]}
    # Who could read what, until when, and what for: nothing of it is forgotten.
    assert [(each["purpose"], each["fields_by_type"]) for each in row.earlier_grants] == [(PURPOSE, GRANTED)]
    assert school.get(PATH).json == answer.json


def test_the_same_again_changes_nothing_and_tells_nothing(
    ctx: Context, add: Callable[..., None], school: SchoolSystem
) -> None:
    add()
    first = put(school, wish()).json
    before = len(told(ctx)), stored(ctx)
    assert put(school, wish()).json == first
    assert (len(told(ctx)), stored(ctx)) == before


def test_whoever_is_not_named_stays_as_it_is(ctx: Context, add: Callable[..., None], school: SchoolSystem) -> None:
    add("transport")
    add("other")
    assert [each["name"] for each in put(school, wish("transport")).json] == ["transport"]
    assert stored(ctx, "other").fields_by_type == GRANTED


@pytest.mark.requirement("EVT-3")
@pytest.mark.parametrize("name", ["daycare", "nobody", "gone"])
def test_another_organisation_s_subscriber_is_none(
    ctx: Context, add: Callable[..., None], school: SchoolSystem, log: EmbeddedLog, name: str
) -> None:
    add("transport")
    add("gone")
    add("daycare", "822000")
    subscribers.remove_subscriber(
        ctx, name="gone", keeps_topics=True, broker=log, access=NoAccess(), progress=lambda *_: None
    )
    answer = put(school, wish("transport"), wish(name))

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    # All of it or nothing.
    assert stored(ctx).fields_by_type == stored(ctx, "daycare").fields_by_type == GRANTED


@pytest.mark.requirement("EVT-1", "EVT-3")
@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"type": "ca.vitrail.identity.account-created.v1"}, "type_not_exportable"),
        ({"type": LINKED, "fields": ["child_id", "email"]}, "field_not_exportable"),
        ({"type": LINKED, "fields": ["organisation_id"]}, "field_not_exportable"),
    ],
)
def test_what_may_not_leave_is_refused(
    ctx: Context, add: Callable[..., None], school: SchoolSystem, asked: dict[str, Any], code: str
) -> None:
    add()
    answer = put(school, wish("transport", {"type": UNLINKED}, asked))

    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert stored(ctx).fields_by_type == GRANTED


def test_a_domain_without_a_topic_is_for_the_operator(ctx: Context, add: Callable[..., None]) -> None:
    add()
    elsewhere = exportable.Exportable(
        type="ca.vitrail.records.read.v1", outside={"read_at": Outside.AS_IS}, sample={"read_at": ""}
    )
    asked = subscribers.Grant(name="transport", purpose=PURPOSE, wishes=[subscribers.Wish(type=elsewhere.type)])
    with pytest.raises(DomainNotOnBoard) as refused:
        subscribers.change_subscriptions(
            ctx,
            organisation_code="712000",
            client_id="c",
            grants=[asked],
            exportable={**LISTED, elsewhere.type: elsewhere},
        )
    assert refused.value.facts["domains"] == "records"
    assert stored(ctx).fields_by_type == GRANTED


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/subscriptions"),
        ({"subscriptions": []}, "#/subscriptions"),
        ({"subscriptions": [wish(purpose="")]}, "#/subscriptions/0/purpose"),
        ({"subscriptions": [wish(purpose="   ")]}, "#/subscriptions/0/purpose"),
        ({"subscriptions": [wish(purpose=None)]}, "#/subscriptions/0/purpose"),
        ({"subscriptions": [wish(types=[])]}, "#/subscriptions/0/types"),
        ({"subscriptions": [wish(types=[{"fields": ["child_id"]}])]}, "#/subscriptions/0/types/0/type"),
        ({"subscriptions": [wish(credentials="x")]}, "#/subscriptions/0/credentials"),
        ({"subscriptions": [wish(), wish()]}, "#/subscriptions"),
    ],
)
def test_what_cannot_be_read_says_where(
    add: Callable[..., None], school: SchoolSystem, body: dict[str, Any], pointer: str
) -> None:
    add()
    answer = school.put(PATH, body)
    assert (answer.status_code, [each["pointer"] for each in answer.json["errors"]]) == (422, [pointer])


@pytest.mark.parametrize(
    ("scope", "statuses"), [("subscriptions.read", (200, 403)), ("subscriptions.write", (403, 200))]
)
def test_reading_and_changing_are_two_scopes(
    add: Callable[..., None], make_school_system: Callable[..., SchoolSystem], scope: str, statuses: tuple[int, int]
) -> None:
    add()
    school = make_school_system("712000", scope)
    assert (school.get(PATH).status_code, put(school, wish()).status_code) == statuses


def test_an_organisation_that_nobody_knows_has_no_subscribers(
    add: Callable[..., None], make_school_system: Callable[..., SchoolSystem]
) -> None:
    add()
    stranger = make_school_system("999999", "subscriptions.read", "subscriptions.write")
    assert stranger.get(PATH).json == []
    assert put(stranger, wish()).status_code == 404


@pytest.mark.slow
def test_changes_at_once_are_told_in_the_order_in_which_they_are_written(
    ctx: Context, add: Callable[..., None], school: SchoolSystem
) -> None:
    add("transport")
    add("other")
    sets = [["child_id"], ["child_id", "linked_at"], ["linked_at"], ["account_id"]] * 5
    asked = [[wish(name, {"type": LINKED, "fields": each}) for name in ("transport", "other")] for each in sets]
    # Half of them name the two in the other order: nobody waits for somebody who waits for them.
    asked = asked[::2] + [wishes[::-1] for wishes in asked[1::2]]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda wishes: put(school, *wishes), asked))

    assert {answer.status_code for answer in answers} == {200}
    for name in ("transport", "other"):
        row = stored(ctx, name)
        last = [each for each in told(ctx) if each.subject == row.id][-1]
        told_last = [field for each in orjson.loads(last.data)["types"] for field in each["fields"]]
        assert sorted(told_last) == sorted(row.fields_by_type[LINKED])
        assert row.earlier_grants[0]["fields_by_type"] == GRANTED


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
whole = st.integers(min_value=-(2**63), max_value=2**63)
anything = texts | whole | st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)
fields = st.just([]) | st.just(["child_id"]) | st.lists(texts, max_size=2) | anything
granted_types = st.fixed_dictionaries(
    {"type": st.sampled_from([LINKED, UNLINKED]) | texts}, optional={"fields": fields}
)
some_types = st.lists(granted_types, min_size=1, max_size=2)
wishes = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["transport", "daycare"]) | texts,
        "purpose": st.just(PURPOSE) | anything,
        "types": st.just([{"type": LINKED}]) | some_types | anything,
    },
    optional={"x": anything},
)
bodies = st.fixed_dictionaries({"subscriptions": st.lists(wishes, min_size=1, max_size=2) | anything}) | anything


@pytest.mark.slow
@pytest.mark.requirement("ACC-14")
def test_no_body_makes_a_fault(add: Callable[..., None], school: SchoolSystem) -> None:
    add()
    statuses = set()

    @settings(max_examples=300, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(body=bodies)
    def send(body: Any) -> None:
        answer = school.put(PATH, body)
        statuses.add(answer.status_code)
        assert answer.status_code < 500, body
        assert answer.status_code == 200 or answer.mimetype == "application/problem+json"

    send()
    assert {200, 422} <= statuses
