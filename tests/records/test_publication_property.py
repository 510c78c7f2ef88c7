"""Whatever a school sends, publishes, withdraws and releases, in whatever order: nothing is seen or told before its time.

A state machine on the database itself, beside a model that knows of an entry only when it may be seen. After every step parents
see exactly what the model lets them see, and nothing was told that they could not see; after a sweep, all of it was.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.records.context import Context
from services.records.operations import entries, releases, sweeping
from services.records.rules import kinds
from shared import outbox
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.entries import read
from tests.support.passports import ORGANISATION_CODE
from tests.support.records import Browser, Child, Enrollment, make_settings, migrate

SYSTEM = {"organisation_code": ORGANISATION_CODE, "client_id": "school-system-of-the-tests"}
RESULTS = ("r1", "r2")
EXAM = "m1"
SESSION = "2026-01"
EXAM_ON = date(2026, 1, 12)
# Midnight at school is five in the morning in winter.
FIVE = timedelta(hours=5)
SOURCES = st.sampled_from(RESULTS)
EVERYTHING = st.sampled_from([*RESULTS, EXAM])
MARKS = st.sampled_from(["1", "2", "3"])
RELEASES = st.sampled_from([None, "E1", "E2"])
# From now; None: nothing is said of a moment.
SPANS = st.sampled_from([None, timedelta(hours=-1), timedelta(0), timedelta(hours=1), timedelta(days=2)])
DAYS = st.sampled_from([None, date(2026, 1, 14), date(2026, 1, 16), date(2026, 2, 2)])


@dataclass
class Model:
    """An entry as it may be seen: by its own word from a moment, and not before its release or the ministry's day."""

    mark: str
    word: str
    since: datetime
    release: str | None
    said: tuple[bool, datetime | None]


