"""What notices and records come to. The order in which they come is turned around, and every outcome looked at."""

from datetime import date, time
from typing import Any

import pytest
from hypothesis import given, strategies as st

from services.attendance.rules import notices, reconciliation
from services.attendance.rules.notices import EARLY_DEPARTURE, FULL_DAY, LATE_ARRIVAL, Announcement
from services.attendance.rules.reconciliation import (
    ABSENT,
    EARLIER_THAN_ANNOUNCED,
    KINDS,
    LATE,
    LATER_THAN_ANNOUNCED,
    LEFT_EARLY,
    MOTIVATED,
    NOT_MOTIVATED,
    PRESENT,
    TO_MOTIVATE,
    Announced,
    Day,
    Recorded,
)
from tests.support.timetables import SCHOOL

DAY = date(2026, 9, 14)
CODES = tuple(period.code for period in SCHOOL.periods)
TIMES = st.times(min_value=time(7), max_value=time(17)).map(lambda at: at.replace(second=0, microsecond=0))


def notice(type: str = FULL_DAY, at: time | None = None, notice_id: str = "n1") -> Announced:
    told = Announcement(type=type, first_on=DAY, last_on=DAY, at=at)
    return Announced(notice_id=notice_id, type=type, span=notices.span(told, SCHOOL))


def record(kind: str = ABSENT, *periods: str, absence_id: str = "a1", **overrides: Any) -> Recorded:
    return Recorded(absence_id=absence_id, kind=kind, periods=periods, **overrides)


def reconcile(*facts: Announced | Recorded) -> Day:
    return reconciliation.reconcile(
        timetable=SCHOOL,
        announced=[fact for fact in facts if isinstance(fact, Announced)],
        recorded=[fact for fact in facts if isinstance(fact, Recorded)],
    )


def told(day: Day) -> tuple[str | None, list[tuple[str, str]]]:
    """Return the status of the one absence, and the contradictions by period."""
    statuses = [outcome.status for outcome in day.outcomes.values()]
    return (statuses or [None])[0], [(each.period, each.kind) for each in day.contradictions]


@pytest.mark.parametrize(
    ("facts", "status", "contradictions"),
    [
        ([notice()], None, []),
        ([record()], TO_MOTIVATE, []),
        ([record(is_closed=True)], NOT_MOTIVATED, []),
        ([record(is_motivated=True)], MOTIVATED, []),
        ([record(is_motivated=True, is_closed=True)], MOTIVATED, []),
        ([notice(), record()], MOTIVATED, []),
        ([notice(), record(is_closed=True)], MOTIVATED, []),
        ([notice(), record(ABSENT, "P2")], MOTIVATED, []),
        # Announced, and there.
        ([notice(), record(PRESENT)], None, [(code, PRESENT) for code in CODES]),
        ([notice(), record(PRESENT, "P3")], None, [("P3", PRESENT)]),
        ([record(PRESENT)], None, []),
        # An absence counts more than a presence in the same period.
        ([notice(), record(PRESENT), record(absence_id="a2")], MOTIVATED, []),
        # Half days (AT-06).
        ([notice(LATE_ARRIVAL, time(12, 30)), record(ABSENT, "P1", "P2")], MOTIVATED, []),
        ([notice(EARLY_DEPARTURE, time(12, 30)), record(ABSENT, "P3", "P4")], MOTIVATED, []),
        ([notice(LATE_ARRIVAL, time(12, 30)), record(ABSENT)], TO_MOTIVATE, [("P3", LATER_THAN_ANNOUNCED)]),
        ([notice(EARLY_DEPARTURE, time(12, 30)), record(ABSENT)], TO_MOTIVATE, [("P2", EARLIER_THAN_ANNOUNCED)]),
        # Late, as announced, within a quarter of an hour, and later.
        ([notice(LATE_ARRIVAL, time(9, 30)), record(LATE, at=time(9, 30))], MOTIVATED, []),
        ([notice(LATE_ARRIVAL, time(9, 30)), record(LATE, at=time(9, 45))], MOTIVATED, []),
        (
            [notice(LATE_ARRIVAL, time(9, 30)), record(LATE, at=time(9, 46))],
            TO_MOTIVATE,
            [("P1", LATER_THAN_ANNOUNCED)],
        ),
        ([notice(LATE_ARRIVAL, time(9, 30)), record(LATE, at=time(9, 0))], MOTIVATED, []),
        ([notice(LATE_ARRIVAL, time(9, 30)), record(LATE, at=time(9, 46), is_motivated=True)], MOTIVATED, []),
        # Gone, as announced and earlier.
        ([notice(EARLY_DEPARTURE, time(14, 30)), record(LEFT_EARLY, at=time(14, 20))], MOTIVATED, []),
        ([notice(EARLY_DEPARTURE, time(14, 30)), record(LEFT_EARLY, at=time(14, 15))], MOTIVATED, []),
        (
            [notice(EARLY_DEPARTURE, time(14, 30)), record(LEFT_EARLY, at=time(14, 14))],
            TO_MOTIVATE,
            [("P4", EARLIER_THAN_ANNOUNCED)],
        ),
        (
            [notice(EARLY_DEPARTURE, time(14, 30)), record(LEFT_EARLY, at=time(14, 12))],
            TO_MOTIVATE,
            [("P4", EARLIER_THAN_ANNOUNCED)],
        ),
        # Arrived as announced, and absent from something else that day: nobody announced that, and nothing contradicts it.
        ([notice(LATE_ARRIVAL, time(9, 30)), record(ABSENT, "P4")], TO_MOTIVATE, []),
        # Two halves told by two guardians.
        (
            [
                notice(LATE_ARRIVAL, time(12, 30)),
                notice(EARLY_DEPARTURE, time(12, 30), notice_id="n2"),
                record(ABSENT),
            ],
            MOTIVATED,
            [],
        ),
        # Late by less than the bell times can tell, and in a period that there is no more: the school says so.
        ([record(LATE, at=time(8, 40))], TO_MOTIVATE, []),
        ([record(ABSENT, "P9")], TO_MOTIVATE, []),
        ([notice(), record(LEFT_EARLY, at=time(16, 0))], MOTIVATED, []),
    ],
)
def test_reconcile(
    facts: list[Announced | Recorded], status: str | None, contradictions: list[tuple[str, str]]
) -> None:
    assert told(reconcile(*facts)) == (status, contradictions)


