import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import orjson
import pytest
from sqlalchemy import event, insert, select, update

from services.enrollment import queries
from services.enrollment.context import Context
from services.enrollment.errors import CampaignClosed
from services.enrollment.models import CampaignNotice, Guardian, Guardianship, Organisation, Student
from services.enrollment.operations import campaigns
from services.enrollment.operations.campaigns import announcing
from services.enrollment.rules import emails
from shared import ids
from shared.letters import letters as waiting
from shared.problems import NotFound
from tests.enrollment.campaigns.conftest import Plan
from tests.support.clock import FakeClock
from tests.support.enrollment import ACCOUNT, MOMENT, PARENT, Pupil, Registry

OPEN = "campaign_open"
REMINDER = "campaign_reminder"
OTHER_EMAIL = "autre@exemple.ca"
ROUNDS = 3
# In the morning of the day on which the campaign reminds by itself.
DAY_OF_REMINDER = datetime(2026, 1, 30, 12, tzinfo=UTC)

SMALL = campaigns.Pace(page_size=20)


def read_letters(ctx: Context) -> list[dict[str, Any]]:
    """Return the letters that wait for the sender, as they will be mailed, with their kind."""
    with ctx.db.read() as session:
        rows = session.execute(select(waiting.c.kind, waiting.c.sealed).order_by(waiting.c.id)).all()
    return [{"kind": row.kind, **orjson.loads(ctx.seal.open(row.sealed))} for row in rows]


def addressed(ctx: Context) -> list[tuple[str, str]]:
    return [(letter["kind"], letter["to"]) for letter in read_letters(ctx)]


def answer(ctx: Context, pupil: Pupil) -> None:
    campaigns.answer_campaign(ctx, account_id=ACCOUNT, email=PARENT, child_id=pupil.id, answer="returning")


def make_families(plan: Plan, count: int) -> list[str]:
    """Make as many students, each with a principal guardian of its own, and return their addresses."""
    people = [(ids.new(), ids.new(), f"famille{number:04}@exemple.ca") for number in range(count)]
    common = {"organisation_id": plan.organisation_id, "changed_at": MOMENT}
    names = {"given_name": "Ève", "family_name": "Roy"}
    with plan.ctx.db.transaction() as session:
        session.execute(
            insert(Student), [{"id": one, "source_id": one, **names, **common, "grade": "05"} for one, _, _ in people]
        )
        session.execute(
            insert(Guardian),
            [
                {"id": one, "source_id": one, **names, **common, "email": email, "email_key": emails.key(email)}
                for _, one, email in people
            ],
        )
        session.execute(
            insert(Guardianship),
            [
                {
                    "student_id": student_id,
                    "guardian_id": guardian_id,
                    "organisation_id": plan.organisation_id,
                    "is_principal": True,
                    "rights": None,
                    "restrictions": [],
                }
                for student_id, guardian_id, _ in people
            ],
        )
    return [email for _, _, email in people]


@pytest.mark.requirement("RR-02")
def test_announce_writes_to_the_principal_guardian_with_or_without_an_account(
    ctx: Context, plan: Plan, pupil: Pupil, registry: Registry, told: Callable[[str], list[dict[str, Any]]]
) -> None:
    registry.make_guardian(pupil, email=OTHER_EMAIL)
    plan.make_pupil(email="sans-compte@exemple.ca", account_id=None)
    made = plan.make()
    assert campaigns.announce(ctx) == 2
    assert sorted(addressed(ctx)) == [(OPEN, PARENT), (OPEN, "sans-compte@exemple.ca")]
    assert told("campaign-opened") == [
        {
            "campaign_id": made["id"],
            "organisation_id": plan.organisation_id,
            "school_year": "2026-2027",
            "opens_at": "2026-01-12T05:00:00+00:00",
            "closes_at": "2026-02-07T05:00:00+00:00",
        }
    ]


@pytest.mark.requirement("RR-02")
def test_a_guardian_of_several_children_gets_one_letter(
    ctx: Context, plan: Plan, pupil: Pupil, registry: Registry
) -> None:
    for name in ("Léo", "Mia", "Noé"):
        sibling = registry.make_student(organisation_id=plan.organisation_id, guardian=None, given_name=name)
        # Another file of the same person, and the address as that file has it.
        registry.make_guardian(sibling, email=PARENT.upper(), is_principal=True)
    plan.make()
    assert [campaigns.announce(ctx) for _ in range(3)] == [1, 0, 0]
    assert [to.casefold() for _, to in addressed(ctx)] == [PARENT]


