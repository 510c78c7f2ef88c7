"""Accounts that are deleted: what they announced and motivated stays the school's, and nobody's."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from services.attendance.context import Context
from services.attendance.models import METADATA, Motivation, Notice
from services.attendance.rules import accounts
from services.identity import events as identity
from shared import messages
from tests.support.attendance import (
    ACCOUNT,
    MOMENT,
    OTHER_ACCOUNT,
    TODAY,
    Browser,
    Child,
    Enrollment,
    SchoolSystem,
    announce,
    record,
)
from tests.support.callers import kinds_told


@pytest.fixture
def delete(told: Enrollment) -> Callable[[], None]:
    """Let attendance hear that the parent of the tests has deleted the account, as identity tells it."""
    event = replace(identity.account_deleted(ACCOUNT, at=MOMENT), occurred_at=MOMENT, version=1)
    return partial(told.hear, messages.decode(messages.encode(event)))


def motivate(browser: Browser, child: Child, absence_id: str) -> None:
    said = {"reason": "MALADIE", "explanation": "Grippe"}
    assert browser.post(f"/children/{child.id}/absences/{absence_id}/motivation", said).status_code == 200


def whose(ctx: Context) -> list[tuple[str, ...]]:
    """Return the accounts of the notices, and of the motivations."""
    with ctx.db.read() as session:
        return [tuple(sorted(session.scalars(select(table.account_id)))) for table in (Notice, Motivation)]


def tables_that_say(ctx: Context, text: str) -> set[str]:
    with ctx.db.read() as session:
        return {
            table.name
            for table in METADATA.sorted_tables
            if any(text in repr(tuple(row)) for row in session.execute(select(table)))
        }


@pytest.mark.requirement("ACC-12", "PRV-5", "EVT-4")
def test_erase_account_takes_it_out_of_what_it_said_and_leaves_the_others(
    ctx: Context,
    told: Enrollment,
    child: Child,
    make_browser: Callable[..., Browser],
    delete: Callable[[], None],
) -> None:
    told.link(child, account_id=OTHER_ACCOUNT)
    days = ((ACCOUNT, "2026-01-19", TODAY), (OTHER_ACCOUNT, "2026-01-20", TODAY - timedelta(days=1)))
    for account_id, on, recorded_on in days:
        browser = make_browser(account_id=account_id)
        assert browser.post(f"/children/{child.id}/absence-notices", announce(date=on)).status_code == 201
        motivate(browser, child, record(ctx, child, source_id=account_id, on=recorded_on)["id"])
    assert whose(ctx) == [(ACCOUNT, OTHER_ACCOUNT)] * 2
    spoken = kinds_told(ctx)
    delete()
    delete()
    assert whose(ctx) == [(accounts.ERASED, OTHER_ACCOUNT)] * 2
    assert kinds_told(ctx) == spoken


@pytest.mark.requirement("PRV-5")
def test_erase_account_leaves_no_more_than_an_id_where_order_is_kept(
    ctx: Context, told: Enrollment, child: Child, browser: Browser, delete: Callable[[], None]
) -> None:
    browser.post(f"/children/{child.id}/absence-notices", announce())
    motivate(browser, child, record(ctx, child)["id"])
    delete()
    told.unlink(child)
    assert tables_that_say(ctx, ACCOUNT) == {"outbox", "projection_ends"}


@pytest.mark.requirement("PRV-5", "AT-10")
def test_erase_account_leaves_the_school_its_record_and_the_other_guardian_the_childs(
    ctx: Context,
    told: Enrollment,
    child: Child,
    browser: Browser,
    make_browser: Callable[..., Browser],
    make_school_system: Callable[..., SchoolSystem],
    delete: Callable[[], None],
) -> None:
    told.link(child, account_id=OTHER_ACCOUNT)
    motivate(browser, child, record(ctx, child)["id"])
    school = make_school_system("attendance.read", "attendance.write")
    before = school.get("/motivations").json
    delete()
    assert school.get("/motivations").json == before
    [motivation] = before["items"]
    assert motivation["explanation"] == "Grippe"
    [seen] = make_browser(account_id=OTHER_ACCOUNT).get(f"/children/{child.id}/absences").json
    assert (seen["status"], seen["motivation"]["by"]) == ("motivated", "other_guardian")
    # Whoever gave the reason cannot be told of the refusal any more.
    refused = school.post(f"/motivations/{motivation['id']}/decision", {"decision": "refused"})
    assert refused.json["status"] == "to_motivate"
    assert "refusal-shared" not in kinds_told(ctx)
