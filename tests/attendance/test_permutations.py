"""Whatever the order in which notices, records, corrections, motivations, decisions and withdrawals arrive.

A state machine on the database itself: after every step no period is both motivated and contradicted, what is stored is what
the facts come to, and events tell each change of it. The clock stands still on a day before school, so that everything is
possible in any order.
"""

from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Any

from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from services.attendance import queries
from services.attendance.context import Context
from services.attendance.models import Absence, Contradiction
from services.attendance.operations import absences, notices, recording, school, settling
from services.attendance.operations.recording import Record
from services.attendance.rules import notices as announcing, reconciliation, timetables
from services.attendance.rules.reconciliation import KINDS, LATE, LEFT_EARLY, MOTIVATED, PRESENT
from shared import outbox
from shared.problems import Problem
from tests.support.attendance import ACCOUNT, OTHER_ACCOUNT, Child, Enrollment, make_settings, migrate
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.passports import ORGANISATION_CODE

# Thursday, seven in the morning at school: what is announced has not begun, and the day has come.
SEVEN = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
TODAY = date(2026, 1, 15)
YESTERDAY = date(2026, 1, 14)
TIMES = st.sampled_from([time(8, 30), time(10, 0), time(11, 50), time(12, 30), time(14, 0), time(15, 0)])
PERIODS = st.sampled_from([(), ("AM",), ("PM",), ("AM", "PM")])
SOURCES = st.sampled_from(["a1", "a2", "a3"])
ACCOUNTS = st.sampled_from([ACCOUNT, OTHER_ACCOUNT])


