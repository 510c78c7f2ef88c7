"""Accounts that are deleted: what is erased of them, what the school keeps for some days, and what comes in late."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from services.identity import events as identity
from services.records.context import Context
from services.records.models import METADATA, ErasedAccount, Reading, SupportRequest, View
from services.records.operations import erasing, support, sweeping
from services.records.operations.family import readings
from services.records.rules import kinds
from shared import messages
from tests.support import entries, pictures
from tests.support.callers import kinds_told
from tests.support.clock import FakeClock
from tests.support.records import ACCOUNT, OTHER_ACCOUNT, Browser, Child, Enrollment, SchoolSystem
from tests.support.support_requests import ASKED, asked

THIRTY_DAYS = timedelta(days=30)


@pytest.fixture
def delete(told: Enrollment, clock: FakeClock) -> Callable[..., None]:
    """Let records hear that the parent of the tests has deleted the account, as identity tells it now."""

    def hear(account_id: str = ACCOUNT) -> None:
        event = replace(identity.account_deleted(account_id, at=clock.now()), occurred_at=clock.now(), version=1)
        told.hear(messages.decode(messages.encode(event)))

    return hear


def count(ctx: Context, table: Any, account_id: str = ACCOUNT) -> int:
    with ctx.db.read() as session:
        return session.scalar(select(func.count()).select_from(table).where(table.account_id == account_id)) or 0


def references(ctx: Context) -> list[str]:
    with ctx.db.read() as session:
        return list(session.scalars(select(SupportRequest.reference).order_by(SupportRequest.reference)))


def tables_that_say(ctx: Context, text: str) -> set[str]:
    with ctx.db.read() as session:
        return {
            table.name
            for table in METADATA.sorted_tables
            if any(text in repr(tuple(row)) for row in session.execute(select(table)))
        }


def use(ctx: Context, browser: Browser, child: Child) -> None:
    """Look at what a parent looks at, read a message, and ask for help."""
    message_id = entries.stand(ctx, kinds.MESSAGE, organisation_id=child.organisation_id)
    assert browser.get(f"/children/{child.id}/results").status_code == 200
    assert (
        browser.call("PATCH", f"/children/{child.id}/messages/{message_id}", json={"is_read": True}).status_code == 200
    )
    support.submit_request(ctx, **asked(child_id=child.id, account_id=browser.passport.account_id))


@pytest.mark.requirement("ACC-12", "PRV-5")
def test_erase_account_deletes_what_it_read_and_looked_at(
    ctx: Context,
    told: Enrollment,
    child: Child,
    make_browser: Callable[..., Browser],
    delete: Callable[..., None],
) -> None:
    told.link(child, account_id=OTHER_ACCOUNT)
    for account_id in (ACCOUNT, OTHER_ACCOUNT):
        use(ctx, make_browser(account_id=account_id), child)
    tables = (Reading, View, SupportRequest)
    assert [count(ctx, table) for table in tables] == [1, 1, 1]
    delete()
    assert [count(ctx, table) for table in tables] == [0, 0, 0]
    assert [count(ctx, table, OTHER_ACCOUNT) for table in tables] == [1, 1, 1]


@pytest.mark.requirement("PRV-5")
def test_erase_account_leaves_no_more_than_an_id_where_order_is_kept(
    ctx: Context, told: Enrollment, child: Child, browser: Browser, clock: FakeClock, delete: Callable[..., None]
) -> None:
    use(ctx, browser, child)
    delete()
    told.unlink(child)
    clock.advance(erasing.WATCHED_FOR + timedelta(hours=1))
    sweeping.sweep(ctx)
    # What was told of looks waits for the relay, and is swept when it has been told for long enough.
    assert tables_that_say(ctx, ACCOUNT) == {"outbox", "projection_ends"}


@pytest.mark.requirement("ACC-12", "EVT-4")
def test_erase_account_changes_nothing_when_it_is_heard_again(
    ctx: Context, child: Child, browser: Browser, clock: FakeClock, delete: Callable[..., None]
) -> None:
    use(ctx, browser, child)
    delete()
    spoken = kinds_told(ctx)
    clock.advance(timedelta(days=10))
    delete()
    [reference] = references(ctx)
    with ctx.db.read() as session:
        assert session.scalars(select(SupportRequest.account_deleted_at)).all() == [clock.now() - timedelta(days=10)]
    assert (references(ctx), kinds_told(ctx)) == ([reference], spoken)


@pytest.mark.requirement("ACC-12", "EVT-4")
@pytest.mark.parametrize("is_heard_first", [True, False])
def test_erase_account_is_heard_before_or_after_the_end_of_its_guardianships(
    ctx: Context,
    told: Enrollment,
    child: Child,
    browser: Browser,
    delete: Callable[..., None],
    is_heard_first: bool,
) -> None:
    use(ctx, browser, child)
    first, second = sorted([delete, partial(told.unlink, child)], key=lambda hear: (hear is delete) != is_heard_first)
    first()
    second()
    assert [count(ctx, table) for table in (Reading, View, SupportRequest)] == [0, 0, 0]
    assert browser.get(f"/children/{child.id}/tiles").status_code == 404


@pytest.mark.requirement("PRV-5", "XC-02")
def test_erase_account_leaves_an_open_request_to_its_school_without_the_account(
    ctx: Context, child: Child, delete: Callable[..., None], make_school_system: Callable[..., SchoolSystem]
) -> None:
    support.submit_request(ctx, **asked(child_id=child.id, screenshot=pictures.PNG))
    delete()
    school = make_school_system("records.read")
    [item] = school.get("/support-requests").json["items"]
    assert {name: item[name] for name in ASKED} == ASKED
    assert school.get(f"/support-requests/{item['id']}/screenshot").data == pictures.PNG
    with ctx.db.read() as session:
        assert session.scalars(select(SupportRequest.account_id)).all() == [None]


@pytest.mark.requirement("PRV-5")
def test_erase_account_deletes_requests_that_were_dealt_with_and_their_screenshots(
    ctx: Context,
    child: Child,
    clock: FakeClock,
    delete: Callable[..., None],
    make_school_system: Callable[..., SchoolSystem],
) -> None:
    support.submit_request(ctx, **asked(child_id=child.id, screenshot=pictures.PNG))
    school = make_school_system("records.read", "records.write")
    [item] = school.get("/support-requests").json["items"]
    assert school.post(f"/support-requests/{item['id']}/handling", {}).status_code == 204
    delete()
    assert references(ctx) == []
    clock.advance(timedelta(days=2))
    sweeping.sweep(ctx)
    assert list(ctx.objects.list_below()) == []


@pytest.mark.requirement("PRV-5")
def test_forget_requests_deletes_what_a_deleted_account_asked_once_it_is_dealt_with(
    ctx: Context, child: Child, delete: Callable[..., None], make_school_system: Callable[..., SchoolSystem]
) -> None:
    support.submit_request(ctx, **asked(child_id=child.id))
    kept = support.submit_request(ctx, **asked(child_id=None, account_id=OTHER_ACCOUNT))
    delete()
    assert support.forget_requests(ctx) == 0
    school = make_school_system("records.read", "records.write")
    [item] = school.get("/support-requests").json["items"]
    assert school.post(f"/support-requests/{item['id']}/handling", {}).status_code == 204
    assert (support.forget_requests(ctx), references(ctx)) == (1, [kept])


@pytest.mark.requirement("PRV-5")
def test_forget_requests_deletes_what_a_deleted_account_asked_within_thirty_days(
    ctx: Context, child: Child, clock: FakeClock, delete: Callable[..., None]
) -> None:
    support.submit_request(ctx, **asked(child_id=child.id, screenshot=pictures.PNG))
    kept = support.submit_request(ctx, **asked(account_id=OTHER_ACCOUNT))
    delete()
    clock.advance(THIRTY_DAYS - timedelta(days=3))
    assert support.forget_requests(ctx) == 0
    clock.advance(timedelta(days=2))
    assert (sweeping.sweep(ctx)["support_requests"], references(ctx)) == (1, [kept])


@pytest.mark.requirement("PRV-5")
def test_sweep_erases_what_was_written_while_the_account_was_being_erased(
    ctx: Context, child: Child, browser: Browser, clock: FakeClock, delete: Callable[..., None]
) -> None:
    delete()
    # A request that was let in before its session ended.
    use(ctx, browser, child)
    assert sweeping.sweep(ctx)["accounts"] == 0
    assert [count(ctx, table) for table in (Reading, View, SupportRequest)] == [0, 0, 0]
    clock.advance(erasing.WATCHED_FOR + timedelta(seconds=1))
    assert (sweeping.sweep(ctx)["accounts"], count(ctx, ErasedAccount)) == (1, 0)


def test_erase_stragglers_goes_by_pages(
    ctx: Context, told: Enrollment, child: Child, make_browser: Callable[..., Browser], delete: Callable[..., None]
) -> None:
    accounts = [f"01980a51-9b7a-7f02-a2f4-0b7d55c1e9{number:02x}" for number in range(5)]
    for account_id in accounts:
        told.link(child, account_id=account_id)
        delete(account_id)
        make_browser(account_id=account_id).get(f"/children/{child.id}/results")
    assert [count(ctx, View, account_id) for account_id in accounts] == [1] * 5
    assert erasing.erase_stragglers(ctx, page_size=2) == 0
    assert [count(ctx, View, account_id) for account_id in accounts] == [0] * 5


@pytest.mark.requirement("PRV-5")
@pytest.mark.parametrize("round_number", range(3))
def test_what_is_written_beside_an_erasure_is_gone_with_the_sweep(
    ctx: Context, child: Child, clock: FakeClock, round_number: int
) -> None:
    message_id = entries.stand(ctx, kinds.MESSAGE, organisation_id=child.organisation_id)
    mark = partial(
        readings.mark_message,
        ctx,
        account_id=ACCOUNT,
        child_id=child.id,
        message_id=message_id,
        is_read=True,
        language="fr",
    )
    erase = partial(erasing.erase_account, ctx, account_id=ACCOUNT, deleted_at=clock.now())
    acts: list[Callable[[], Any]] = [mark, erase, partial(support.submit_request, ctx, **asked()), erase] * 2
    acts.append(partial(erasing.erase_stragglers, ctx))
    with ThreadPoolExecutor(len(acts)) as threads:
        for done in [threads.submit(act) for act in acts]:
            done.result()
    erasing.erase_stragglers(ctx)
    assert [count(ctx, table) for table in (Reading, SupportRequest)] == [0, 0]
    assert len(references(ctx)) == 2
