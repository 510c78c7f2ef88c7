"""The guessing guard: what is counted over all accounts, what it stops, and whom it never stops (CHD-4 to CHD-7)."""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import func, select

from services.enrollment.context import Context
from services.enrollment.models import JournalEntry, Link, Pin, RejectedClaim
from services.enrollment.operations import claims
from shared import ids, outbox
from shared.messages import Event
from shared.problems import Problem
from tests.support.clock import FakeClock
from tests.support.enrollment import ACCOUNT, PARENT, Pupil, Registry, make_settings

ROUNDS = 3
STRANGER = "voisin@exemple.ca"
NEWCOMER = "nouveau@exemple.ca"
WRONG = "0000-0000"


def asked(pupil: Pupil, **overrides: Any) -> dict[str, Any]:
    return {"account_id": ACCOUNT, "email": PARENT, "address": "192.0.2.1", **pupil.claim, **overrides}


def stranger(pupil: Pupil, **overrides: Any) -> dict[str, Any]:
    """A claim by an account of its own whose e-mail is on another child's file."""
    return asked(pupil, account_id=ids.new(), email=STRANGER, **overrides)


def outcome(act: Callable[[], Any]) -> str:
    try:
        return "new" if act().is_new else "held"
    except Problem as refused:
        return refused.code()


def race(ctx: Context, wishes: Sequence[dict[str, Any]]) -> list[str]:
    with ThreadPoolExecutor(len(wishes)) as threads:
        return list(threads.map(outcome, [partial(claims.claim_child, ctx, **wish) for wish in wishes]))


def in_turn(ctx: Context, wishes: Sequence[dict[str, Any]]) -> list[str]:
    return [outcome(partial(claims.claim_child, ctx, **wish)) for wish in wishes]


def race_in_a_process(url: str, wishes: list[dict[str, Any]], limits: dict[str, int]) -> list[str]:
    """Race the claims of one process; a function of a module, so that a new process finds it."""
    ctx = Context.open(make_settings(url, **limits), clock=FakeClock())
    try:
        return race(ctx, wishes)
    finally:
        ctx.db.close()


def reasons(ctx: Context) -> Counter[str]:
    with ctx.db.read() as session:
        return Counter("+".join(each) for each in session.scalars(select(RejectedClaim.differing)))


def surges(ctx: Context) -> list[Event]:
    with ctx.db.read() as session:
        waiting = [each.event for each in outbox.list_unpublished(session, limit=500)]
    return [event for event in waiting if event.type.split(".")[3] == "claim-failures-surged"]


@pytest.fixture
def pupil(registry: Registry) -> Pupil:
    """A child with one parent on file, at a board where a stranger's e-mail is on another child's file."""
    made = registry.make_student(permanent_code="COTE14530901")
    other = registry.make_student(organisation_id=made.organisation_id, guardian=None, given_name="Autre")
    registry.make_guardian(other, email=STRANGER)
    return made


# Ranges of addresses.


@pytest.mark.requirement("CHD-7")
def test_claim_child_counts_the_addresses_around_one_together(
    make_context: Callable[..., Context], pupil: Pupil
) -> None:
    ctx = make_context(claims_per_range_hour=6)
    near = [stranger(pupil, address=f"192.0.2.{index}") for index in range(8)]
    assert in_turn(ctx, near) == ["claim_mismatch"] * 6 + ["too_many_claims"] * 2
    assert in_turn(ctx, [stranger(pupil, address="192.0.3.1")]) == ["claim_mismatch"]
    assert in_turn(ctx, [asked(pupil, address="192.0.2.9")]) == ["new"]


@pytest.mark.requirement("CHD-7")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_racing_claims_of_a_range_are_counted_together(
    make_context: Callable[..., Context], pupil: Pupil, round_number: int
) -> None:
    ctx = make_context(claims_per_range_hour=6)
    told = race(ctx, [stranger(pupil, address=f"192.0.2.{index}") for index in range(16)])
    assert Counter(told) == {"claim_mismatch": 6, "too_many_claims": 10}


# Organisations.


