"""Attendance in the storm: guardians announce, take back and motivate, the school records and corrects, while guardianships
come and go and attendance's processes die.

attendance   serve · relay · consume twice      the facts: notices, records, motivations, and what they come to
enrollment   consume                            an entry in the child's journal for each event, once
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import func, select

from one_machine.kafka.node import free_ports
from services.attendance import consumers, queries
from services.attendance.models import GUARDIANSHIPS, Absence, Contradiction, Motivation, Notice
from services.attendance.operations import settling
from services.attendance.rules import local_time, notices, reconciliation
from services.attendance.rules.reconciliation import MOTIVATED, PRESENT
from services.attendance.rules.timetables import Period, Timetable
from services.enrollment import consumers as journal_consumers, events as enrollment_events
from services.enrollment.models import JournalEntry
from shared import dead_events, outbox
from shared.broker import Broker
from shared.clock import Clock, SystemClock
from shared.database import Database
from shared.passports import PassportOffice
from tests.chaos import projections, verdict
from tests.chaos.parents import ANSWER_PATIENCE_S, AskingThread, Family, passport_of
from tests.chaos.plan import Plan
from tests.chaos.setups import Setup
from tests.chaos.verdict import Finding
from tests.support import attendance
from tests.support.passports import school_passport

TOPIC: Final = "vitrail.attendance.v1"
GUARDIANS: Final = 2
_CLOCK: Final = SystemClock()
# A school whose day is as long as days are: a run may begin at any hour, and nothing for today is too late.
TIMETABLE: Final = Timetable(
    periods=(
        Period(code="1", starts_at=time(0, 1), ends_at=time(12)),
        Period(code="2", starts_at=time(12, 30), ends_at=time(23, 59)),
    ),
    break_starts_at=time(12),
    break_ends_at=time(12, 30),
)
BELLS: Final = {
    "periods": [
        {"code": each.code, "starts_at": f"{each.starts_at:%H:%M}", "ends_at": f"{each.ends_at:%H:%M}"}
        for each in TIMETABLE.periods
    ],
    "break_starts_at": "12:00",
    "break_ends_at": "12:30",
}
# What guardians announce beside the whole day: two that leave each other room.
PARTS: Final = (("late_arrival", "09:00"), ("early_departure", "15:00"))
RECORDS: Final = (
    {"kind": "absent"},
    {"kind": "absent", "periods": ["1"]},
    {"kind": "late", "time": "09:05"},
    {"kind": "late", "time": "11:00"},
    {"kind": "left_early", "time": "14:00"},
    {"kind": "present"},
)
SUBMITTED: Final = "ca.vitrail.attendance.notice-submitted.v1"
WITHDRAWN: Final = "ca.vitrail.attendance.notice-withdrawn.v1"
RECORDED: Final = "ca.vitrail.attendance.absence-recorded.v1"
MOTIVATION: Final = "ca.vitrail.attendance.motivation-submitted.v1"


class Guardian(AskingThread):
    """Announces absences of some children, takes notices back, and says why a child was absent.

    Whether it holds a child at the moment is enrollment's matter, and attendance's to know: a 404 is an answer.
    """

    def __init__(self, name: str, url: str, families: Sequence[Family], *, plan: Plan, rate: float) -> None:
        office = PassportOffice("attendance", (attendance.PASSPORT_KEY,))
        super().__init__(name, url, office=office, plan=plan, rate=rate)
        self._families = families
        self._days = {pupil.id: _coming_days() for family in families for pupil in family.pupils}
        # What was answered: ids of notices that stand, of those that were taken back, and of motivated absences.
        self.submitted: set[str] = set()
        self.withdrawn: set[str] = set()
        self.motivated: set[str] = set()
        self._mine: list[tuple[Family, str, str]] = []

    def act(self) -> None:
        """Do one of the three."""
        family = self._lot.choice(self._families)
        child_id = self._lot.choice(family.pupils).id
        chance = self._lot.random()
        if chance < 0.12 and self._mine:
            self._withdraw(*self._mine.pop(self._lot.randrange(len(self._mine))))
        elif chance < 0.4:
            self._motivate(family, child_id)
        else:
            self._announce(family, child_id, is_for_today=chance < 0.75)

    def _announce(self, family: Family, child_id: str, *, is_for_today: bool) -> None:
        type_, at = self._lot.choice(PARTS)
        body: dict[str, Any] = {"type": type_, "time": at, "reason": "MALADIE"}
        if is_for_today:
            # One of these days is a school day, whichever it is today.
            today = local_time.day_of(datetime.now(UTC))
            body |= {"date": today.isoformat(), "end_date": (today + timedelta(days=3)).isoformat()}
        else:
            body["date"] = next(self._days[child_id]).isoformat()
        answer, _ = self.ask(passport_of(family), "POST", f"/children/{child_id}/absence-notices", json=body)
        if answer.status_code == 201:
            notice_id: str = answer.json()["id"]
            self.submitted.add(notice_id)
            self._mine.append((family, child_id, notice_id))
        elif answer.status_code not in (404, 409):
            self.deeds.unexpected.append(f"a notice was answered {answer.status_code}")

    def _withdraw(self, family: Family, child_id: str, notice_id: str) -> None:
        answer, _ = self.ask(passport_of(family), "DELETE", f"/children/{child_id}/absence-notices/{notice_id}")
        if answer.status_code == 204:
            self.withdrawn.add(notice_id)
        elif answer.status_code not in (404, 409):
            self.deeds.unexpected.append(f"a withdrawal was answered {answer.status_code}")

    def _motivate(self, family: Family, child_id: str) -> None:
        path = f"/children/{child_id}/absences"
        listed, _ = self.ask(passport_of(family), "GET", path, params={"status": "to_motivate"})
        for absence in (listed.json() if listed.status_code == 200 else [])[:1]:
            answer, _ = self.ask(
                passport_of(family), "POST", f"{path}/{absence['id']}/motivation", json={"reason": "MALADIE"}
            )
            if answer.status_code == 200:
                self.motivated.add(absence["id"])
            elif answer.status_code not in (404, 409):
                self.deeds.unexpected.append(f"a motivation was answered {answer.status_code}")


class School(AskingThread):
    """Records and corrects, one by one and in bulk, of children that somebody holds and of others.

    It alone records: what it was last answered is what stands.
    """

    prefix = "/school/v1"

    def __init__(self, name: str, url: str, students: Sequence[str], *, code: str, plan: Plan, rate: float) -> None:
        office = PassportOffice("attendance", (attendance.PASSPORT_KEY,))
        super().__init__(name, url, office=office, plan=plan, rate=rate)
        self._students = students
        self._passport = school_passport("attendance.read", "attendance.write", organisation_code=code)
        self._on = local_time.day_of(datetime.now(UTC)).isoformat()
        self.said: dict[str, str] = {}

    def prepare(self) -> None:
        """Tell the bell times, as soon as attendance has heard of the organisation."""
        self._require(200, *self.ask(self._passport, "PUT", "/bell-times", json=BELLS))

    def act(self) -> None:
        """Record one, or some at once."""
        if self._lot.random() < 0.6:
            source_id, record = self._draw()
            answer, _ = self.ask(self._passport, "PUT", f"/absences/{source_id}", json=record)
            if answer.status_code in (200, 201):
                self.said[source_id] = record["kind"]
            else:
                self.deeds.unexpected.append(f"a record was answered {answer.status_code}")
            return
        records = [self._draw() for _ in range(self._lot.randrange(2, 12))]
        body = b"".join(orjson.dumps({"source_id": source_id, **record}) + b"\n" for source_id, record in records)
        headers = {"Content-Type": "application/x-ndjson"}
        answer, _ = self.ask(self._passport, "POST", "/absences", content=body, headers=headers)
        if answer.status_code != 200:
            self.deeds.unexpected.append(f"records were answered {answer.status_code}")
            return
        for line, (source_id, record) in zip(answer.content.splitlines(), records, strict=False):
            if orjson.loads(line)["result"] == "refused":
                self.deeds.unexpected.append("a line was refused")
            self.said[source_id] = record["kind"]

    def _draw(self) -> tuple[str, dict[str, Any]]:
        student = self._lot.choice(self._students)
        record = self._lot.choice(RECORDS)
        return f"{student}-{self._lot.randrange(2)}", {"student_source_id": student, "date": self._on, **record}

    def _require(self, status: int, answer: Any, _times: int) -> None:
        if answer.status_code != status:
            self.deeds.unexpected.append(f"the bell times were answered {answer.status_code}")


class Attendance:
    """Attendance's database, who comes to its door, and what must be true of it at the end."""

    def __init__(
        self,
        setup: Setup,
        *,
        plan: Plan,
        broker: Broker,
        enrollment: Database,
        families: Sequence[Family],
        students: Sequence[str],
        organisation_code: str,
        rate: float,
        clock: Clock = _CLOCK,
    ) -> None:
        self._clock = clock
        self.url = setup.database_url("attendance")
        attendance.migrate(self.url)
        self.database = Database(self.url)
        self._broker_url = setup.broker_url
        self._broker = broker
        self._enrollment = enrollment
        # Below the ports of outgoing connections: one of those could take the port of a killed server.
        [self._port] = free_ports(1)
        door = f"http://127.0.0.1:{self._port}"
        self._guardians = [
            Guardian(f"guardian {number}", door, families[number::GUARDIANS], plan=plan, rate=rate / GUARDIANS)
            for number in range(GUARDIANS)
        ]
        # Beside those of the registry one that nobody knows.
        self._school = School(
            "school", door, [*students, "nobody-known"], code=organisation_code, plan=plan, rate=rate / 2
        )

    @property
    def threads(self) -> Sequence[AskingThread]:
        """Return everybody at the door."""
        return (*self._guardians, self._school)

    def environment(self) -> dict[str, str]:
        """Return the settings of its processes."""
        settings = attendance.make_settings(self.url)
        return {
            "ATTENDANCE_HOST": "127.0.0.1",
            "ATTENDANCE_PORT": str(self._port),
            "ATTENDANCE_DATABASE_URL": self.url,
            "ATTENDANCE_BROKER_URL": self._broker_url,
            "ATTENDANCE_PASSPORT_KEYS": ",".join(settings.passport_keys),
            "ATTENDANCE_SEAL_KEYS": ",".join(settings.seal_keys),
            "ATTENDANCE_PSEUDONYM_KEYS": "pseudonym-key-of-the-chaos-0123456789",
            "ATTENDANCE_LOGS_AS_JSON": "0",
        }

    def begin(self) -> None:
        """Let everybody come."""
        self._school.wait_for_server()
        for each in self.threads:
            each.start()

    def stop_writing(self) -> None:
        """Let everybody finish what they are at."""
        for each in self.threads:
            each.over.set()
        for each in self.threads:
            each.join(ANSWER_PATIENCE_S + 20)

    def left(self) -> dict[str, int]:
        """Return what is not at its end yet."""
        with self.database.read() as session:
            left = {
                "outbox of attendance": outbox.count_unpublished(session),
                "dead events of attendance": session.scalar(select(func.count()).select_from(dead_events.dead_events))
                or 0,
            }
        with self._enrollment.read() as session:
            left["dead events of enrollment"] = (
                session.scalar(select(func.count()).select_from(dead_events.dead_events)) or 0
            )
        for group, topics in (("attendance", consumers.TOPICS), ("enrollment", journal_consumers.TOPICS)):
            lag = self._broker.lag(group=group, topics=topics)
            left[f"lag of {group}"] = sum(each.records for each in lag.values())
        return left

    def judge(self) -> list[Finding]:
        """Hold what is there to what was answered, the events to what is there, and the days to their facts."""
        found = verdict.contiguous(projections.list_told(self.database), where="outbox of attendance")
        with self.database.read() as session:
            announced = list(session.scalars(select(Notice)))
            absences = list(session.scalars(select(Absence)))
            motivations = list(session.scalars(select(Motivation)))
            contradictions = list(session.scalars(select(Contradiction)))
        told = self._told()
        return [
            *found,
            *self._judge_answers(announced, absences, motivations),
            *_judge_facts(told, announced, absences, motivations),
            *self._judge_days(announced, absences, motivations, contradictions),
            *self._judge_copy(),
            *self._judge_journal(told),
        ]

    def _judge_answers(
        self, announced: Sequence[Notice], absences: Sequence[Absence], motivations: Sequence[Motivation]
    ) -> list[Finding]:
        submitted = {each for guardian in self._guardians for each in guardian.submitted}
        withdrawn = {each for guardian in self._guardians for each in guardian.withdrawn}
        motivated = {each for guardian in self._guardians for each in guardian.motivated}
        found = verdict.promises_kept(submitted, {each.id for each in announced}, where="notices")
        gone = {each.id for each in announced if each.withdrawn_at is not None}
        found += verdict.promises_kept(withdrawn, gone, where="withdrawals")
        found += verdict.promises_kept(motivated, {each.absence_id for each in motivations}, where="motivations")
        stands = {each.source_id: each.kind for each in absences}
        said = self._school.said
        found += verdict.promises_kept(
            [f"{name} {kind}" for name, kind in said.items()],
            [f"{name} {kind}" for name, kind in stands.items()],
            where="records",
        )
        unexpected = Counter(word for each in self.threads for word in each.deeds.unexpected)
        found += verdict.counts_agree({}, unexpected, invariant="answers_hold", where="answers of attendance")
        # Announced once, however often it was asked for: no two live notices speak of the same part of a child's day.
        parts = Counter(
            f"{each.child_id} {each.first_on} {each.type}" for each in announced if each.withdrawn_at is None
        )
        return found + verdict.counts_agree(
            dict.fromkeys(parts, 1), parts, invariant="writes_once", where="live notices"
        )

    def _judge_days(
        self,
        announced: Sequence[Notice],
        absences: Sequence[Absence],
        motivations: Sequence[Motivation],
        contradictions: Sequence[Contradiction],
    ) -> list[Finding]:
        # A period is motivated when all that was missed of it is.
        missed: dict[tuple[str, date, str], set[str]] = defaultdict(set)
        for absence in absences:
            for period, status in absence.outcome.items():
                missed[absence.student_source_id, absence.on, period].add(status)
        both = [
            f"{each.student_source_id} {each.period}"
            for each in contradictions
            if missed.get((each.student_source_id, each.on, each.period)) == {MOTIVATED}
        ]
        motivated = {each.absence_id for each in motivations if each.decision != "refused"}
        wrong = []
        for student, on in sorted({(each.student_source_id, each.on) for each in absences}):
            of_day = [each for each in absences if (each.student_source_id, each.on) == (student, on)]
            live = [
                each
                for each in announced
                if each.student_source_id == student
                and each.withdrawn_at is None
                and each.first_on <= on <= each.last_on
            ]
            day = _computed(of_day, live, motivated, at=self._clock.now())
            written = {each.id: (each.status, dict(each.outcome)) for each in of_day if each.kind != PRESENT}
            computed = {name: (each.status, dict(each.periods)) for name, each in day.outcomes.items()}
            stand = {
                (e.period, e.kind, e.notice_id) for e in contradictions if (e.student_source_id, e.on) == (student, on)
            }
            if written != computed or stand != {(e.period, e.kind, e.notice_id) for e in day.contradictions}:
                wrong.append(f"{student} {on}")
        return [
            *verdict.none_of(both, invariant="motivated_or_contradicted", where="periods"),
            *verdict.none_of(wrong, invariant="days_come_to_their_facts", where="days"),
        ]

    def _judge_copy(self) -> list[Finding]:
        """Compare the copy of guardianships with what enrollment last said of each."""
        table = outbox.outbox
        query = select(table.c.key, table.c.data).where(table.c.topic == consumers.TOPICS[0]).order_by(table.c.position)
        with self._enrollment.read() as session:
            last = {key: orjson.loads(data) for key, data in session.execute(query)}
        expected = {f"{data['account_id']} {data['child_id']}" for data in last.values() if data is not None}
        live = select(GUARDIANSHIPS.table).where(GUARDIANSHIPS.is_live)
        with self.database.read() as session:
            copied = {f"{row.account_id} {row.child_id}" for row in session.execute(live)}
        return verdict.counts_agree(
            dict.fromkeys(expected, 1), dict.fromkeys(copied, 1), invariant="copied", where="guardianships"
        )

    def _judge_journal(self, told: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Finding]:
        noted = journal_consumers.NOTED
        expected = Counter(
            f"{data['child_id']} {noted[type_]}" for type_, data in told if type_ in noted and "child_id" in data
        )
        query = select(JournalEntry.student_id, JournalEntry.action).where(JournalEntry.action.in_(noted.values()))
        with self._enrollment.read() as session:
            written = Counter(f"{student_id} {action}" for student_id, action in session.execute(query))
        return verdict.counts_agree(expected, written, invariant="journal_once", where="journal entries")

    def _told(self) -> list[tuple[str, Mapping[str, Any]]]:
        table = outbox.outbox
        with self.database.read() as session:
            rows = session.execute(select(table.c.type, table.c.data).order_by(table.c.position))
            return [(type_, orjson.loads(data)) for type_, data in rows]