class School(RuleBasedStateMachine):
    """One child, two results and a ministerial one, two releases and a session."""

    def __init__(self, databases: Databases) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.ctx = Context.open(make_settings(databases.create(migrate)), clock=self.clock)
        self.entries: dict[str, Model] = {}
        self.releases: dict[str, datetime] = {}
        self.released_on: date | None = None
        self.seen_before: set[str] = set()
        self.heard = 0
        self.names: dict[str, str] = {}
        self.last_told: dict[str, str] = {}

    def teardown(self) -> None:
        self.ctx.db.close()

    @initialize()
    def link(self) -> None:
        told = Enrollment(self.ctx)
        self.child: Child = told.make_child(told.make_organisation())
        told.link(self.child)
        self.browser = Browser(self.ctx)

    @rule(span=st.sampled_from([timedelta(minutes=30), timedelta(hours=3), timedelta(days=1), timedelta(days=9)]))
    def wait(self, span: timedelta) -> None:
        self.clock.advance(span)

    @rule(source_id=EVERYTHING, mark=MARKS, release=RELEASES, is_draft=st.booleans(), span=SPANS)
    def send(self, source_id: str, mark: str, release: str | None, is_draft: bool, span: timedelta | None) -> None:
        is_exam = source_id == EXAM
        moment = None if span is None else self.clock.now() + span
        said: dict[str, Any] = {"mark": mark, "is_draft": is_draft, "student_source_id": self.child.student_source_id}
        said |= {} if moment is None else {"available_at": moment.isoformat()}
        said |= {"session": SESSION, "exam_on": EXAM_ON.isoformat()} if is_exam else {"release": release}
        kind = kinds.MINISTERIAL_RESULT if is_exam else kinds.RESULT
        entries.write_entry(self.ctx, **SYSTEM, kind=kind, source_id=source_id, sent=read(kind, **said))
        known = self.entries.get(source_id)
        words = (is_draft, moment)
        if known is None or (known.said != words and known.word != "withdraw"):
            word, since = "hold" if is_draft else "publish", self.from_when(moment)
        else:
            word, since = known.word, known.since
        self.entries[source_id] = Model(mark, word, since, None if is_exam else release, words)

    @precondition(lambda self: self.entries)
    @rule(data=st.data(), span=SPANS)
    def publish(self, data: st.DataObject, span: timedelta | None) -> None:
        source_id = data.draw(st.sampled_from(sorted(self.entries)))
        moment = None if span is None else self.clock.now() + span
        entries.publish_entry(self.ctx, **SYSTEM, **self.which(source_id), available_at=moment)
        self.entries[source_id].word, self.entries[source_id].since = "publish", self.from_when(moment)

    @precondition(lambda self: self.entries)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        source_id = data.draw(st.sampled_from(sorted(self.entries)))
        entries.withdraw_entry(self.ctx, **SYSTEM, **self.which(source_id))
        self.entries[source_id].word = "withdraw"

    @rule(code=st.sampled_from(["E1", "E2", SESSION]), is_published=st.booleans(), span=SPANS)
    def decide_release(self, code: str, is_published: bool, span: timedelta | None) -> None:
        moment = None if span is None else self.clock.now() + span
        releases.decide_release(
            self.ctx, organisation_code=ORGANISATION_CODE, code=code, is_published=is_published, available_at=moment
        )
        self.releases.pop(code, None)
        self.releases |= {code: self.from_when(moment)} if is_published else {}

    @rule(released_on=DAYS)
    def decide_session(self, released_on: date | None) -> None:
        releases.decide_session(self.ctx, organisation_code=ORGANISATION_CODE, name=SESSION, released_on=released_on)
        self.released_on = released_on

    @rule()
    def sweep(self) -> None:
        sweeping.sweep(self.ctx)
        self.hear()
        assert self.told_as_seen() == self.visible()

    @invariant()
    def parents_see_what_they_may_and_nothing_else(self) -> None:
        seen = {
            tab: sorted(each["mark"] for each in self.browser.get(f"/children/{self.child.id}/{tab}").json["items"])
            for tab in ("results", "ministerial-results")
        }
        visible = self.visible()
        assert seen == {
            "results": sorted(self.entries[each].mark for each in visible & set(RESULTS)),
            "ministerial-results": sorted(self.entries[each].mark for each in visible & {EXAM}),
        }

    @invariant()
    def nothing_is_told_that_parents_could_not_see(self) -> None:
        self.hear()
        self.seen_before = self.visible()

    def hear(self) -> None:
        """Hold what was told since the last step to what could be seen before it, by the clock of now, or after it."""
        with self.ctx.db.read() as session:
            waiting = [each.event for each in outbox.list_unpublished(session, limit=10_000)]
        told = [each for each in waiting if each.type.split(".")[3].startswith("record-")]
        for each in told[self.heard :]:
            kind, name = each.type.split(".")[3], self.name_of(str((each.data or {})["record_id"]))
            assert name in self.seen_before | self.visible()
            # Published, perhaps corrected, withdrawn; and again.
            assert (kind == "record-published") == (self.last_told.get(name, "record-withdrawn") == "record-withdrawn")
            self.last_told[name] = kind
        self.heard = len(told)
        assert self.told_as_seen() <= self.visible()

    def told_as_seen(self) -> set[str]:
        return {name for name, kind in self.last_told.items() if kind != "record-withdrawn"}

    def visible(self) -> set[str]:
        return {name for name in self.entries if self.is_visible(name)}

    def is_visible(self, name: str) -> bool:
        known, now = self.entries[name], self.clock.now()
        if known.word != "publish" or known.since > now:
            return False
        if name == EXAM:
            day = self.released_on or EXAM_ON + timedelta(days=10)
            return now >= datetime.combine(day, datetime.min.time(), tzinfo=UTC) + FIVE
        return known.release is None or self.releases.get(known.release, datetime.max.replace(tzinfo=UTC)) <= now

    def from_when(self, moment: datetime | None) -> datetime:
        return max(moment or self.clock.now(), self.clock.now())

    def which(self, source_id: str) -> dict[str, str]:
        kind = kinds.MINISTERIAL_RESULT if source_id == EXAM else kinds.RESULT
        return {"kind": kind, "source_id": source_id}

    def name_of(self, record_id: str) -> str:
        if record_id not in self.names:
            for name in self.entries:
                shown = entries.show_entry(self.ctx, organisation_code=ORGANISATION_CODE, **self.which(name))
                self.names[shown["id"]] = name
        return self.names[record_id]


# Not shrunk: each step is transactions, and a failure tells its steps.
RUNS = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.requirement("RE-04", "RE-05", "EVT-1")
def test_nothing_is_seen_or_told_before_its_time_in_any_order(databases: Databases) -> None:
    run_state_machine_as_test(lambda: School(databases), settings=RUNS)  # type: ignore[no-untyped-call]
