"""What was announced against what was recorded, for one student and one day.

    recorded absent, and announced, or motivated by a guardian     motivated
    recorded absent otherwise                                       to motivate, and past the cut-off not motivated
    announced, and recorded present                                 contradicted: `present`
    announced to arrive, and recorded absent after that             contradicted: `later_than_announced`
    announced to leave, and recorded absent before that             contradicted: `earlier_than_announced`

Everything is computed anew from the facts as they stand, so that it does not matter in which order notices, records,
corrections and withdrawals came. No period is both motivated and contradicted: a guardian who motivates what went beyond
the notice has explained it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Final

from services.attendance.rules import notices
from services.attendance.rules.local_time import minutes
from services.attendance.rules.timetables import Period, Span, Timetable

# What a school records. `present` also corrects an absence that was recorded by mistake.
ABSENT: Final = "absent"
LATE: Final = "late"
LEFT_EARLY: Final = "left_early"
PRESENT: Final = "present"
KINDS: Final = (ABSENT, LATE, LEFT_EARLY, PRESENT)

MOTIVATED: Final = "motivated"
TO_MOTIVATE: Final = "to_motivate"
# « Non motivée ».
NOT_MOTIVATED: Final = "not_motivated"
STATUSES: Final = (MOTIVATED, TO_MOTIVATE, NOT_MOTIVATED)

LATER_THAN_ANNOUNCED: Final = "later_than_announced"
EARLIER_THAN_ANNOUNCED: Final = "earlier_than_announced"
CONTRADICTIONS: Final = (PRESENT, LATER_THAN_ANNOUNCED, EARLIER_THAN_ANNOUNCED)

BY_NOTICE: Final = "notice"
BY_GUARDIAN: Final = "guardian"

# Minutes between what was announced and what was recorded that nobody calls a contradiction: a bus, a bell, a form that
# offers quarters of an hour.
TOLERANCE: Final = 15


@dataclass(frozen=True, kw_only=True)
class Announced:
    """A live notice that speaks of this day."""

    notice_id: str
    type: str
    span: Span


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What the school recorded, as it says it now; no periods: the whole day.

    `at` is when the child arrived (`late`) or left (`left_early`). `is_motivated`: a guardian has said why, and the school has
    not refused it. `is_closed`: its cut-off has passed.
    """

    absence_id: str
    kind: str
    at: time | None = None
    periods: tuple[str, ...] = ()
    is_motivated: bool = False
    is_closed: bool = False


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """A period in which the two disagree, and which notice it is."""

    period: str
    kind: str
    notice_id: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one recorded absence: of it all, and of each period that it speaks of.

    `motivated_by` is None unless all of it is motivated.
    """

    status: str
    motivated_by: str | None
    periods: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Day:
    """One student's day: the outcome of each recorded absence by its id (`present` has none), and what is contradicted."""

    outcomes: Mapping[str, Outcome]
    contradictions: tuple[Contradiction, ...]


def reconcile(
    *,
    timetable: Timetable,
    announced: Collection[Announced],
    recorded: Collection[Recorded],
    tolerance: int = TOLERANCE,
) -> Day:
    """Return what the notices and records of one student and day come to, whatever order they are given in."""
    ordered = sorted(announced, key=lambda each: (each.span, each.notice_id))
    missed = {each.absence_id: _missed(each, timetable) for each in recorded if each.kind != PRESENT}
    outcomes: dict[str, Outcome] = {}
    for each in sorted(recorded, key=lambda each: each.absence_id):
        if each.kind != PRESENT:
            outcomes[each.absence_id] = _outcome(each, missed[each.absence_id], ordered, tolerance)
    contradictions = []
    for period in timetable.periods:
        there = [outcome.periods[period.code] for outcome in outcomes.values() if period.code in outcome.periods]
        contradiction: Contradiction | None = None
        if there and any(status != MOTIVATED for status in there):
            open_spans = [
                spans[period.code]
                for absence_id, spans in missed.items()
                if period.code in spans and outcomes[absence_id].periods[period.code] != MOTIVATED
            ]
            contradiction = _beyond(period, open_spans, ordered, timetable)
        elif not there and any(_says_present(each, period) for each in recorded):
            contradiction = _against(period, ordered)
        if contradiction is not None:
            contradictions.append(contradiction)
    return Day(outcomes=outcomes, contradictions=tuple(contradictions))