def subscribe(database: Database, *, organisation_id: str, code: str, at: datetime) -> None:
    """Say that an organisation takes part, as enrollment says it when its registry comes."""
    with database.transaction() as session:
        told = enrollment_events.organisation_subscribed(organisation_id=organisation_id, code=code, at=at)
        outbox.add(session, told, at=at)


def _judge_facts(
    told: Sequence[tuple[str, Mapping[str, Any]]],
    announced: Sequence[Notice],
    absences: Sequence[Absence],
    motivations: Sequence[Motivation],
) -> list[Finding]:
    found = []
    for type_, name, facts in (
        (SUBMITTED, "notice_id", [each.id for each in announced]),
        (WITHDRAWN, "notice_id", [each.id for each in announced if each.withdrawn_at is not None]),
        (RECORDED, "absence_id", [each.id for each in absences]),
        (MOTIVATION, "absence_id", [each.absence_id for each in motivations]),
    ):
        of_events = Counter(data[name] for of_type, data in told if of_type == type_)
        found += verdict.counts_agree(Counter(facts), of_events, invariant="events_of_facts", where=type_)
    return found


def _computed(
    of_day: Sequence[Absence], live: Sequence[Notice], motivated: set[str], *, at: datetime
) -> reconciliation.Day:
    rows = [queries.AbsenceRow(**{name: getattr(each, name) for name in _NAMES}) for each in of_day]
    return reconciliation.reconcile(
        timetable=TIMETABLE,
        announced=[
            reconciliation.Announced(
                notice_id=each.id,
                type=each.type,
                span=notices.span(
                    notices.Announcement(type=each.type, first_on=each.first_on, last_on=each.last_on, at=each.at),
                    TIMETABLE,
                ),
            )
            for each in live
        ],
        recorded=[settling.recorded(row, is_motivated=row.id in motivated, at=at) for row in rows],
    )


def _coming_days() -> Iterator[date]:
    # Beyond those of a notice that begins today.
    day = local_time.day_of(datetime.now(UTC)) + timedelta(days=4)
    while True:
        day += timedelta(days=1)
        if day.weekday() < 5:
            yield day


_NAMES: Final = tuple(queries.AbsenceRow.__dataclass_fields__)