@pytest.mark.parametrize(
    ("facts", "by"),
    [
        ([notice(), record()], reconciliation.BY_NOTICE),
        ([record(is_motivated=True)], reconciliation.BY_GUARDIAN),
        ([record()], None),
        ([notice(LATE_ARRIVAL, time(12, 30)), record()], None),
    ],
)
def test_reconcile_says_who_motivated(facts: list[Announced | Recorded], by: str | None) -> None:
    (outcome,) = reconcile(*facts).outcomes.values()
    assert outcome.motivated_by == by


def test_reconcile_tells_each_period_apart() -> None:
    (outcome,) = reconcile(notice(LATE_ARRIVAL, time(12, 30)), record()).outcomes.values()
    assert outcome.periods == {"P1": MOTIVATED, "P2": MOTIVATED, "P3": TO_MOTIVATE, "P4": TO_MOTIVATE}


def test_reconcile_names_the_notice_that_is_contradicted() -> None:
    day = reconcile(notice(EARLY_DEPARTURE, time(12, 30), "n2"), notice(LATE_ARRIVAL, time(9), "n1"), record(PRESENT))
    assert {each.notice_id for each in day.contradictions} == {"n2"}


# --- whatever there is, and whatever order it is given in


@st.composite
def days(draw: st.DrawFn) -> list[Announced | Recorded]:
    facts: list[Announced | Recorded] = []
    for number in range(draw(st.integers(0, 3))):
        type_ = draw(st.sampled_from(notices.TYPES))
        at = draw(st.times(time(8, 41), time(15, 24))) if notices.needs_time(type_) else None
        facts.append(notice(type_, at, f"n{number}"))
    for number in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(KINDS))
        facts.append(
            record(
                kind,
                *draw(st.lists(st.sampled_from((*CODES, "P9")), unique=True)),
                absence_id=f"a{number}",
                at=draw(TIMES) if kind in (LATE, LEFT_EARLY) else None,
                is_motivated=draw(st.booleans()),
                is_closed=draw(st.booleans()),
            )
        )
    return facts


def motivated_periods(day: Day) -> set[str]:
    """Return the periods in which something was missed, and all of it is motivated."""
    by_period: dict[str, set[str]] = {}
    for outcome in day.outcomes.values():
        for code, status in outcome.periods.items():
            by_period.setdefault(code, set()).add(status)
    return {code for code, statuses in by_period.items() if statuses == {MOTIVATED}}


@given(facts=days())
def test_no_period_is_both_motivated_and_contradicted(facts: list[Announced | Recorded]) -> None:
    day = reconcile(*facts)
    assert motivated_periods(day) & {each.period for each in day.contradictions} == set()


@given(facts=days(), data=st.data())
def test_the_order_changes_nothing(facts: list[Announced | Recorded], data: st.DataObject) -> None:
    assert reconcile(*data.draw(st.permutations(facts))) == reconcile(*facts)


@given(facts=days())
def test_every_absence_has_an_outcome_that_its_periods_bear_out(facts: list[Announced | Recorded]) -> None:
    day = reconcile(*facts)
    recorded = {fact.absence_id for fact in facts if isinstance(fact, Recorded) and fact.kind != PRESENT}
    assert set(day.outcomes) == recorded
    for outcome in day.outcomes.values():
        assert outcome.periods
        assert (outcome.status == MOTIVATED) == (set(outcome.periods.values()) == {MOTIVATED})
        assert (outcome.motivated_by is not None) == (outcome.status == MOTIVATED)
        assert outcome.status in set(outcome.periods.values())


@given(facts=days())
def test_what_a_guardian_motivated_stays_motivated_whatever_is_announced(facts: list[Announced | Recorded]) -> None:
    explained = [fact for fact in facts if isinstance(fact, Recorded) and fact.is_motivated and fact.kind != PRESENT]
    day = reconcile(*facts)
    assert {day.outcomes[fact.absence_id].status for fact in explained} <= {MOTIVATED}


@given(facts=days())
def test_without_a_notice_nothing_is_contradicted(facts: list[Announced | Recorded]) -> None:
    assert reconcile(*(fact for fact in facts if isinstance(fact, Recorded))).contradictions == ()


@given(facts=days())
def test_a_contradiction_names_a_notice_of_the_day(facts: list[Announced | Recorded]) -> None:
    announced = {fact.notice_id for fact in facts if isinstance(fact, Announced)}
    day = reconcile(*facts)
    assert {each.notice_id for each in day.contradictions} <= announced
    assert len({each.period for each in day.contradictions}) == len(day.contradictions)
