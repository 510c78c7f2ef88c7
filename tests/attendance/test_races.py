"""Guarded statements, raced: by threads, on both databases, again and again."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, text

from services.attendance.context import Context
from services.attendance.models import Absence, Contradiction, Motivation, Notice, SchoolRules
from services.attendance.operations import absences, deciding, notices, recording, school
from services.attendance.operations.recording import Record
from services.attendance.rules.notices import FULL_DAY
from services.attendance.rules.reconciliation import PRESENT
from services.attendance.rules.timetables import Period, Timetable
from shared.problems import Problem
from tests.support.attendance import ACCOUNT, OTHER_ACCOUNT, TODAY, Child, Enrollment, SchoolSystem, record
from tests.support.callers import kinds_told
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


@each_round
def test_batches_of_the_same_ids_for_other_students_never_wait_in_a_circle(
    ctx: Context, told: Enrollment, organisation_id: str, round_number: int
) -> None:
    def batch(ids: Sequence[int]) -> list[Record]:
        student = told.make_child(organisation_id).student_source_id
        return [Record(source_id=f"a{each:03}", student_source_id=student, on=TODAY, kind="absent") for each in ids]

    def bulk(records: Sequence[Record]) -> None:
        list(recording.record_absences(ctx, organisation_code=ORGANISATION_CODE, records=records))

    for first in range(0, 500, 100):
        ids = range(first, first + 100)
        batches = [batch(ordered) for ordered in (ids, ids[::-1])] + [batch(ids[::-1]), batch(ids)]
        assert race([partial(bulk, each) for each in batches]) == {"done": 4}
    assert counted(ctx, Absence) == 500


@each_round
def test_a_cursor_passes_over_no_contradiction_while_records_come(
    ctx: Context, told: Enrollment, organisation_id: str, round_number: int
) -> None:
    family = [told.make_child(organisation_id) for _ in range(THREADS)]
    for child in family:
        told.link(child)
        announcing(ctx, ACCOUNT, child)()
    read: list[str] = []

    def follow() -> None:
        since = 0
        for _ in range(40):
            fed = school.list_contradictions(ctx, organisation_code=ORGANISATION_CODE, since=since, limit=5)
            read.extend(each["student_source_id"] for each in fed.items)
            since = fed.next

    with ThreadPoolExecutor(1) as reader:
        following = reader.submit(follow)
        assert race([partial(record, ctx, child, kind=PRESENT) for child in family]) == {"done": THREADS}
        following.result()
    late = school.list_contradictions(ctx, organisation_code=ORGANISATION_CODE, since=0, limit=500)
    assert len(late.items) == 2 * THREADS
    assert read == [each["student_source_id"] for each in late.items][: len(read)]


def taken(ctx: Context, records: Sequence[Record]) -> list[str]:
    coming = recording.record_absences(ctx, organisation_code=ORGANISATION_CODE, records=records, batch_size=4)
    return [each.code() if isinstance(each, Problem) else each.result for each in coming]


@each_round
def test_notices_that_come_and_go_during_batches_of_the_same_students_are_reconciled(
    ctx: Context, told: Enrollment, organisation_id: str, round_number: int
) -> None:
    family = [told.make_child(organisation_id) for _ in range(6)]
    for child in family:
        told.link(child)
    batch = [
        Record(
            source_id=f"{child.id}-{half}",
            student_source_id=child.student_source_id,
            on=TODAY,
            kind=kind,
            periods=(half,),
        )
        for child in family
        for half, kind in (("AM", "absent"), ("PM", PRESENT))
    ]

    def announce_and_withdraw(child: Child) -> None:
        (submitted,) = announcing(ctx, ACCOUNT, child, on=TOMORROW)()
        notices.withdraw_notice(ctx, account_id=ACCOUNT, child_id=child.id, notice_id=submitted["id"])
        announcing(ctx, ACCOUNT, child)()

    acts = [partial(taken, ctx, ordered) for ordered in (batch, batch[::-1])] * 2
    acts += [partial(announce_and_withdraw, child) for child in family]
    assert race(acts) == {"done": len(acts)}
    with ctx.db.read() as session:
        statuses = Counter(map(tuple, session.execute(select(Absence.kind, Absence.motivated_by))))
        standing = Counter(map(tuple, session.execute(select(Contradiction.period, Contradiction.kind))))
    assert statuses == {("absent", "notice"): len(family), (PRESENT, None): len(family)}
    assert standing == {("PM", PRESENT): len(family)}
    assert Counter(kinds_told(ctx))["absence-recorded"] == len(batch)


def bells(code: str) -> Timetable:
    periods = (
        Period(code=code, starts_at=time(8), ends_at=time(11, 45)),
        Period(code="PM", starts_at=time(13), ends_at=time(15, 30)),
    )
    return Timetable(periods=periods, break_starts_at=time(11, 45), break_ends_at=time(13))


@each_round
def test_a_school_that_moves_its_bells_during_a_batch_is_obeyed_from_then_on(
    ctx: Context,
    make_context: Callable[..., Context],
    told: Enrollment,
    organisation_id: str,
    round_number: int,
) -> None:
    pupils = [told.make_child(organisation_id) for _ in range(40)]
    elsewhere = make_context(threads=4)

    def batch(code: str) -> list[Record]:
        return [
            Record(
                source_id=f"{code}-{each.id}",
                student_source_id=each.student_source_id,
                on=TODAY,
                kind="absent",
                periods=(code,),
            )
            for each in pupils
        ]

    def move(code: str) -> None:
        deciding.replace_bell_times(
            ctx, organisation_code=ORGANISATION_CODE, school_source_id=None, timetable=bells(code)
        )

    move("P1")
    with ThreadPoolExecutor(5) as threads:
        before = [threads.submit(taken, each, batch("P1")) for each in (ctx, elsewhere)]
        after = [threads.submit(taken, each, batch("P2")) for each in (ctx, elsewhere)]
        threads.submit(move, "P2").result()
        results = [each.result() for each in (*before, *after)]
    allowed = {"recorded", "unchanged", "validation_failed"}
    assert {each for result in results for each in result} <= allowed
    for each in (ctx, elsewhere):
        assert race([partial(taken, each, batch("P2"))] * 4) == {"done": 4}
        assert set(taken(each, batch("P2"))) == {"unchanged"}
        # Written down before the bells were moved, or not to be written down any more.
        assert "recorded" not in taken(each, batch("P1"))


@each_round
def test_what_a_school_decides_many_times_at_once_is_known_alike_to_everybody(
    ctx: Context, make_context: Callable[..., Context], organisation_id: str, round_number: int
) -> None:
    contexts = [ctx, make_context(threads=4)]

    def read(ctx: Context) -> dict[str, Any]:
        return deciding.read_rules(ctx, organisation_code=ORGANISATION_CODE)

    decide = [
        partial(
            deciding.replace_rules,
            contexts[days % 2],
            organisation_code=ORGANISATION_CODE,
            cut_off_school_days=days,
            cut_off_at=time(10, 40),
            same_day_until=None,
        )
        for days in range(1, 7)
    ]
    assert race([*decide, *(partial(read, each) for each in contexts * 3)]) == {"done": 12}
    with ctx.db.read() as session:
        stands = session.scalars(select(SchoolRules.cut_off_school_days)).one()
    with ThreadPoolExecutor(8) as threads:
        known = {each["cut_off_school_days"] for each in threads.map(read, contexts * 12)}
    assert known == {stands}


def drop_connections(ctx: Context) -> None:
    with ctx.db.look() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


@each_round
@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_records_are_neither_lost_nor_doubled_when_the_database_drops_everybody(
    make_context: Callable[..., Context],
    make_school_system: Callable[..., SchoolSystem],
    told: Enrollment,
    organisation_id: str,
    round_number: int,
) -> None:
    system, killer = make_school_system("attendance.write"), make_context(threads=1)
    pupils = [told.make_child(organisation_id).student_source_id for _ in range(60)]

    def send(student: str) -> set[int]:
        seen: set[int] = set()
        while not seen & {200, 201}:
            body = {"student_source_id": student, "date": TODAY.isoformat(), "kind": "absent"}
            seen.add(system.put(f"/absences/a-{student}", body).status_code)
        return seen

    with ThreadPoolExecutor(7) as threads:
        sent = [threads.submit(send, student) for student in pupils]
        for _ in range(5):
            drop_connections(killer)
        seen = set().union(*(each.result() for each in sent))
    assert seen <= {200, 201, 503}
    # By connections of its own: those of the others may be dead, and not have rested long enough to be asked.
    reader = make_context()
    assert counted(reader, Absence) == len(pupils)
    assert kinds_told(reader) == ["absence-recorded"] * len(pupils)