@pytest.mark.requirement("CHD-7", "CHD-6")
def test_an_organisation_with_too_many_failures_looks_at_strangers_with_a_pin_alone(
    make_context: Callable[..., Context], registry: Registry, pupil: Pupil, clock: FakeClock
) -> None:
    ctx = make_context(claims_per_organisation_hour=4)
    elsewhere = registry.make_student(guardian=STRANGER)
    others = [registry.make_student(organisation_id=pupil.organisation_id, given_name=f"Luc{n}") for n in range(5)]
    told = in_turn(ctx, [stranger(other, address=f"198.51.{n}.1") for n, other in enumerate(others)])
    assert told == ["claim_mismatch"] * 5
    assert reasons(ctx) == {"email": 4, "attempts": 1}
    # Whoever is on the file, whoever has a PIN, and another board's parents.
    assert in_turn(ctx, [asked(pupil), asked(elsewhere, email=STRANGER)]) == ["new", "new"]
    pin = registry.issue_pin(others[0])
    assert in_turn(ctx, [asked(others[0], email=NEWCOMER, pin=pin.pin)]) == ["new"]
    clock.advance(timedelta(hours=1, minutes=2))
    in_turn(ctx, [stranger(others[1])])
    assert reasons(ctx) == {"email": 5, "attempts": 1}


@pytest.mark.requirement("CHD-7")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_racing_failures_at_an_organisation_are_counted_together(
    make_context: Callable[..., Context], registry: Registry, pupil: Pupil, round_number: int
) -> None:
    ctx = make_context(claims_per_organisation_hour=5)
    others = [registry.make_student(organisation_id=pupil.organisation_id, given_name=f"Luc{n}") for n in range(16)]
    told = race(ctx, [stranger(other, address=f"198.51.{n}.1") for n, other in enumerate(others)])
    assert Counter(told) == {"claim_mismatch": 16}
    assert reasons(ctx) == {"email": 5, "attempts": 11}


@pytest.mark.slow
@pytest.mark.requirement("CHD-5", "CHD-7")
def test_two_processes_share_the_organisation_the_range_and_the_child(
    ctx: Context, enrollment_url: str, registry: Registry, pupil: Pupil
) -> None:
    limits = {"claims_per_organisation_hour": 9, "claims_per_range_hour": 6}
    others = [registry.make_student(organisation_id=pupil.organisation_id, given_name=f"Luc{n}") for n in range(16)]
    spread = [stranger(other, address=f"198.51.{n}.1") for n, other in enumerate(others)]
    near = [stranger(pupil, address=f"192.0.2.{n}", identifier=f"{2_000_000 + n}") for n in range(16)]
    with multiprocessing.get_context("spawn").Pool(2) as processes:

        def split(wishes: list[dict[str, Any]]) -> Counter[str]:
            halves = [(enrollment_url, half, limits) for half in (wishes[::2], wishes[1::2])]
            return Counter(chain(*processes.starmap(race_in_a_process, halves)))

        assert split(near) == {"claim_mismatch": 6, "too_many_claims": 10}
        assert reasons(ctx) == {"identifier": 5, "attempts": 1}
        assert split(spread) == {"claim_mismatch": 16}
    # Six of the nine were spent by the first sixteen.
    assert reasons(ctx) == {"identifier": 5, "email": 3, "attempts": 14}


# The true parent.


@pytest.mark.requirement("CHD-6", "CHD-7")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_no_attacker_racing_from_the_same_address_stops_the_parent(
    make_context: Callable[..., Context], pupil: Pupil, round_number: int
) -> None:
    ctx = make_context(
        claims_per_organisation_hour=4, claims_per_range_hour=4, claims_per_address_hour=4, claims_per_child_day=2
    )
    attack = [stranger(pupil, identifier=f"{2_000_000 + index}") for index in range(14)]
    told = race(ctx, [*attack[:7], asked(pupil), *attack[7:]])
    assert told[7] == "new"
    assert "new" not in told[:7] + told[8:]
    # When every budget of the others is used up as well, by another account of the parent's.
    assert in_turn(ctx, [asked(pupil, account_id=ids.new())]) == ["new"]


@pytest.mark.requirement("CHD-6", "CHD-7")
def test_whoever_is_on_file_is_stopped_by_the_accounts_own_budget_alone(
    make_context: Callable[..., Context], pupil: Pupil
) -> None:
    ctx = make_context(claims_per_account_hour=4, claims_per_address_hour=1, claims_per_range_hour=1)
    mistaken = asked(pupil, last_name="X")
    assert in_turn(ctx, [mistaken, mistaken, mistaken, asked(pupil)]) == ["claim_mismatch"] * 3 + ["new"]


