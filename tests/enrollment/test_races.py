import multiprocessing
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from services.enrollment.context import Context
from services.enrollment.models import JournalEntry, Link, RejectedClaim
from services.enrollment.operations import children, claims, guardianships
from services.enrollment.operations.claims import bills
from shared import budgets, ids, outbox
from shared.problems import Problem
from tests.support.clock import FakeClock
from tests.support.enrollment import ACCOUNT, PARENT, Registry, make_settings

ROUNDS = 3


def outcome(act: Callable[[], Any]) -> str:
    try:
        done = act()
    except Problem as refused:
        return refused.code()
    return "new" if getattr(done, "is_new", True) else "held"


def race(acts: Sequence[Callable[[], Any]]) -> Counter[str]:
    with ThreadPoolExecutor(len(acts)) as threads:
        return Counter(threads.map(outcome, acts))


def counted(ctx: Context, model: type) -> int:
    with ctx.db.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def asked(**overrides: Any) -> dict[str, Any]:
    return {"account_id": ACCOUNT, "email": PARENT, "address": "192.0.2.1", **overrides}


def told(ctx: Context) -> list[str]:
    with ctx.db.read() as session:
        return [each.event.type.split(".")[3] for each in outbox.list_unpublished(session, limit=100)]


@pytest.mark.requirement("CHD-15")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_twenty_racing_claims_make_one_link_and_tell_it_once(
    ctx: Context, registry: Registry, round_number: int
) -> None:
    # Within the default of five failures an hour: right claims on their way use up nothing.
    pupil = registry.make_student()
    outcomes = race([partial(claims.claim_child, ctx, **asked(), **pupil.claim)] * 20)
    assert outcomes == {"new": 1, "held": 19}
    assert (counted(ctx, Link), counted(ctx, JournalEntry)) == (1, 1)
    assert told(ctx) == ["child-linked", "guardianship-changed"]


@pytest.mark.requirement("CHD-15")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_racing_claims_never_make_one_child_too_many(
    make_context: Callable[..., Context], registry: Registry, round_number: int
) -> None:
    ctx = make_context(most_children=3)
    pupils = [registry.make_student() for _ in range(8)]
    outcomes = race([partial(claims.claim_child, ctx, **asked(), **pupil.claim) for pupil in pupils])
    assert outcomes == {"new": 3, "too_many_children": 5}
    assert counted(ctx, Link) == 3


@pytest.mark.requirement("CHD-4")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_sixteen_racing_failures_of_one_account_compare_five(
    ctx: Context, registry: Registry, round_number: int
) -> None:
    pupil = registry.make_student()
    wrong = {**pupil.claim, "first_name": "Luc"}
    outcomes = race([partial(claims.claim_child, ctx, **asked(), **wrong)] * 16)
    assert outcomes == {"claim_mismatch": 5, "too_many_claims": 11}


@pytest.mark.requirement("CHD-5")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_sixteen_racing_strangers_compare_five(ctx: Context, registry: Registry, round_number: int) -> None:
    pupil = registry.make_student()
    other = registry.make_student(organisation_id=pupil.organisation_id, guardian=None, given_name="Autre")
    acts = []
    for index in range(16):
        email = f"voisin{index}@exemple.ca"
        registry.make_guardian(other, email=email)
        asker = asked(account_id=ids.new(), email=email, address=f"192.0.2.{index}")
        acts.append(partial(claims.claim_child, ctx, **asker, **{**pupil.claim, "identifier": f"{2_000_000 + index}"}))
    assert race(acts) == {"claim_mismatch": 16}
    with ctx.db.read() as session:
        reasons = Counter(tuple(each) for each in session.scalars(select(RejectedClaim.differing)))
    assert reasons == {("identifier",): 5, ("attempts",): 11}


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_racing_to_let_go_ends_the_link_once(ctx: Context, registry: Registry, round_number: int) -> None:
    pupil = registry.make_student()
    claims.claim_child(ctx, **asked(), **pupil.claim)
    outcomes = race([partial(children.unlink_child, ctx, account_id=ACCOUNT, child_id=pupil.id)] * 12)
    assert outcomes == {"new": 1, "not_found": 11}
    assert told(ctx) == ["child-linked", "guardianship-changed", "child-unlinked", "guardianship-changed"]


