from collections.abc import Callable
from datetime import timedelta

import pytest

from services.identity import operations
from services.identity.models import METADATA, accounts
from services.identity.rules import codes
from shared import letters
from shared.problems import Problem
from tests.identity.world import OTHER, Identity, wrong
from tests.support.clock import FakeClock

MAKE = Callable[..., Identity]


def sizes(identity: Identity) -> dict[str, int]:
    return {table.name: len(identity.rows(table)) for table in METADATA.sorted_tables}


def live_through_a_day(identity: Identity) -> None:
    identity.make_account()
    identity.sign_in()
    identity.ask("other@exemple.ca", codes.PASSWORD_RESET)
    challenge_id = identity.ask("third@exemple.ca")
    for call in (
        lambda: identity.verify(challenge_id, wrong(identity.code())),
        lambda: identity.sign_in(password=OTHER),
    ):
        with pytest.raises(Problem):
            call()
    with identity.ctx.db.transaction() as session:
        session.execute(letters.letters.update().values(due_at=None, sealed=None, outcome="sent"))


@pytest.mark.requirement("COD-17")
def test_sweep_leaves_nothing_of_what_has_expired(identity: Identity, clock: FakeClock) -> None:
    live_through_a_day(identity)
    clock.advance(timedelta(hours=50))
    swept = operations.sweep(identity.ctx)
    left = sizes(identity)
    assert swept["challenges"] == 3
    assert swept["letters"] == 3
    # The account stays, with what it did; so does the event that nobody has published yet.
    kept = {"accounts": 1, "activity": 3, "outbox": 1, "aggregates": 1}
    assert {name: count for name, count in left.items() if count} == kept


@pytest.mark.requirement("COD-17")
def test_sweep_takes_nothing_that_is_still_needed(identity: Identity) -> None:
    live_through_a_day(identity)
    before = sizes(identity)
    assert set(operations.sweep(identity.ctx).values()) == {0}
    assert sizes(identity) == before


def test_sweep_keeps_a_challenge_until_a_day_after_it_expired(identity: Identity, clock: FakeClock) -> None:
    challenge_id = identity.ask()
    clock.advance(timedelta(hours=26) - timedelta(seconds=1))
    operations.sweep(identity.ctx)
    assert operations.read_challenge(identity.ctx, challenge_id=challenge_id).state == codes.EXPIRED
    clock.advance(timedelta(seconds=1))
    assert operations.sweep(identity.ctx)["challenges"] == 1
    assert identity.rows(accounts) == []