@pytest.mark.requirement("CHD-5", "CHD-6", "CHD-14")
def test_after_ten_permanent_codes_a_child_is_open_to_its_parents_and_pins_alone(
    make_context: Callable[..., Context], registry: Registry, pupil: Pupil, clock: FakeClock
) -> None:
    ctx = make_context(claims_per_child_day=100, claims_per_child_month=100, claims_per_range_hour=100)
    guesses = [stranger(pupil, identifier=f"COTE145309{n:02}", address=f"192.0.2.{n}") for n in range(2, 14)]
    in_turn(ctx, guesses)
    assert reasons(ctx) == {"identifier": 10, "attempts": 2}
    clock.advance(timedelta(days=365))
    right = {"identifier": "COTE14530901"}
    assert in_turn(ctx, [stranger(pupil, **right)]) == ["claim_mismatch"]
    assert reasons(ctx) == {"identifier": 10, "attempts": 3}
    pin = registry.issue_pin(pupil)
    assert in_turn(ctx, [asked(pupil, email=NEWCOMER, pin=pin.pin, **right)]) == ["new"]
    assert in_turn(ctx, [asked(pupil, account_id=ids.new(), **right)]) == ["new"]


# Surges.


@pytest.mark.requirement("CHD-7")
def test_a_surge_of_failures_is_told_once_and_again_after_it_has_ended(
    make_context: Callable[..., Context], registry: Registry, pupil: Pupil, clock: FakeClock, capsys: Any
) -> None:
    ctx = make_context(claims_surge_least=4)
    in_turn(ctx, [stranger(pupil) for _ in range(3)])
    assert surges(ctx) == []
    in_turn(ctx, [stranger(pupil) for _ in range(4)])
    [first] = surges(ctx)
    assert first.key == f"organisation:{pupil.organisation_id}"
    assert first.data == {
        "organisation_id": pupil.organisation_id,
        "failures": 4,
        "noticed_at": clock.now().isoformat(),
    }
    assert capsys.readouterr().out.count("claim_failures_surged") == 1
    # It goes on for an hour.
    for _ in range(12):
        clock.advance(timedelta(minutes=5))
        in_turn(ctx, [stranger(pupil, address=f"198.51.{index}.7") for index in range(4)])
    assert len(surges(ctx)) == 1
    clock.advance(timedelta(minutes=30))
    in_turn(ctx, [stranger(pupil, address=f"203.0.{index}.7") for index in range(4)])
    assert len(surges(ctx)) == 2


@pytest.mark.requirement("CHD-7", "CHD-14")
def test_made_up_pins_surge_as_claims_without_do(make_context: Callable[..., Context], pupil: Pupil) -> None:
    ctx = make_context(claims_surge_least=4)
    in_turn(ctx, [stranger(pupil, pin="0000-0000") for _ in range(4)])
    assert len(surges(ctx)) == 1


@pytest.mark.requirement("CHD-7")
def test_what_is_usual_at_an_organisation_is_no_surge(
    make_context: Callable[..., Context], registry: Registry, pupil: Pupil, clock: FakeClock
) -> None:
    # Two every four hours all week: a twelfth of one in ten minutes, of which thirty times are two and a half.
    ctx = make_context(claims_surge_least=1, claims_surge_factor=30)
    for step in range(7 * 6):
        in_turn(ctx, [stranger(pupil, address=f"198.{step}.{index}.7") for index in range(2)])
        clock.advance(timedelta(hours=4))
    before = len(surges(ctx))
    in_turn(ctx, [stranger(pupil, address=f"203.0.{index}.7") for index in range(2)])
    assert len(surges(ctx)) == before
    in_turn(ctx, [stranger(pupil, address="203.1.0.7")])
    assert len(surges(ctx)) == before + 1


@pytest.mark.requirement("CHD-7")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_a_surge_that_races_is_told_once(make_context: Callable[..., Context], pupil: Pupil, round_number: int) -> None:
    ctx = make_context(claims_surge_least=4)
    race(ctx, [stranger(pupil, address=f"198.51.{index}.7") for index in range(16)])
    assert [event.data["failures"] for event in surges(ctx)] == [4]