@pytest.mark.requirement("RR-02", "XC-07")
def test_a_letter_says_whose_campaign_and_until_when_and_nothing_of_a_child(
    ctx: Context, plan: Plan, registry: Registry
) -> None:
    school_id = registry.make_school(organisation_id=plan.organisation_id, name="École du Grand-Héron")
    plan.make_pupil(school_id=school_id, given_name="Philomène", family_name="Archambault-Zède", file_number="7654321")
    plan.make()
    campaigns.announce(ctx)
    (letter,) = read_letters(ctx)
    with ctx.db.read() as session:
        organisation = session.scalar(select(Organisation.name).where(Organisation.id == plan.organisation_id))
    assert str(organisation) in letter["text"]
    assert "du 12\u00a0janvier 2026 au 6\u00a0février 2026" in letter["text"]
    assert "from January\u00a012, 2026 to February\u00a06, 2026" in letter["text"]
    assert letter["language"] == "fr, en"
    everything = f"{letter['subject']} {letter['text']} {letter['html']}"
    for datum in ("Philomène", "Archambault", "7654321", "Grand-Héron", "05", "2014"):
        assert datum not in everything.replace("2005", "")


@pytest.mark.requirement("XC-07")
def test_an_english_board_writes_english_first(ctx: Context, plan: Plan, pupil: Pupil) -> None:
    with ctx.db.transaction() as session:
        session.execute(update(Organisation).values(network="anglophone"))
    plan.make()
    campaigns.announce(ctx)
    (letter,) = read_letters(ctx)
    assert letter["language"] == "en, fr"
    assert letter["text"].index("Re-registration is open") < letter["text"].index("La réinscription est ouverte")


@pytest.mark.requirement("RR-02")
def test_nobody_is_written_to_who_is_not_concerned_or_may_not_answer(
    ctx: Context, plan: Plan, registry: Registry
) -> None:
    plan.make_pupil(email="autre-niveau@exemple.ca", account_id=None, grade="06")
    plan.make_pupil(email="parti@exemple.ca", account_id=None, status="gone")
    for restriction in ("no_re_register", "no_access"):
        restricted = registry.make_student(organisation_id=plan.organisation_id, guardian=None)
        registry.make_guardian(restricted, email="restreint@exemple.ca", is_principal=True, restrictions=[restriction])
    ended = registry.make_student(organisation_id=plan.organisation_id, guardian=None)
    registry.make_guardian(ended, email="fini@exemple.ca", is_principal=True, ends_on=date(2026, 1, 14))
    silent = registry.make_student(organisation_id=plan.organisation_id, guardian=None)
    registry.make_guardian(silent, email=None, is_principal=True)
    Plan(ctx, registry).make_pupil(email="ailleurs@exemple.ca", account_id=None)
    plan.make(grades=["05"])
    assert (campaigns.announce(ctx), addressed(ctx)) == (0, [])


@pytest.mark.requirement("RR-02", "RR-01")
def test_letters_wait_for_the_first_moment_of_the_first_day(
    ctx: Context, plan: Plan, pupil: Pupil, clock: FakeClock
) -> None:
    plan.make(opens_on=date(2026, 1, 20))
    clock.move_to(datetime(2026, 1, 20, 4, 59, 59, tzinfo=UTC))
    assert campaigns.announce(ctx) == 0
    clock.move_to(datetime(2026, 1, 20, 5, tzinfo=UTC))
    assert campaigns.announce(ctx) == 1


def test_a_campaign_that_is_over_writes_to_nobody(ctx: Context, plan: Plan, pupil: Pupil, clock: FakeClock) -> None:
    plan.make()
    clock.move_to(datetime(2026, 2, 7, 5, tzinfo=UTC))
    assert campaigns.announce(ctx) == 0


@pytest.mark.requirement("RR-02")
def test_whoever_comes_onto_a_file_later_is_told_too(
    ctx: Context, plan: Plan, pupil: Pupil, registry: Registry, clock: FakeClock
) -> None:
    plan.make()
    campaigns.announce(ctx)
    plan.make_pupil(email=OTHER_EMAIL, account_id=None)
    # Nothing says yet that the registry has changed.
    assert campaigns.announce(ctx) == 0
    with ctx.db.transaction() as session:
        session.execute(update(Organisation).values(registry_version=Organisation.registry_version + 1))
    assert campaigns.announce(ctx) == 1
    later = registry.make_student(organisation_id=plan.organisation_id, guardian=None)
    registry.make_guardian(later, email="demain@exemple.ca", is_principal=True, starts_on=date(2026, 1, 16))
    clock.advance(timedelta(days=1))
    assert campaigns.announce(ctx) == 1
    assert [to for _, to in addressed(ctx)] == [PARENT, OTHER_EMAIL, "demain@exemple.ca"]