class Attendance(RuleBasedStateMachine):
    """One child, two guardians, and a school that changes its mind."""

    def __init__(self, databases: Databases) -> None:
        super().__init__()
        self.ctx = Context.open(make_settings(databases.create(migrate)), clock=FakeClock(SEVEN))

    def teardown(self) -> None:
        self.ctx.db.close()

    @initialize()
    def link(self) -> None:
        told = Enrollment(self.ctx)
        self.child: Child = told.make_child(told.make_organisation())
        for account_id in (ACCOUNT, OTHER_ACCOUNT):
            told.link(self.child, account_id=account_id)

    # What may be done depends on what came before: a refusal is an answer like any other.
    @rule(type_=st.sampled_from(announcing.TYPES), at=TIMES, account_id=ACCOUNTS)
    def announce(self, type_: str, at: time, account_id: str) -> None:
        with suppress(Problem):
            notices.submit_notices(
                self.ctx,
                account_id=account_id,
                child_ids=[self.child.id],
                type=type_,
                first_on=TODAY,
                last_on=TODAY,
                at=at if announcing.needs_time(type_) else None,
                reason="MALADIE",
                explanation=None,
                language="fr",
            )

    @precondition(lambda self: self.live())
    @rule(data=st.data(), account_id=ACCOUNTS)
    def withdraw(self, data: st.DataObject, account_id: str) -> None:
        notice = data.draw(st.sampled_from(self.live()))
        notices.withdraw_notice(self.ctx, account_id=account_id, child_id=self.child.id, notice_id=notice.id)

    @rule(
        source_id=SOURCES,
        kind=st.sampled_from(KINDS),
        at=TIMES,
        periods=PERIODS,
        on=st.sampled_from([TODAY, YESTERDAY]),
    )
    def record(self, source_id: str, kind: str, at: time, periods: tuple[str, ...], on: date) -> None:
        recording.record_absence(
            self.ctx,
            organisation_code=ORGANISATION_CODE,
            record=Record(
                source_id=source_id,
                student_source_id=self.child.student_source_id,
                on=on,
                kind=kind,
                at=at if kind in (LATE, LEFT_EARLY) else None,
                periods=periods,
            ),
        )

    @precondition(lambda self: self.recorded())
    @rule(data=st.data(), account_id=ACCOUNTS)
    def motivate(self, data: st.DataObject, account_id: str) -> None:
        absence = data.draw(st.sampled_from(self.recorded()))
        with suppress(Problem):
            absences.motivate_absence(
                self.ctx,
                account_id=account_id,
                child_id=self.child.id,
                absence_id=absence.id,
                reason="MALADIE",
                explanation=None,
                language="fr",
            )

    @precondition(lambda self: self.motivations())
    @rule(data=st.data(), decision=st.sampled_from(["accepted", "refused"]))
    def decide(self, data: st.DataObject, decision: str) -> None:
        motivation = data.draw(st.sampled_from(self.motivations()))
        with suppress(Problem):
            school.decide_motivation(
                self.ctx,
                organisation_code=ORGANISATION_CODE,
                motivation_id=motivation["id"],
                decision=decision,
            )

    @invariant()
    def no_period_is_both_motivated_and_contradicted(self) -> None:
        contradicted = {(each.on, each.period) for each in self.rows(Contradiction)}
        statuses: dict[tuple[date, str], set[str]] = {}
        for absence in self.rows(Absence):
            for period, status in absence.outcome.items():
                statuses.setdefault((absence.on, period), set()).add(status)
        motivated = {period for period, found in statuses.items() if found == {MOTIVATED}}
        assert motivated & contradicted == set()

    @invariant()
    def what_is_stored_is_what_the_facts_come_to(self) -> None:
        contradictions = {(each.on, each.period, each.kind, each.notice_id) for each in self.rows(Contradiction)}
        found = set()
        for on in (YESTERDAY, TODAY):
            day, of_day = self.computed(on)
            found |= {(on, each.period, each.kind, each.notice_id) for each in day.contradictions}
            for absence in of_day:
                outcome = day.outcomes.get(absence.id)
                stored = (absence.status, absence.motivated_by, absence.outcome)
                assert stored == (
                    (outcome.status, outcome.motivated_by, dict(outcome.periods)) if outcome else (None, None, {})
                )
        assert contradictions == found

    @invariant()
    def events_tell_each_change_of_status(self) -> None:
        told: dict[str, str] = {}
        with self.ctx.db.read() as session:
            for each in outbox.list_unpublished(session, limit=10_000):
                data = each.event.data or {}
                kind = each.event.type.split(".")[3]
                is_status = kind in ("absence-recorded", "absence-corrected", "absence-motivated", "absence-reopened")
                absence_id = data.get("absence_id", "")
                # A correction says nothing of the status, but that a presence has none.
                keeps = (
                    kind == "absence-corrected"
                    and data["kind"] != PRESENT
                    and told.get(absence_id) == "absence-motivated"
                )
                told |= {absence_id: kind} if is_status and not keeps else {}
        for absence in self.rows(Absence):
            assert (told[absence.id] == "absence-motivated") == (absence.status == MOTIVATED)

    def live(self) -> list[queries.NoticeRow]:
        with self.ctx.db.read() as session:
            return queries.list_live_notices(session, **self.whose(), first_on=YESTERDAY, last_on=TODAY)

    def recorded(self) -> list[queries.AbsenceRow]:
        with self.ctx.db.read() as session:
            found = queries.list_absences_of_days(session, **self.whose(), first_on=YESTERDAY, last_on=TODAY)
        return [each for each in found if each.kind != PRESENT]

    def motivations(self) -> list[dict[str, Any]]:
        return school.list_motivations(self.ctx, organisation_code=ORGANISATION_CODE, since=0, limit=500).items

    def computed(self, on: date) -> tuple[reconciliation.Day, list[queries.AbsenceRow]]:
        with self.ctx.db.read() as session:
            of_day = queries.list_absences_of_days(session, **self.whose(), first_on=on, last_on=on)
            motivated = queries.list_motivated_ids(session, absence_ids=[each.id for each in of_day])
        announced = [
            reconciliation.Announced(
                notice_id=each.id, type=each.type, span=announcing.span(each.announcement, timetables.DEFAULT)
            )
            for each in self.live()
            if each.first_on <= on <= each.last_on
        ]
        day = reconciliation.reconcile(
            timetable=timetables.DEFAULT,
            announced=announced,
            recorded=[settling.recorded(each, is_motivated=each.id in motivated, at=SEVEN) for each in of_day],
        )
        return day, of_day

    def rows(self, model: Any) -> list[Any]:
        with self.ctx.db.read() as session:
            return list(session.scalars(select(model)))

    def whose(self) -> dict[str, Any]:
        return {
            "organisation_id": self.child.organisation_id,
            "student_source_ids": [self.child.student_source_id],
        }


# Not shrunk: each step is transactions, and a failure tells its steps.
RUNS = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_days_come_to_what_their_facts_are_in_any_order(databases: Databases) -> None:
    run_state_machine_as_test(lambda: Attendance(databases), settings=RUNS)  # type: ignore[no-untyped-call]
