"""What attendance hears: doubled, late, from the topic anew, and after its consumer was killed."""

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event as Stop, Thread

import pytest
from sqlalchemy import select

from services.attendance import consumers
from services.attendance.context import Context
from services.attendance.models import GUARDIANSHIPS, Organisation
from services.enrollment import events as enrollment
from shared import consuming, messages, projections
from shared.broker import Broker, open_broker
from shared.clock import SystemClock
from shared.messages import Event, UnreadableMessage
from tests.support.attendance import (
    ACCOUNT,
    MOMENT,
    OTHER_ACCOUNT,
    Browser,
    Child,
    Enrollment,
    SchoolSystem,
    announce,
)
from tests.support.passports import ORGANISATION_CODE

# Long enough for any machine; a test that waits for longer has found something.
PATIENCE_S = 30


def sees(browser: Browser, child: Child) -> int:
    return int(browser.get(f"/children/{child.id}/absences").status_code)


@pytest.mark.requirement("CHD-12", "EVT-4")
def test_a_guardianship_opens_and_closes_the_child_at_once(
    told: Enrollment, browser: Browser, organisation_id: str
) -> None:
    child = told.make_child(organisation_id)
    assert sees(browser, child) == 404
    told.link(child)
    assert sees(browser, child) == 200
    told.unlink(child)
    assert sees(browser, child) == 404
    told.link(child, rights=("view_file",))
    assert sees(browser, child) == 200
    told.link(child, rights=())
    assert sees(browser, child) == 404


@pytest.mark.requirement("EVT-4")
def test_a_guardianship_that_is_heard_twice_or_late_changes_nothing(
    told: Enrollment, browser: Browser, organisation_id: str
) -> None:
    child = told.make_child(organisation_id)
    linked, ended = told.link(child), told.unlink(child)
    for event in (linked, ended, linked):
        told.hear(event)
    assert sees(browser, child) == 404
    again = told.link(child)
    for event in (ended, again, linked):
        told.hear(event)
    assert sees(browser, child) == 200


def test_an_organisation_is_known_by_its_newest_word(ctx: Context, told: Enrollment, organisation_id: str) -> None:
    ended = told.say(
        enrollment.organisation_unsubscribed(organisation_id=organisation_id, code=ORGANISATION_CODE, at=MOMENT)
    )
    returned = told.say(
        enrollment.organisation_subscribed(organisation_id=organisation_id, code=ORGANISATION_CODE, at=MOMENT)
    )
    told.hear(ended)
    with ctx.db.read() as session:
        (kept,) = session.scalars(select(Organisation))
    assert (kept.id, kept.code, kept.is_subscribed, kept.version) == (
        organisation_id,
        ORGANISATION_CODE,
        True,
        returned.version,
    )


@pytest.mark.requirement("CHD-13", "EVT-4")
def test_an_organisation_that_takes_part_no_more_is_shut_out_until_it_does(
    told: Enrollment, make_school_system: Callable[..., SchoolSystem], organisation_id: str
) -> None:
    system = make_school_system("attendance.read")
    named = {"organisation_id": organisation_id, "code": ORGANISATION_CODE, "at": MOMENT}
    statuses = []
    for say in (enrollment.organisation_unsubscribed, enrollment.organisation_subscribed):
        told.say(say(**named))
        statuses.append(system.get("/absence-notices").status_code)
    assert statuses == [409, 200]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_an_organisation_without_a_version_is_unreadable(ctx: Context, organisation_id: str) -> None:
    event = enrollment.organisation_subscribed(organisation_id=organisation_id, code=ORGANISATION_CODE, at=MOMENT)
    with pytest.raises(UnreadableMessage):
        consumers.on_organisation_subscribed(ctx, event)


@pytest.mark.requirement("EVT-4")
def test_a_notice_that_is_open_outlives_its_guardianship_and_shows_to_nobody_else(
    told: Enrollment, make_browser: Callable[..., Browser], child: Child
) -> None:
    browser, other = make_browser(), make_browser(account_id=OTHER_ACCOUNT)
    path = f"/children/{child.id}/absence-notices"
    notice_id = browser.post(path, announce()).json["id"]
    told.unlink(child)
    assert [each.get(path).status_code for each in (browser, other)] == [404, 404]
    assert browser.delete(f"{path}/{notice_id}").status_code == 404
    told.link(child)
    assert [each["id"] for each in browser.get(path).json] == [notice_id]