def span_of(recorded: Recorded, timetable: Timetable) -> Span:
    """Return from when to when on its day a record speaks, a presence too."""
    spans = list(_missed(recorded, timetable).values())
    return Span(min(span.since for span in spans), max(span.until for span in spans))


def _missed(recorded: Recorded, timetable: Timetable) -> dict[str, Span]:
    """Return the part of each period that was missed, by its code."""
    found: dict[str, Span] = {}
    for period in _periods_of(recorded, timetable):
        since, until = period.span
        if recorded.at is not None and recorded.kind == LATE:
            until = min(until, minutes(recorded.at))
        elif recorded.at is not None and recorded.kind == LEFT_EARLY:
            since = max(since, minutes(recorded.at))
        if since < until:
            found[period.code] = Span(since, until)
    if not found:
        # Late by no minute of the bell times that we know, or for periods that there are no more: the school says that
        # something was missed, and it is counted where it says so.
        period = _nearest(recorded, timetable)
        found[period.code] = Span(period.span.since, period.span.since + 1)
        if recorded.kind == LEFT_EARLY:
            found[period.code] = Span(period.span.until - 1, period.span.until)
    return found


def _periods_of(recorded: Recorded, timetable: Timetable) -> Sequence[Period]:
    if not recorded.periods:
        return timetable.periods
    return [period for period in timetable.periods if period.code in recorded.periods]


def _nearest(recorded: Recorded, timetable: Timetable) -> Period:
    named = _periods_of(recorded, timetable) or timetable.periods
    return named[-1] if recorded.kind == LEFT_EARLY else named[0]


def _outcome(recorded: Recorded, missed: Mapping[str, Span], announced: Sequence[Announced], tolerance: int) -> Outcome:
    otherwise = NOT_MOTIVATED if recorded.is_closed else TO_MOTIVATE
    periods = {
        code: MOTIVATED if recorded.is_motivated or _is_covered(span, announced, tolerance) else otherwise
        for code, span in missed.items()
    }
    if any(status != MOTIVATED for status in periods.values()):
        return Outcome(status=otherwise, motivated_by=None, periods=periods)
    by = BY_GUARDIAN if recorded.is_motivated else BY_NOTICE
    return Outcome(status=MOTIVATED, motivated_by=by, periods=periods)


def _is_covered(missed: Span, announced: Sequence[Announced], tolerance: int) -> bool:
    """Tell whether every missed minute was announced, give or take the tolerance at a notice's edges."""
    since = missed.since
    for each in announced:
        if each.span.since - tolerance <= since < each.span.until + tolerance:
            since = each.span.until + tolerance
    return since >= missed.until


def _says_present(recorded: Recorded, period: Period) -> bool:
    return recorded.kind == PRESENT and (not recorded.periods or period.code in recorded.periods)


def _against(period: Period, announced: Sequence[Announced]) -> Contradiction | None:
    """Return the contradiction of a period that was announced as missed, all of it, and attended."""
    for each in announced:
        if each.span.holds(period.span):
            return Contradiction(period=period.code, kind=PRESENT, notice_id=each.notice_id)
    return None


def _beyond(
    period: Period, missed: Sequence[Span], announced: Sequence[Announced], timetable: Timetable
) -> Contradiction | None:
    """Return the contradiction of a period that was missed where a notice promised the child, next to its edge."""
    for each in announced:
        since, until = each.span
        is_edge_of_arrival = each.type == notices.LATE_ARRIVAL and _arrives_in(until, timetable) == period.code
        if is_edge_of_arrival and any(span.until > until for span in missed):
            return Contradiction(period=period.code, kind=LATER_THAN_ANNOUNCED, notice_id=each.notice_id)
        is_edge_of_departure = each.type == notices.EARLY_DEPARTURE and _leaves_in(since, timetable) == period.code
        if is_edge_of_departure and any(span.since < since for span in missed):
            return Contradiction(period=period.code, kind=EARLIER_THAN_ANNOUNCED, notice_id=each.notice_id)
    return None


def _arrives_in(minute: int, timetable: Timetable) -> str | None:
    """Return the first period that a child who arrives then attends something of."""
    return next((period.code for period in timetable.periods if period.span.until > minute), None)


def _leaves_in(minute: int, timetable: Timetable) -> str | None:
    """Return the last period that a child who leaves then attends something of."""
    return next((period.code for period in reversed(timetable.periods) if period.span.since < minute), None)
