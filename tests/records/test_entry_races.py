"""Writers of entries, raced: by threads, on both databases, again and again."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from services.records.context import Context
from services.records.models import Entry, Revision
from services.records.operations import entries, releases, sweeping
from services.records.operations.entries import Written
from services.records.rules import kinds
from shared import outbox
from tests.support.callers import kinds_told
from tests.support.clock import FakeClock
from tests.support.entries import read
from tests.support.passports import ORGANISATION_CODE
from tests.support.records import Child

SYSTEM = {"organisation_code": ORGANISATION_CODE, "client_id": "school-system-of-the-tests"}
THREADS = 12
ROUNDS = 3
each_round = pytest.mark.parametrize("round_number", range(ROUNDS))
pytestmark = pytest.mark.usefixtures("organisation_id")


def race(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(lambda act: act(), acts))


def counted(ctx: Context, model: type) -> int:
    with ctx.db.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def rows(ctx: Context) -> list[Entry]:
    with ctx.db.read() as session:
        return list(session.scalars(select(Entry)))


def writing(ctx: Context, child: Child, **said: Any) -> Callable[[], str]:
    sent = read(kinds.RESULT, student_source_id=child.student_source_id, **said)
    return partial(entries.write_entry, ctx, **SYSTEM, kind=kinds.RESULT, source_id="resultat-1", sent=sent)


def sending(ctx: Context, child: Child, source_ids: Sequence[str], **said: Any) -> Callable[[], list[str]]:
    def send() -> list[str]:
        coming = [read(kinds.RESULT, student_source_id=child.student_source_id, **said) for _ in source_ids]
        named = [type(each)(**vars(each) | {"source_id": name}) for each, name in zip(coming, source_ids, strict=True)]
        written = entries.write_entries(ctx, **SYSTEM, kind=kinds.RESULT, coming=named, batch_size=5)
        return [each.result if isinstance(each, Written) else each.code() for each in written]

    return send


def is_told(ctx: Context) -> Counter[str]:
    """Return of how many records the last word is that they are there, and that they are gone."""
    with ctx.db.read() as session:
        waiting = [each.event for each in outbox.list_unpublished(session, limit=1000)]
    last = {each.key: each.type.split(".")[3] for each in waiting}
    return Counter(last.values())


@each_round
def test_the_same_entry_sent_at_once_is_recorded_once(ctx: Context, child: Child, round_number: int) -> None:
    results = race([writing(ctx, child)] * THREADS)
    assert Counter(results) == {entries.RECORDED: 1, entries.UNCHANGED: THREADS - 1}
    assert (counted(ctx, Entry), kinds_told(ctx)) == (1, ["record-published"])


@each_round
def test_corrections_at_once_lose_no_revision(ctx: Context, child: Child, round_number: int) -> None:
    results = race([writing(ctx, child, mark=str(number)) for number in range(THREADS)])
    assert Counter(results) == {entries.RECORDED: 1, entries.CORRECTED: THREADS - 1}
    [entry] = rows(ctx)
    assert (entry.revision, counted(ctx, Revision)) == (THREADS, THREADS - 1)
    assert kinds_told(ctx) == ["record-published"] + ["record-corrected"] * (THREADS - 1)


@each_round
def test_bulks_in_any_order_never_wait_in_a_circle(ctx: Context, child: Child, round_number: int) -> None:
    names = [f"r{number}" for number in range(20)]
    acts = [sending(ctx, child, ordered) for ordered in (names, names[::-1], names[10:] + names[:10])] * 2
    answered = Counter(result for results in race(acts) for result in results)
    assert answered == {entries.RECORDED: 20, entries.UNCHANGED: 5 * 20}
    assert Counter(kinds_told(ctx)) == {"record-published": 20}


@pytest.mark.requirement("RE-05")
@each_round
def test_what_is_sent_while_its_release_is_published_is_published_with_it(
    ctx: Context, child: Child, round_number: int
) -> None:
    decide = partial(
        releases.decide_release,
        ctx,
        organisation_code=ORGANISATION_CODE,
        code="E1",
        is_published=True,
        available_at=None,
    )
    acts: list[Callable[[], Any]] = [
        sending(ctx, child, [f"r{thread}-{number}" for number in range(10)], release="E1") for thread in range(6)
    ]
    race([*acts[:3], decide, *acts[3:]])
    assert {each.state for each in rows(ctx)} == {"published"}
    sweeping.sweep(ctx)
    assert is_told(ctx) == {"record-published": 60}


@each_round
def test_what_is_published_and_withdrawn_at_once_is_told_as_it_stands(
    ctx: Context, child: Child, round_number: int
) -> None:
    writing(ctx, child)()
    which = {"kind": kinds.RESULT, "source_id": "resultat-1"}
    publish = partial(entries.publish_entry, ctx, **SYSTEM, **which, available_at=None)
    withdraw = partial(entries.withdraw_entry, ctx, **SYSTEM, **which)
    race([publish, withdraw, writing(ctx, child, mark="28 %")] * (THREADS // 3))
    [entry] = rows(ctx)
    assert is_told(ctx) <= Counter(
        {
            "published": {"record-published": 1, "record-corrected": 1},
            "withdrawn": {"record-withdrawn": 1},
        }[entry.state]
    )
    told = [each for each in kinds_told(ctx) if each != "record-corrected"]
    # Never twice the same.
    assert told == ["record-published", "record-withdrawn"] * (len(told) // 2) + ["record-published"] * (len(told) % 2)


@pytest.mark.requirement("RE-05", "EVT-3")
@each_round
def test_sweeps_at_once_tell_once_what_an_embargo_let_out(
    ctx: Context, child: Child, clock: FakeClock, round_number: int
) -> None:
    until = clock.now() + timedelta(hours=1)
    names = [f"r{number}" for number in range(30)]
    sending(ctx, child, names, available_at=until.isoformat())()
    clock.move_to(until)
    counts = race([partial(sweeping.sweep, ctx)] * 6)
    assert sum(each["told"] for each in counts) == 30
    assert is_told(ctx) == {"record-published": 30}
    assert len(kinds_told(ctx)) == 30


@pytest.mark.requirement("RE-04")
@each_round
def test_results_sent_while_the_day_of_their_session_is_told_keep_to_it(
    ctx: Context, child: Child, round_number: int
) -> None:
    def send(number: int) -> None:
        sent = read(kinds.MINISTERIAL_RESULT, student_source_id=child.student_source_id, exam_on="2025-12-01")
        entries.write_entry(ctx, **SYSTEM, kind=kinds.MINISTERIAL_RESULT, source_id=f"epreuve-{number}", sent=sent)

    decide = partial(
        releases.decide_session,
        ctx,
        organisation_code=ORGANISATION_CODE,
        name="2026-01",
        released_on=date(2026, 2, 2),
    )
    acts: list[Callable[[], Any]] = [partial(send, number) for number in range(THREADS)]
    race([*acts[: THREADS // 2], decide, *acts[THREADS // 2 :]])
    assert {each.available_at.date() for each in rows(ctx) if each.available_at} == {date(2026, 2, 2)}
    sweeping.sweep(ctx)
    assert set(is_told(ctx)) <= {"record-withdrawn"}