@pytest.mark.requirement("ACC-12", "EVT-4")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_the_end_of_an_account_heard_by_many_ends_each_link_once(
    ctx: Context, registry: Registry, round_number: int
) -> None:
    pupils = [registry.make_student() for _ in range(4)]
    for pupil in pupils:
        claims.claim_child(ctx, **asked(), **pupil.claim)
    before = len(told(ctx))
    cause = ids.new()
    race(
        [
            *[partial(children.unlink_children, ctx, account_id=ACCOUNT, cause=cause)] * 4,
            *(partial(children.unlink_child, ctx, account_id=ACCOUNT, child_id=pupil.id) for pupil in pupils),
            *[partial(children.unlink_children, ctx, account_id=ACCOUNT, cause=ids.new())] * 2,
        ]
    )
    assert Counter(told(ctx)[before:]) == {"child-unlinked": 4, "guardianship-changed": 4}
    assert counted(ctx, JournalEntry) == 8


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_a_guardianship_that_ends_while_all_are_told_stays_ended(
    ctx: Context, registry: Registry, round_number: int
) -> None:
    pupils = [registry.make_student() for _ in range(6)]
    for pupil in pupils:
        claims.claim_child(ctx, **asked(), **pupil.claim)
    race(
        [
            partial(guardianships.tell_guardianships, ctx, tells_all=True),
            *(partial(children.unlink_child, ctx, account_id=ACCOUNT, child_id=pupil.id) for pupil in pupils),
            partial(guardianships.tell_guardianships, ctx, tells_all=True),
        ]
    )
    with ctx.db.read() as session:
        events = [each.event for each in outbox.list_unpublished(session, limit=100)]
    last = {event.key: event for event in sorted(events, key=lambda event: event.version)}
    assert [last[f"account:{ACCOUNT}/student:{pupil.id}"].data for pupil in pupils] == [None] * 6


def claim_in_a_process(url: str, wishes: list[dict[str, Any]]) -> list[str]:
    """Race the claims of one process; a function of a module, so that a new process finds it."""
    ctx = Context.open(make_settings(url), clock=FakeClock())
    try:
        return list(race([partial(claims.claim_child, ctx, **wish) for wish in wishes]).elements())
    finally:
        ctx.db.close()


@pytest.mark.slow
@pytest.mark.requirement("CHD-4", "CHD-15")
def test_two_processes_share_every_limit(ctx: Context, enrollment_url: str, registry: Registry) -> None:
    pupil = registry.make_student()
    wrong = {**asked(account_id=ids.new()), **pupil.claim, "last_name": "Roy"}
    # A process of its own inherits nothing but the database's address.
    with multiprocessing.get_context("spawn").Pool(2) as processes:
        failed = processes.starmap(claim_in_a_process, [(enrollment_url, [wrong] * 8)] * 2)
        right = processes.starmap(claim_in_a_process, [(enrollment_url, [{**asked(), **pupil.claim}] * 8)] * 2)
    assert Counter(chain(*failed)) == {"claim_mismatch": 5, "too_many_claims": 11}
    assert Counter(chain(*right)) == {"new": 1, "held": 15}
    assert counted(ctx, Link) == 1


@pytest.mark.requirement("ACC-12")
def test_a_claim_that_is_decided_while_its_account_is_deleted_leaves_no_link(
    ctx: Context, registry: Registry, clock: FakeClock
) -> None:
    pupil = registry.make_student()
    organisation_id = pupil.organisation_id
    end = partial(children.unlink_children, ctx, account_id=ACCOUNT, cause=ids.new())
    link = {"id": ids.new(), "student_id": pupil.id, "organisation_id": organisation_id, "account_id": ACCOUNT}
    with ThreadPoolExecutor(1) as threads:
        with ctx.db.transaction() as session:
            # As a claim does: its account's budgets first, its link last.
            budgets.Hold(session, bills.of_account(ctx, ACCOUNT), at=clock.now())
            ended = threads.submit(end)
            # Without waiting for the claim it would have ended nothing within this time.
            wait([ended], timeout=1)
            session.execute(insert(Link).values(**link, rights=["view_file"], linked_at=clock.now()))
        assert ended.result() == 1