# --- through a log


@pytest.fixture
def broker(tmp_path: Path) -> Broker:
    """An embedded log of the test's own."""
    return open_broker(f"embedded://{tmp_path / 'log.db'}", clock=SystemClock())


def publish(broker: Broker, *events: Event) -> None:
    with closing(broker.producer()) as producer:
        producer.publish([messages.encode(replace(each, occurred_at=MOMENT)) for each in events])


def state(child: Child, account_id: str, *, version: int) -> Event:
    event = enrollment.guardianship_changed(
        student_id=child.id,
        account_id=account_id,
        organisation_id=child.organisation_id,
        student_source_id=child.student_source_id,
        school_source_id=None,
        rights=("view_file", "report_absences"),
        linked_at=MOMENT,
    )
    return replace(event, version=version)


def end(child: Child, account_id: str, *, version: int) -> Event:
    event = enrollment.guardianship_ended(
        student_id=child.id, account_id=account_id, organisation_id=child.organisation_id
    )
    return replace(event, version=version)


@pytest.mark.requirement("EVT-4", "EVT-5")
def test_our_copy_is_made_anew_from_the_topic_while_it_is_read(
    ctx: Context, told: Enrollment, broker: Broker, browser: Browser, organisation_id: str
) -> None:
    kept, ended, lost = (told.make_child(organisation_id) for _ in range(3))
    publish(broker, state(kept, ACCOUNT, version=1), state(ended, ACCOUNT, version=1), end(ended, ACCOUNT, version=2))
    # What our copy holds by mistake, and what it lacks.
    told.link(lost)
    assert (sees(browser, kept), sees(browser, lost)) == (404, 200)
    seen: list[tuple[int, int]] = []
    done = projections.rebuild(
        database=ctx.db,
        broker=broker,
        projection=GUARDIANSHIPS,
        progress=lambda _done, _total: seen.append((sees(browser, kept), sees(browser, lost))),
    )
    # Readers see the old copy until the new one is whole.
    assert set(seen) == {(404, 200)}
    assert (done.rows, done.events) == (1, 3)
    assert [sees(browser, each) for each in (kept, ended, lost)] == [200, 404, 404]
    broker.close()


@pytest.mark.requirement("EVT-4")
def test_a_consumer_that_was_killed_hears_again_and_doubles_nothing(
    ctx: Context, told: Enrollment, broker: Broker, browser: Browser, organisation_id: str
) -> None:
    children = [told.make_child(organisation_id) for _ in range(5)]
    publish(broker, *(state(each, ACCOUNT, version=1) for each in children))
    handlers = dict(consumers.handlers(ctx))
    apply = handlers[consumers.GUARDIANSHIP_CHANGED]
    applied: list[str] = []

    def until(stop: Stop, count: int, *, dies: bool) -> Callable[[Event], None]:
        def hear(event: Event) -> None:
            apply(event)
            applied.append(event.key)
            if len(applied) >= count:
                stop.set()
                if dies:
                    # Applied, and gone before its offset is committed.
                    raise SystemExit

        return hear

    for count, dies in ((3, True), (8, False)):
        stop = Stop()
        handlers[consumers.GUARDIANSHIP_CHANGED] = until(stop, count, dies=dies)
        consumer = Thread(target=consume, kwargs={"ctx": ctx, "broker": broker, "handlers": handlers, "stop": stop})
        consumer.start()
        consumer.join(PATIENCE_S)
        assert not consumer.is_alive()
    assert len(set(applied)) == 5
    assert len(applied) > 5
    assert [sees(browser, each) for each in children] == [200] * 5
    broker.close()


def consume(*, ctx: Context, broker: Broker, handlers: dict[str, Callable[[Event], None]], stop: Stop) -> None:
    # It dies in its thread alone.
    with suppress(SystemExit):
        consuming.run(
            broker=broker,
            group="attendance",
            topics=consumers.TOPICS,
            handlers=handlers,
            database=ctx.db,
            clock=ctx.clock,
            stop=stop,
        )
