"""A batch of records comes to what its records come to one by one: answers, events, and what is stored."""

import itertools
from datetime import date, time
from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings, strategies as st
from sqlalchemy import select

from services.attendance.context import Context
from services.attendance.models import Absence, Contradiction
from services.attendance.operations import notices, recording
from services.attendance.operations.recording import Record, Written
from services.attendance.rules.notices import EARLY_DEPARTURE, FULL_DAY, LATE_ARRIVAL
from services.attendance.rules.reconciliation import KINDS
from shared import outbox
from shared.messages import Event
from shared.problems import Problem
from tests.support.attendance import ACCOUNT, TODAY, Child, Enrollment

NUMBERS = itertools.count(1)
DAYS = st.sampled_from([TODAY, date(2026, 1, 14), date(2026, 1, 16)])
SOURCES = st.sampled_from(["a1", "a2", "a3", "a4"])
STUDENTS = st.sampled_from(["eleve-1", "eleve-2"])
TIMES = st.sampled_from([None, None, time(8, 30), time(11, 50), time(14, 0)])
PERIODS = st.sampled_from([(), ("AM",), ("PM",), ("AM", "PM"), ("P9",)])
RECORDS = st.builds(
    Record,
    source_id=SOURCES,
    student_source_id=STUDENTS,
    on=DAYS,
    kind=st.sampled_from(KINDS),
    at=TIMES,
    periods=PERIODS,
)
ANNOUNCED = st.sampled_from([(FULL_DAY, None), (LATE_ARRIVAL, time(10, 0)), (EARLY_DEPARTURE, time(14, 0))])

RUNS = settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def said(source_id: str, kind: str, *periods: str) -> Record:
    return Record(source_id=source_id, student_source_id="eleve-1", on=TODAY, kind=kind, periods=periods)


def announce(ctx: Context, child: Child, type_: str, at: time | None) -> None:
    notices.submit_notices(
        ctx,
        account_id=ACCOUNT,
        child_ids=[child.id],
        type=type_,
        first_on=TODAY,
        last_on=TODAY,
        at=at,
        reason="MALADIE",
        explanation=None,
        language="fr",
    )


def answer(written: Written | Problem, names: dict[str, str]) -> Any:
    if isinstance(written, Problem):
        return written.code(), vars(written)
    return written.result, named(written.absence, names)


def events_of(ctx: Context) -> list[Event]:
    with ctx.db.read() as session:
        return [each.event for each in outbox.list_unpublished(session, limit=100_000)]


def named(facts: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Return facts with ids called by the order in which they were first met."""
    return {
        name: names.setdefault(value, f"#{len(names)}") if name.endswith("id") and value is not None else value
        for name, value in facts.items()
    }


def come_to(ctx: Context, records: list[Record], announced: tuple[str, time | None], *, batch_size: int) -> list[Any]:
    """Return all that can be seen of records that an organisation of their own sends so many at a time."""
    names: dict[str, str] = {}
    code, told = f"{next(NUMBERS):06}", Enrollment(ctx)
    organisation_id = told.make_organisation(code)
    for _ in range(2):
        child = told.make_child(organisation_id)
        told.link(child)
        announce(ctx, child, *announced)
    before = len(events_of(ctx))
    coming = recording.record_absences(ctx, organisation_code=code, records=records, batch_size=batch_size)
    answers = [answer(each, names) for each in coming]
    events = [(each.type, named(dict(each.data or {}), names)) for each in events_of(ctx)[before:]]
    with ctx.db.read() as session:
        stored = [
            (each.source_id, each.on, each.kind, each.at, each.periods, each.status, each.outcome, each.closes_at)
            for each in session.scalars(
                select(Absence).where(Absence.organisation_id == organisation_id).order_by(Absence.source_id)
            )
        ]
        standing = session.scalars(select(Contradiction).where(Contradiction.organisation_id == organisation_id))
        contradicted = sorted((each.student_source_id, each.on, each.period, each.kind) for each in standing)
    return [answers, events, stored, contradicted]


@RUNS
@given(records=st.lists(RECORDS, min_size=2, max_size=8), announced=ANNOUNCED)
@example(records=[said("a1", "absent", "AM"), said("a2", "absent", "PM")], announced=(FULL_DAY, None))
@example(records=[said("a1", "present"), said("a2", "absent", "AM")], announced=(FULL_DAY, None))
def test_record_absences_comes_to_what_its_records_come_to_one_by_one(
    ctx: Context, records: list[Record], announced: tuple[str, time | None]
) -> None:
    one_by_one, at_once = (come_to(ctx, records, announced, batch_size=size) for size in (1, 8))
    assert at_once == one_by_one