@pytest.mark.requirement("RR-02")
def test_whoever_a_changed_campaign_concerns_is_told_and_nobody_twice(ctx: Context, plan: Plan, pupil: Pupil) -> None:
    plan.make_pupil(email=OTHER_EMAIL, account_id=None, grade="06")
    made = plan.make(grades=["05"])
    campaigns.announce(ctx)
    plan.change(made, grades=["05", "06"], closes_on=date(2026, 2, 20))
    assert campaigns.announce(ctx) == 1
    assert [to for _, to in addressed(ctx)] == [PARENT, OTHER_EMAIL]


def test_a_run_that_finds_nothing_due_is_one_statement(ctx: Context, plan: Plan, pupil: Pupil) -> None:
    plan.make()
    campaigns.announce(ctx)
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement.split(maxsplit=1)[0])

    event.listen(ctx.db.engine, "before_cursor_execute", note)
    campaigns.announce(ctx)
    event.remove(ctx.db.engine, "before_cursor_execute", note)
    assert statements == ["SELECT"]


@pytest.mark.requirement("RR-02")
def test_the_reminder_goes_once_to_whoever_has_not_answered(
    ctx: Context, plan: Plan, pupil: Pupil, clock: FakeClock
) -> None:
    plan.make_pupil(email=OTHER_EMAIL, account_id=None)
    plan.make()
    campaigns.announce(ctx)
    answer(ctx, pupil)
    clock.move_to(datetime(2026, 1, 30, 4, 59, 59, tzinfo=UTC))
    assert campaigns.announce(ctx) == 0
    clock.move_to(datetime(2026, 1, 30, 5, tzinfo=UTC))
    assert [campaigns.announce(ctx) for _ in range(3)] == [1, 0, 0]
    assert addressed(ctx)[2:] == [(REMINDER, OTHER_EMAIL)]
    clock.advance(timedelta(days=3))
    assert campaigns.announce(ctx) == 0


@pytest.mark.requirement("RR-02")
def test_one_child_without_an_answer_is_enough_to_be_reminded(
    ctx: Context, plan: Plan, pupil: Pupil, clock: FakeClock
) -> None:
    plan.make_pupil(given_name="Zoé")
    plan.make()
    campaigns.announce(ctx)
    answer(ctx, pupil)
    clock.move_to(DAY_OF_REMINDER)
    assert campaigns.announce(ctx) == 1


@pytest.mark.requirement("RR-02")
def test_nobody_is_reminded_on_the_day_on_which_they_are_told(
    ctx: Context, plan: Plan, pupil: Pupil, clock: FakeClock
) -> None:
    plan.make()
    clock.move_to(DAY_OF_REMINDER)
    campaigns.announce(ctx)
    clock.advance(timedelta(days=1))
    campaigns.announce(ctx)
    assert addressed(ctx) == [(OPEN, PARENT)]


@pytest.mark.parametrize("overrides", [{"reminder_days": None}, {"reminder_days": 25}])
def test_a_campaign_without_a_reminder_reminds_nobody(
    ctx: Context, plan: Plan, pupil: Pupil, clock: FakeClock, overrides: dict[str, Any]
) -> None:
    plan.make(**overrides)
    for _ in range(22):
        campaigns.announce(ctx)
        clock.advance(timedelta(days=1))
    assert addressed(ctx) == [(OPEN, PARENT)]


@pytest.mark.requirement("RR-02")
def test_a_campaign_that_is_extended_reminds_before_its_new_end(
    ctx: Context, plan: Plan, pupil: Pupil, clock: FakeClock
) -> None:
    made = plan.make()
    campaigns.announce(ctx)
    clock.move_to(DAY_OF_REMINDER)
    campaigns.announce(ctx)
    assert plan.change(made, closes_on=date(2026, 2, 20))["reminds_on"] == date(2026, 2, 13)
    assert campaigns.announce(ctx) == 0
    clock.move_to(datetime(2026, 2, 13, 12, tzinfo=UTC))
    assert [campaigns.announce(ctx) for _ in range(2)] == [1, 0]
    assert Counter(addressed(ctx)) == {(OPEN, PARENT): 1, (REMINDER, PARENT): 2}


@pytest.mark.requirement("RR-02")
def test_remind_by_command_reminds_at_each_call(ctx: Context, plan: Plan, pupil: Pupil, clock: FakeClock) -> None:
    made = plan.make()
    campaigns.announce(ctx)
    clock.advance(timedelta(days=1))
    seen: list[tuple[int, int]] = []
    remind = partial(campaigns.remind, ctx, campaign_id=made["id"])
    assert remind(progress=lambda *done: seen.append(done)) == (1, True)
    assert seen == [(0, 1), (1, 1)]
    assert remind() == (1, True)
    answer(ctx, pupil)
    assert remind() == (0, True)
    # By itself it still reminds on its day, but not beside a reminder of that day.
    clock.move_to(DAY_OF_REMINDER)
    assert remind() == (0, True)
    assert campaigns.announce(ctx) == 0


