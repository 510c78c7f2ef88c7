"""The real scenario: parents link and unlink children through enrollment's HTTP, and the services' own processes carry it.

enrollment   serve · relay twice · export twice       the facts: links, the events that tell them, a subscriber's copy
identity     consume twice · notify                   one letter for each event, to the account's holder
attendance   serve · relay · consume twice            the facts: notices and records, reconciled (`absences.py`)
harness      two groups of two members                every event of both, applied once, in order

Parents and the school are threads of the harness, and so is the server of their mailboxes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import func, insert, select

from one_machine.kafka.node import free_ports
from services.enrollment.context import Context
from services.enrollment.models import Link, Student
from services.identity import consumers
from services.identity.app import MIGRATIONS as IDENTITY_MIGRATIONS
from services.identity.models import accounts
from shared import broker as event_log, dead_events, ids, migrations, outbox, topics
from shared.clock import SystemClock
from shared.database import Database
from tests.chaos import absences, mailbox, projections, verdict
from tests.chaos.absences import Attendance
from tests.chaos.actors import Actor, Crew, Program
from tests.chaos.exports import Subscriber
from tests.chaos.mailbox import LINKED, UNLINKED, Mailbox
from tests.chaos.parents import ANSWER_PATIENCE_S, Family, ParentThread
from tests.chaos.plan import KILL, Harm, Plan
from tests.chaos.projections import Projection
from tests.chaos.roles import Member
from tests.chaos.setups import Setup, Victim
from tests.chaos.storm import Age
from tests.chaos.verdict import Finding
from tests.support import enrollment
from tests.support.enrollment import Registry
from tests.support.event_processes import NEVER

PARENTS: Final = 3
FAMILIES_EACH: Final = 4
CHILDREN_EACH: Final = 3
ORGANISATION: Final = "982000"
GROUPS: Final = ("chaos.left", "chaos.right")
# Compacted: the last record of each key is what remains.
STATES: Final = ("vitrail.guardianships.v1",)
TOPICS: Final = ("vitrail.enrollment.v1", *STATES, absences.TOPIC)
CLOCK = SystemClock()
_UNLIMITED = "1000000000"


class Services:
    """Enrollment and identity as an operator runs them, with parents at the door."""

    name = "services"
    invariants = (
        *verdict.OF_EVENTS,
        "writes_once",
        "events_of_facts",
        "one_letter_each",
        "exported",
        "newest_last",
        "motivated_or_contradicted",
        "days_come_to_their_facts",
        "copied",
        "journal_once",
    )

    def __init__(self, setup: Setup, *, plan: Plan, folder: Path, without: str = "", rate: float = 30) -> None:
        self._setup = setup
        self._plan = plan
        self._folder = folder
        self._without = without
        self._catalogue = topics.load()
        self._is_calm = False
        self._mail = Mailbox()
        self.victims: Sequence[Victim] = (self._mail,)
        self._urls = {name: setup.database_url(name) for name in ("enrollment", "identity")}
        self._broker = event_log.open_broker(setup.broker_url)
        self._broker.make_topics()
        self._databases = {name: Database(url) for name, url in self._urls.items()}
        migrations.migrate(self._databases["identity"], IDENTITY_MIGRATIONS)
        enrollment.migrate(self._urls["enrollment"])
        self._families, students = self._make_families()
        self._attendance = absences.Attendance(
            setup,
            plan=plan,
            broker=self._broker,
            enrollment=self._databases["enrollment"],
            families=self._families,
            students=students,
            organisation_code=ORGANISATION,
            rate=rate,
        )
        self._projections = [
            Projection.make(setup, group=group, topics=TOPICS, broker=self._broker) for group in GROUPS
        ]
        # Below the ports of outgoing connections: one of those could take the port of a killed server.
        [port] = free_ports(1)
        self._subscriber = Subscriber(
            database=self._databases["enrollment"],
            broker=self._broker,
            organisation_code=ORGANISATION,
            environment=self._enrollment(port),
        )
        self._parents = [
            ParentThread(
                f"parent {number}",
                f"http://127.0.0.1:{port}",
                self._families[number::PARENTS],
                plan=plan,
                rate=rate / PARENTS,
            )
            for number in range(PARENTS)
        ]
        self.crew = Crew([*self._programs(port), *self._members()])

    def begin(self) -> None:
        self.crew.start()
        self._subscriber.board(self._folder)
        self._parents[0].wait_for_server()
        for parent in self._parents:
            parent.start()
        self._attendance.begin()

    def stop_writing(self) -> None:
        self._is_calm = True
        for parent in self._parents:
            parent.over.set()
        for parent in self._parents:
            parent.join(ANSWER_PATIENCE_S + 20)
        self._attendance.stop_writing()

    def settle_once(self) -> Mapping[str, int]:
        left: dict[str, int] = {}
        with self._databases["enrollment"].read() as session:
            left["outbox of enrollment"] = outbox.count_unpublished(session)
        lag = self._broker.lag(group="identity", topics=consumers.TOPICS)
        left["lag of identity"] = sum(each.records for each in lag.values())
        with self._databases["identity"].read() as session:
            left["dead events of identity"] = (
                session.scalar(select(func.count()).select_from(dead_events.dead_events)) or 0
            )
        left["letters of identity"] = mailbox.count_waiting(self._databases["identity"])
        of_groups: Sequence[Projection | Subscriber | Attendance] = (
            *self._projections,
            self._subscriber,
            self._attendance,
        )
        for each in of_groups:
            left |= each.left()
        if not any(left.values()):
            # A relay tells them again some seconds after an older one may have come late.
            newest, last = self._states()
            left["old words of states"] = sum(last.get(key) != version for key, version in newest.items())
        return left

    def progress(self) -> tuple[int, int, int]:
        committed = 0
        for database in (self._databases["enrollment"], self._attendance.database):
            with database.read() as session:
                told = select(func.count()).where(outbox.outbox.c.topic.in_(TOPICS))
                committed += session.scalar(told) or 0
        refused = sum(each.deeds.refused for each in (*self._parents, *self._attendance.threads))
        return committed, min(each.count() for each in self._projections), refused

    def judge(self) -> list[Finding]:
        told = projections.list_told(self._databases["enrollment"], topics=TOPICS)
        found = verdict.contiguous(told, where="outbox of enrollment")
        told += projections.list_told(self._attendance.database)
        for projection in self._projections:
            found += verdict.applied_once_in_order(told, projection.list_applied(), where=projection.group)
        newest, last = self._states()
        found += verdict.counts_agree(newest, last, invariant="newest_last", where=STATES[0])
        emails = {family.account_id: family.email for family in self._families}
        found += self._mail.judge(self._databases["identity"], events=self._link_events(), emails=emails)
        return [*found, *self._judge_writes(), *self._subscriber.judge(), *self._attendance.judge()]

    def ages(self) -> Mapping[str, Sequence[Age]]:
        committed = {
            **projections.list_moments(self._databases["enrollment"]),
            **projections.list_moments(self._attendance.database),
        }
        return {each.group: each.ages(committed) for each in self._projections}

    def close(self) -> None:
        self.crew.end()
        self._mail.close()
        for projection in self._projections:
            projection.database.close()
        self._attendance.database.close()
        for database in self._databases.values():
            database.close()
        self._broker.close()

    def _judge_writes(self) -> list[Finding]:
        """Hold the links to what parents were told, and the events to the links."""
        with self._databases["enrollment"].read() as session:
            links = session.execute(select(Link.id, Link.account_id, Link.student_id, Link.ended_at)).all()
        claimed = Counter(f"{link.account_id} {link.student_id}" for link in links)
        ended = Counter(f"{link.account_id} {link.student_id}" for link in links if link.ended_at is not None)
        deeds = [parent.deeds for parent in self._parents]
        told_claims = Counter({f"{a} {c}": n for each in deeds for (a, c), n in each.claims.items()})
        told_unlinks = Counter({f"{a} {c}": n for each in deeds for (a, c), n in each.unlinks.items()})
        found = verdict.promises_kept(told_claims, claimed, where="links")
        found += verdict.counts_agree(told_claims, claimed, invariant="writes_once", where="claims")
        found += verdict.counts_agree(told_unlinks, ended, invariant="writes_once", where="unlinkings")
        unexpected = Counter(word for each in deeds for word in each.unexpected)
        found += verdict.counts_agree({}, unexpected, invariant="answers_hold", where="answers")
        events = self._link_events()
        for event_type, of_links in (
            (LINKED, Counter(link.id for link in links)),
            (UNLINKED, Counter(link.id for link in links if link.ended_at is not None)),
        ):
            of_events = Counter(data["link_id"] for data in events[event_type])
            found += verdict.counts_agree(of_links, of_events, invariant="events_of_facts", where=event_type)
        return found

    def _states(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return the newest version of each state, and that of its last record."""
        told = projections.list_told(self._databases["enrollment"], topics=STATES)
        return {each.key: each.version for each in told}, projections.list_last(self._broker, topic=STATES[0])

    def _link_events(self) -> dict[str, list[dict[str, Any]]]:
        table = outbox.outbox
        query = select(table.c.type, table.c.data).where(table.c.type.in_([LINKED, UNLINKED]))
        events: dict[str, list[dict[str, Any]]] = {LINKED: [], UNLINKED: []}
        with self._databases["enrollment"].read() as session:
            for event_type, data in session.execute(query):
                events[event_type].append(orjson.loads(data))
        return events

    def _make_families(self) -> tuple[list[Family], list[str]]:
        """Make families in an organisation that takes part; return them, and their children as its own system calls them."""
        ctx = Context.open(enrollment.make_settings(self._urls["enrollment"]))
        registry = Registry(ctx)
        organisation_id = registry.make_organisation(code=ORGANISATION)
        absences.subscribe(ctx.db, organisation_id=organisation_id, code=ORGANISATION, at=CLOCK.now())
        families = []
        for number in range(PARENTS * FAMILIES_EACH):
            email = f"parent{number}@example.org"
            account_id = ids.new()
            pupils = [
                registry.make_student(
                    organisation_id=organisation_id, guardian=email, given_name=f"Enfant{number}{'abcdef'[each]}"
                )
                for each in range(CHILDREN_EACH)
            ]
            families.append(Family(account_id=account_id, email=email, pupils=pupils))
        students = [registry.source_id_of(Student, pupil.id) for family in families for pupil in family.pupils]
        ctx.db.close()
        with self._databases["identity"].transaction() as session:
            session.execute(
                insert(accounts),
                [
                    {
                        "id": each.account_id,
                        "email": each.email,
                        "email_key": each.email,
                        "language": "fr",
                        "created_at": CLOCK.now(),
                    }
                    for each in families
                ],
            )
        return families, students

    def _programs(self, port: int) -> list[Actor]:
        """Return the services' processes, as an operator starts them."""
        kill_and_pause = (KILL, self._setup.pause)
        rarely = Harm(kind="kill", weight=3, shortest_s=0, longest_s=1)
        environments = {
            "enrollment": self._enrollment(port),
            "identity": self._identity(),
            "attendance": self._attendance.environment(),
        }
        wanted: list[tuple[str, str, str, Sequence[Harm]]] = [
            ("enrollment server", "enrollment", "serve", (KILL,)),
            ("enrollment relay 1", "enrollment", "relay", kill_and_pause),
            ("enrollment relay 2", "enrollment", "relay", kill_and_pause),
            ("enrollment exporter 1", "enrollment", "export", kill_and_pause),
            ("enrollment exporter 2", "enrollment", "export", kill_and_pause),
            ("enrollment consumer", "enrollment", "consume", kill_and_pause),
            ("attendance server", "attendance", "serve", (KILL,)),
            ("attendance relay", "attendance", "relay", kill_and_pause),
            ("attendance consumer 1", "attendance", "consume", kill_and_pause),
            ("attendance consumer 2", "attendance", "consume", kill_and_pause),
            ("identity consumer 1", "identity", "consume", kill_and_pause),
            ("identity consumer 2", "identity", "consume", kill_and_pause),
            ("identity notifier", "identity", "notify", (rarely,)),
        ]
        return [
            Actor(
                name,
                lambda _life, service=service, command=command: Program(  # type: ignore[misc]
                    words=("-m", f"services.{service}", command), environment=environments[service]
                ),
                folder=self._folder,
                harms=harms,
            )
            for name, service, command, harms in wanted
        ]

    def _enrollment(self, port: int) -> dict[str, str]:
        limits = (
            "ACCOUNT_HOUR",
            "ACCOUNT_DAY",
            "ACCOUNT_MONTH",
            "ADDRESS_HOUR",
            "RANGE_HOUR",
            "ORGANISATION_HOUR",
            "CHILD_DAY",
            "CHILD_MONTH",
            "NUMBER_DAY",
        )
        settings = enrollment.make_settings(self._urls["enrollment"])
        return {
            "ENROLLMENT_HOST": "127.0.0.1",
            "ENROLLMENT_PORT": str(port),
            "ENROLLMENT_DATABASE_URL": self._urls["enrollment"],
            "ENROLLMENT_BROKER_URL": self._setup.broker_url,
            "ENROLLMENT_PASSPORT_KEYS": ",".join(settings.passport_keys),
            "ENROLLMENT_DIGEST_KEYS": ",".join(settings.digest_keys),
            "ENROLLMENT_SEAL_KEYS": ",".join(settings.seal_keys),
            "ENROLLMENT_PSEUDONYM_KEYS": "pseudonym-key-of-the-chaos-0123456789",
            "ENROLLMENT_SMTP_URL": self._mail.url,
            "ENROLLMENT_LOGS_AS_JSON": "0",
            "PUBLIC_URL": "http://127.0.0.1",
            **{f"ENROLLMENT_CLAIMS_PER_{limit}": _UNLIMITED for limit in limits},
        }

    def _identity(self) -> dict[str, str]:
        rings = ("PASSPORT", "CODE", "TICKET", "PEPPER", "DIGEST", "SESSION", "CLIENT", "SEAL")
        return {
            "IDENTITY_DATABASE_URL": self._urls["identity"],
            "IDENTITY_BROKER_URL": self._setup.broker_url,
            "IDENTITY_SMTP_URL": self._mail.url,
            "IDENTITY_LOGS_AS_JSON": "0",
            "PUBLIC_URL": "http://127.0.0.1",
            **{f"IDENTITY_{ring}_KEYS": f"{ring.lower()}-key-of-the-chaos-0123456789" for ring in rings},
        }

    def _members(self) -> list[Actor]:
        actors = []
        for side, projection in zip(("left", "right"), self._projections, strict=True):
            for number in (1, 2):
                name = f"{side} member {number}"

                def make(life: int, name: str = name, projection: Projection = projection) -> Member:
                    lot = self._plan.lot(name, life)
                    is_dying = not self._is_calm and lot.random() < 0.5
                    return Member(
                        url=projection.url,
                        broker_url=self._setup.broker_url,
                        group=projection.group,
                        topics=TOPICS,
                        catalogue=self._catalogue,
                        forgiveness=self._folder / "forgiven",
                        dies_after=lot.randrange(1, self._setup.longest_life // 3) if is_dying else NEVER,
                        dies_inside=self._without != "inbox" and (self._without == "late-offsets" or life % 2 == 0),
                        without=self._without,
                    )

                actors.append(Actor(name, make, folder=self._folder, harms=(KILL, self._setup.pause)))
        return actors
