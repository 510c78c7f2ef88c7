"""Guarded statements, raced: by threads, on both databases, again and again."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from services.attendance.context import Context
from services.attendance.models import Absence, Motivation, Notice
from services.attendance.operations import absences, notices, recording, school
from services.attendance.operations.recording import Record
from services.attendance.rules.notices import FULL_DAY
from shared.problems import Problem
from tests.support.attendance import (
    ACCOUNT,
    OTHER_ACCOUNT,
    TODAY,
    Child,
    Enrollment,
    kinds_told,
    record,
)
from tests.support.clock import FakeClock
from tests.support.passports import ORGANISATION_CODE

TOMORROW = TODAY + timedelta(days=1)

ROUNDS = 3
THREADS = 12
each_round = pytest.mark.parametrize("round_number", range(ROUNDS))


def outcome(act: Callable[[], Any]) -> str:
    try:
        act()
    except Problem as refused:
        return refused.code()
    return "done"


def race(acts: Sequence[Callable[[], Any]]) -> Counter[str]:
    with ThreadPoolExecutor(len(acts)) as threads:
        return Counter(threads.map(outcome, acts))


def counted(ctx: Context, model: type) -> int:
    with ctx.db.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def announcing(ctx: Context, account_id: str, *children: Child, on: date = TODAY) -> Callable[[], Any]:
    return partial(
        notices.submit_notices,
        ctx,
        account_id=account_id,
        child_ids=[each.id for each in children],
        type=FULL_DAY,
        first_on=on,
        last_on=on,
        at=None,
        reason="MALADIE",
        explanation=None,
        language="fr",
    )


@each_round
def test_guardians_who_announce_the_same_day_at_once_announce_it_once(
    ctx: Context, told: Enrollment, child: Child, round_number: int
) -> None:
    told.link(child, account_id=OTHER_ACCOUNT)
    acts = [announcing(ctx, account_id, child) for account_id in (ACCOUNT, OTHER_ACCOUNT)] * (THREADS // 2)
    assert race(acts) == {"done": 1, "notice_overlaps": THREADS - 1}
    assert counted(ctx, Notice) == 1
    assert kinds_told(ctx) == ["notice-submitted", "notice-shared"]


@each_round
def test_a_notice_that_guardians_withdraw_at_once_is_withdrawn_once(
    ctx: Context, told: Enrollment, child: Child, round_number: int
) -> None:
    told.link(child, account_id=OTHER_ACCOUNT)
    (submitted,) = announcing(ctx, ACCOUNT, child, on=TOMORROW)()
    acts = [
        partial(notices.withdraw_notice, ctx, account_id=account_id, child_id=child.id, notice_id=submitted["id"])
        for account_id in (ACCOUNT, OTHER_ACCOUNT)
    ] * (THREADS // 2)
    assert race(acts) == {"done": 1, "not_found": THREADS - 1}
    assert kinds_told(ctx).count("notice-withdrawn") == 1


@each_round
def test_a_notice_that_is_withdrawn_while_it_begins_is_withdrawn_or_stands(
    ctx: Context, told: Enrollment, child: Child, clock: FakeClock, round_number: int
) -> None:
    (submitted,) = announcing(ctx, ACCOUNT, child, on=TOMORROW)()
    withdraw = partial(notices.withdraw_notice, ctx, account_id=ACCOUNT, child_id=child.id, notice_id=submitted["id"])
    begin = partial(clock.advance, timedelta(days=1))
    outcomes = race([withdraw] * (THREADS // 2) + [begin] + [withdraw] * (THREADS // 2))
    is_withdrawn = kinds_told(ctx).count("notice-withdrawn")
    # Whoever came first decides; nothing is told of the others.
    assert outcomes["done"] == 1 + is_withdrawn
    assert outcomes["not_found"] + outcomes["notice_started"] == THREADS - is_withdrawn
    assert (outcomes["notice_started"] == THREADS) == (not is_withdrawn)


@each_round
def test_notices_of_several_children_in_any_order_never_wait_in_a_circle(
    ctx: Context, told: Enrollment, organisation_id: str, round_number: int
) -> None:
    family = [told.make_child(organisation_id) for _ in range(3)]
    for child in family:
        told.link(child)
    acts = [announcing(ctx, ACCOUNT, *ordered) for ordered in (family, family[::-1])] * (THREADS // 2)
    assert race(acts) == {"done": 1, "notice_overlaps": THREADS - 1}
    assert counted(ctx, Notice) == 3


@each_round
def test_an_absence_is_motivated_once_whoever_says_it(
    ctx: Context, told: Enrollment, child: Child, round_number: int
) -> None:
    told.link(child, account_id=OTHER_ACCOUNT)
    absence_id = record(ctx, child)["id"]
    acts = [
        partial(
            absences.motivate_absence,
            ctx,
            account_id=account_id,
            child_id=child.id,
            absence_id=absence_id,
            reason="MALADIE",
            explanation=None,
            language="fr",
        )
        for account_id in (ACCOUNT, OTHER_ACCOUNT)
    ] * (THREADS // 2)
    assert race(acts) == {"done": 1, "already_motivated": THREADS - 1}
    assert counted(ctx, Motivation) == 1
    assert kinds_told(ctx) == ["absence-recorded", "motivation-submitted", "absence-motivated"]


@each_round
def test_a_reason_that_the_school_refuses_at_once_is_refused_once(
    ctx: Context, child: Child, round_number: int
) -> None:
    absence_id = record(ctx, child)["id"]
    motivated = absences.motivate_absence(
        ctx,
        account_id=ACCOUNT,
        child_id=child.id,
        absence_id=absence_id,
        reason="MALADIE",
        explanation=None,
        language="fr",
    )
    refuse = partial(
        school.decide_motivation,
        ctx,
        organisation_code=ORGANISATION_CODE,
        motivation_id=motivated["motivation"]["id"],
        decision="refused",
    )
    assert race([refuse] * THREADS) == {"done": THREADS}
    assert Counter(kinds_told(ctx))["motivation-refused"] == 1


@each_round
def test_a_notice_and_a_record_that_meet_are_reconciled(
    ctx: Context, told: Enrollment, organisation_id: str, round_number: int
) -> None:
    family = [told.make_child(organisation_id) for _ in range(THREADS // 2)]
    for child in family:
        told.link(child)
    acts = [announcing(ctx, ACCOUNT, child) for child in family] + [partial(record, ctx, child) for child in family]
    assert race(acts) == {"done": THREADS}
    with ctx.db.read() as session:
        assert list(session.scalars(select(Absence.motivated_by))) == ["notice"] * len(family)


@each_round
def test_a_record_that_is_sent_by_many_at_once_is_written_once(ctx: Context, child: Child, round_number: int) -> None:
    assert race([partial(record, ctx, child)] * THREADS) == {"done": THREADS}
    assert kinds_told(ctx) == ["absence-recorded"]


@each_round
def test_one_id_for_two_students_at_once_is_one_students(
    ctx: Context, told: Enrollment, organisation_id: str, round_number: int
) -> None:
    two = [told.make_child(organisation_id) for _ in range(2)]
    acts = [partial(record, ctx, child, source_id="same") for child in two] * (THREADS // 2)
    outcomes = race(acts)
    assert outcomes == {"done": THREADS // 2, "validation_failed": THREADS // 2}
    assert counted(ctx, Absence) == 1


@each_round
def test_a_cursor_passes_over_nothing_while_notices_come(
    ctx: Context, told: Enrollment, organisation_id: str, round_number: int
) -> None:
    family = [told.make_child(organisation_id) for _ in range(THREADS)]
    for child in family:
        told.link(child)
    read: list[str] = []

    def follow() -> None:
        since = 0
        for _ in range(40):
            fed = school.list_notices(ctx, organisation_code=ORGANISATION_CODE, since=since, limit=5)
            read.extend(each["id"] for each in fed.items)
            since = fed.next
        remaining = school.list_notices(ctx, organisation_code=ORGANISATION_CODE, since=since, limit=500)
        read.extend(each["id"] for each in remaining.items)

    with ThreadPoolExecutor(1) as reader:
        following = reader.submit(follow)
        assert race([announcing(ctx, ACCOUNT, child) for child in family]) == {"done": THREADS}
        following.result()
    late = school.list_notices(ctx, organisation_code=ORGANISATION_CODE, since=0, limit=500)
    # What was read before the last one came, and what is there after it, in one order.
    assert read == [each["id"] for each in late.items][: len(read)]


@each_round
def test_bulk_and_single_records_never_wait_in_a_circle(
    ctx: Context, told: Enrollment, organisation_id: str, round_number: int
) -> None:
    students = [told.make_child(organisation_id).student_source_id for _ in range(8)]
    records = [
        Record(source_id=f"a-{student}", student_source_id=student, on=TODAY, kind="absent") for student in students
    ]

    def bulk(ordered: Sequence[Record]) -> None:
        list(recording.record_absences(ctx, organisation_code=ORGANISATION_CODE, records=ordered))

    assert race([partial(bulk, records), partial(bulk, records[::-1])] * 3) == {"done": 6}
    assert counted(ctx, Absence) == 8