@pytest.mark.requirement("RR-02")
def test_remind_leaves_off_where_the_campaign_has_become_another_one(
    ctx: Context, plan: Plan, pupil: Pupil, clock: FakeClock
) -> None:
    made = plan.make()
    campaigns.announce(ctx)
    clock.advance(timedelta(days=1))

    def change(_done: int, _total: int) -> None:
        plan.change(made, grades=["06"])

    assert campaigns.remind(ctx, campaign_id=made["id"], progress=change) == (0, False)
    # The next run goes by the campaign as it is now.
    assert campaigns.announce(ctx) == 0
    assert addressed(ctx) == [(OPEN, PARENT)]


def test_remind_refuses_what_is_not_open_or_not_there(
    ctx: Context, plan: Plan, registry: Registry, clock: FakeClock
) -> None:
    made = plan.make(opens_on=date(2026, 1, 20))
    with pytest.raises(CampaignClosed) as refused:
        campaigns.remind(ctx, campaign_id=made["id"])
    assert refused.value.facts["opens_on"] == date(2026, 1, 20)
    for campaign_id, code in ((ids.new(), None), ("x", None), (made["id"], Plan(ctx, registry).code)):
        with pytest.raises(NotFound):
            campaigns.remind(ctx, campaign_id=campaign_id, organisation_code=code)


class Killed(BaseException):
    """The end of a process, at any statement."""


@pytest.mark.requirement("RR-02")
@pytest.mark.parametrize("seed", range(4))
def test_a_run_that_is_killed_anywhere_tells_nobody_twice_and_misses_nobody(
    ctx: Context, plan: Plan, clock: FakeClock, seed: int
) -> None:
    families = make_families(plan, 90)
    plan.make()
    chance = random.Random(seed)
    left = [0]

    def kill(*_statement: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    def run_until_killed() -> None:
        left[0] = chance.randint(1, 80)
        with suppress(Killed):
            campaigns.announce(ctx, pace=SMALL)

    event.listen(ctx.db.engine, "before_cursor_execute", kill)
    for _ in range(8):
        run_until_killed()
    left[0] = 0
    campaigns.announce(ctx, pace=SMALL)
    assert Counter(addressed(ctx)) == Counter((OPEN, email) for email in families)
    clock.move_to(DAY_OF_REMINDER)
    for _ in range(8):
        run_until_killed()
    left[0] = 0
    campaigns.announce(ctx, pace=SMALL)
    event.remove(ctx.db.engine, "before_cursor_execute", kill)
    assert Counter(addressed(ctx)) == Counter((kind, email) for kind in (OPEN, REMINDER) for email in families)


@pytest.mark.requirement("RR-02")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_racing_runs_write_each_letter_once(ctx: Context, plan: Plan, clock: FakeClock, round_number: int) -> None:
    families = make_families(plan, 90)
    plan.make()
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(campaigns.announce, ctx, pace=SMALL) for _ in range(4)]:
            done.result()
        clock.move_to(DAY_OF_REMINDER)
        for done in [threads.submit(campaigns.announce, ctx, pace=SMALL) for _ in range(4)]:
            done.result()
    assert Counter(addressed(ctx)) == Counter((kind, email) for kind in (OPEN, REMINDER) for email in families)


def test_no_more_letters_are_written_than_the_sender_keeps_up_with(ctx: Context, plan: Plan) -> None:
    families = make_families(plan, 70)
    plan.make()
    pace = campaigns.Pace(page_size=20, most_waiting=30)
    assert [campaigns.announce(ctx, pace=pace) for _ in range(2)] == [40, 0]
    with ctx.db.transaction() as session:
        session.execute(update(waiting).values(due_at=None))
    assert [campaigns.announce(ctx, pace=pace) for _ in range(2)] == [30, 0]
    with ctx.db.read() as session:
        reached = session.scalars(select(CampaignNotice.email_key)).all()
    assert sorted(reached) == families


@pytest.mark.requirement("RR-02", "RR-03")
def test_a_campaign_that_closes_while_letters_are_written_stops_them(ctx: Context, plan: Plan) -> None:
    make_families(plan, 3)
    made = plan.make()
    with ctx.db.read() as session:
        seen = queries.find_campaign(session, campaign_id=made["id"])
    assert seen is not None
    plan.change(made, closes_on=date(2026, 1, 14))
    # As a run that has read the campaign just before.
    assert announcing._announce(ctx, seen, SMALL) == 0
    assert addressed(ctx) == []