@pytest.mark.requirement("CHD-7")
def test_parents_who_mistype_make_no_surge(make_context: Callable[..., Context], pupil: Pupil) -> None:
    ctx = make_context(claims_surge_least=2)
    in_turn(ctx, [asked(pupil, account_id=ids.new(), last_name="X") for _ in range(6)])
    assert surges(ctx) == []


# PINs, raced.


def count(ctx: Context, model: type, *conditions: Any) -> int:
    with ctx.db.read() as session:
        return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


@pytest.mark.requirement("CHD-14", "CHD-15")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_twenty_racing_claims_with_one_pin_make_one_link(
    make_context: Callable[..., Context], registry: Registry, pupil: Pupil, round_number: int
) -> None:
    ctx = make_context(pin_attempts=50)
    pin = registry.issue_pin(pupil)
    told = race(ctx, [asked(pupil, email=NEWCOMER, pin=pin.pin)] * 20)
    assert Counter(told) == {"new": 1, "held": 19}
    assert (count(ctx, Link), count(ctx, JournalEntry, JournalEntry.action == "pin_used")) == (1, 1)


@pytest.mark.requirement("CHD-14")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_of_many_accounts_racing_with_one_pin_one_gets_the_child(
    make_context: Callable[..., Context], registry: Registry, pupil: Pupil, round_number: int
) -> None:
    ctx = make_context(pin_attempts=50)
    pin = registry.issue_pin(pupil)
    wishes = [asked(pupil, account_id=ids.new(), email=f"nouveau{n}@exemple.ca", pin=pin.pin) for n in range(12)]
    assert Counter(race(ctx, wishes)) == {"new": 1, "claim_mismatch": 11}
    assert count(ctx, Link) == 1


@pytest.mark.requirement("CHD-14")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_of_sixteen_racing_guesses_at_a_pin_five_are_compared(
    ctx: Context, registry: Registry, pupil: Pupil, round_number: int
) -> None:
    registry.issue_pin(pupil)
    told = race(ctx, [asked(pupil, account_id=ids.new(), email=NEWCOMER, pin=WRONG) for _ in range(16)])
    assert Counter(told) == {"claim_mismatch": 16}
    with ctx.db.read() as session:
        assert session.scalars(select(Pin.attempts)).one() == 5
    assert count(ctx, JournalEntry, JournalEntry.action == "pin_voided") == 1


@pytest.mark.requirement("CHD-14")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_pins_issued_at_once_leave_one_live(
    make_context: Callable[..., Context], registry: Registry, pupil: Pupil, round_number: int
) -> None:
    ctx = make_context(pin_attempts=50)
    with ThreadPoolExecutor(8) as threads:
        issued = list(threads.map(lambda _: registry.issue_pin(pupil), range(8)))
    assert count(ctx, Pin, Pin.voided_at.is_(None)) == 1
    told = in_turn(ctx, [asked(pupil, account_id=ids.new(), email=NEWCOMER, pin=each.pin) for each in issued])
    assert Counter(told) == {"new": 1, "claim_mismatch": 7}


@pytest.mark.slow
@pytest.mark.requirement("CHD-14")
def test_two_processes_use_a_pin_once_and_share_its_attempts(
    ctx: Context, enrollment_url: str, registry: Registry, pupil: Pupil
) -> None:
    limits = {"claims_per_range_hour": 100, "claims_per_address_hour": 100}
    other = registry.make_student(organisation_id=pupil.organisation_id, given_name="Luc")
    pin, guessed = registry.issue_pin(pupil), registry.issue_pin(other)
    one = [asked(pupil, account_id=ids.new(), email=NEWCOMER, pin=pin.pin) for _ in range(4)]
    wrong = [asked(other, account_id=ids.new(), email=NEWCOMER, pin=WRONG) for _ in range(16)]
    with multiprocessing.get_context("spawn").Pool(2) as processes:
        halves = [(enrollment_url, half, limits) for half in (one[::2] + wrong[::2], one[1::2] + wrong[1::2])]
        told = Counter(chain(*processes.starmap(race_in_a_process, halves)))
    assert told == {"new": 1, "claim_mismatch": 19}
    with ctx.db.read() as session:
        assert session.scalars(select(Pin.attempts).where(Pin.id == guessed.id)).one() == 5
    assert count(ctx, Link) == 1
