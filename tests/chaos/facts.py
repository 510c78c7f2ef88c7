"""The quick scenario: facts of the tests' example, noted by processes of the harness, for many events and many deaths."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import func, select

from shared import broker as event_log, dead_events, outbox, reviving
from shared.broker import Broker
from shared.database import Database
from tests.chaos import projections, verdict
from tests.chaos.actors import Actor, Crew
from tests.chaos.plan import KILL, Plan
from tests.chaos.projections import Projection
from tests.chaos.roles import Member, Relay, Writer
from tests.chaos.setups import Setup
from tests.chaos.storm import Age
from tests.chaos.verdict import Finding
from tests.support import events
from tests.support.event_processes import NEVER
from tests.support.events import CATALOGUE, TOPIC

WRITERS = 3
GROUPS = ("chaos.left", "chaos.right")


class Facts:
    """Three writers, a relay and another in waiting, and two projections with two members each."""

    name = "facts"
    invariants = verdict.OF_EVENTS
    victims = ()

    def __init__(self, setup: Setup, *, plan: Plan, folder: Path, without: str = "", rate: float = 150) -> None:
        self._setup = setup
        self._plan = plan
        self._folder = folder
        self._without = without
        self._rate = rate
        self._is_calm = False
        self._url = setup.database_url("facts")
        events.prepare(self._url)
        self._database = Database(self._url)
        self._broker: Broker = event_log.open_broker(setup.broker_url, catalogue=CATALOGUE)
        self._broker.make_topics([TOPIC])
        self._forgiveness = folder / "forgiven"
        self._projections = [
            Projection.make(setup, group=group, topics=(TOPIC,), broker=self._broker) for group in GROUPS
        ]
        harms = (KILL, setup.pause)
        actors = [
            Actor(f"writer {number}", self._writer(f"writer {number}"), folder=folder)
            for number in range(1, WRITERS + 1)
        ]
        relays = (1,) if without == "outbox-marks" else (1, 2)
        actors += [Actor(f"relay {n}", self._relay(f"relay {n}"), folder=folder, harms=harms) for n in relays]
        for side, projection in zip(("left", "right"), self._projections, strict=True):
            for number in (1, 2):
                name = f"{side} member {number}"
                actors.append(Actor(name, self._member(name, projection), folder=folder, harms=harms))
        self.crew = Crew(actors)

    def begin(self) -> None:
        self.crew.start()

    def stop_writing(self) -> None:
        self._is_calm = True
        self._forgiveness.touch()
        self.crew.retire([name for name in self.crew.actors if name.startswith("writer")])

    def settle_once(self) -> Mapping[str, int]:
        with self._database.read() as session:
            left = {"outbox of facts": outbox.count_unpublished(session)}
        for projection in self._projections:
            self._revive(projection)
            left |= projection.left()
        return left

    def progress(self) -> tuple[int, int, int]:
        with self._database.read() as session:
            committed = session.scalar(select(func.count()).select_from(outbox.outbox)) or 0
        return committed, min(each.count() for each in self._projections), 0

    def judge(self) -> list[Finding]:
        told = projections.list_told(self._database)
        promised = {
            line
            for file in self._folder.glob("writer-*.answers")
            # A writer that was killed in the middle of a line had not said it.
            for line in file.read_text(encoding="ascii").split("\n")
            if len(line) == len(told[0].id)
        }
        found = verdict.contiguous(told, where="outbox of facts")
        found += verdict.promises_kept(promised, {each.id for each in told}, where="outbox of facts")
        for projection in self._projections:
            found += verdict.applied_once_in_order(told, projection.list_applied(), where=projection.group)
        return found

    def ages(self) -> Mapping[str, Sequence[Age]]:
        committed = projections.list_moments(self._database, but_not="stubborn:")
        return {each.group: each.ages(committed) for each in self._projections}

    def _revive(self, projection: Projection) -> None:
        """Retry what is dead, as an operator would once its cause is gone."""
        member = self._make_member(projection, dies_after=NEVER)
        with projection.database.read() as session:
            heads = dead_events.list_dead(session, consumer=projection.group)
        for head in heads:
            try:
                reviving.retry(
                    database=projection.database,
                    handlers=member.handlers(projection.database),
                    known_types=CATALOGUE.event_types([TOPIC]),
                    position=head.position,
                )
            except reviving.NoSuchDeadEvent:
                continue

    def _writer(self, name: str) -> Callable[[int], Writer]:
        def make(life: int) -> Writer:
            return Writer(
                name=name,
                seed=self._plan.seed,
                life=life,
                url=self._url,
                answers=self._folder / f"{name.replace(' ', '-')}.answers",
                rate=self._rate / WRITERS,
                without=self._without,
            )

        return make

    def _relay(self, name: str) -> Callable[[int], Relay]:
        def make(life: int) -> Relay:
            return Relay(
                url=self._url,
                broker_url=self._setup.broker_url,
                dies_after=self._death(name, life),
                without=self._without,
            )

        return make

    def _member(self, name: str, projection: Projection) -> Callable[[int], Member]:
        def make(life: int) -> Member:
            return self._make_member(
                projection,
                dies_after=self._death(name, life),
                dies_inside=self._without == "late-offsets" or life % 2 == 0,
            )

        return make

    def _make_member(self, projection: Projection, *, dies_after: int, dies_inside: bool = False) -> Member:
        return Member(
            url=projection.url,
            broker_url=self._setup.broker_url,
            group=projection.group,
            topics=(TOPIC,),
            forgiveness=self._forgiveness,
            dies_after=dies_after,
            dies_inside=dies_inside and self._without != "inbox",
            without=self._without,
        )

    def _death(self, name: str, life: int) -> int:
        """Return after how many events this life ends by its own hand, if it does."""
        lot = self._plan.lot(name, life)
        return NEVER if self._is_calm or lot.random() < 0.4 else lot.randrange(1, self._setup.longest_life)

    def close(self) -> None:
        self.crew.end()
        for projection in self._projections:
            projection.database.close()
        self._database.close()
        self._broker.close()
