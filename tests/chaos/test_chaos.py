"""Short storms, and proof that the harness can fail: a run without one of the promises must find it missing."""

import random

import pytest

from tests.chaos import runs
from tests.chaos.storm import Outcome
from tests.support import kafka

# One that nobody chose, beside those that were: it stands in the test's name, for `make chaos SEED=…`.
DRAWN = random.SystemRandom().randrange(1_000_000)


@pytest.fixture
def sqlite_embedded():
    return "sqlite-embedded"


@pytest.fixture
def postgresql_kafka(postgres_cluster, tmp_path):
    # Skipped where there is none of them; a run starts its own, to kill.
    kafka.prepare(tmp_path / "kafka-is-here")
    return "postgresql-kafka"


@pytest.fixture(params=["sqlite_embedded", pytest.param("postgresql_kafka", marks=pytest.mark.kafka)])
def setup(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def ride(tmp_path):
    def ride_out(**options: object) -> Outcome:
        return runs.carry_out(keep=tmp_path, **options)

    return ride_out


def invariants(outcome: Outcome) -> set[str]:
    return {each.invariant for each in outcome.findings}


@pytest.mark.slow
@pytest.mark.requirement("EVT-4")
@pytest.mark.parametrize(("scenario", "seed", "facts"), [("facts", 7, 500), ("services", DRAWN, 60)])
def test_every_committed_fact_has_its_one_effect_in_order(ride, setup, scenario, seed, facts):
    outcome = ride(seed=seed, setup=setup, scenario=scenario, facts=facts, least_blows=12, mean_wait_s=0.7)
    assert outcome.findings == []
    assert outcome.committed >= facts
    assert outcome.tally.kills > 3


@pytest.mark.slow
@pytest.mark.requirement("EVT-4")
@pytest.mark.parametrize(
    ("without", "invariant"),
    [
        ("inbox", "nothing_twice"),
        ("late-offsets", "nothing_lost"),
        ("acknowledgements", "nothing_lost"),
        ("aggregate-lock", "order_per_key"),
        ("dead-events", "nothing_lost"),
    ],
)
def test_a_broken_promise_is_found(ride, sqlite_embedded, without, invariant):
    outcome = ride(seed=5, setup=sqlite_embedded, scenario="facts", facts=700, least_blows=8, rate=300, without=without)
    assert invariant in invariants(outcome)


@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.requirement("EVT-4")
def test_a_relay_that_goes_by_the_last_position_is_found(ride, postgresql_kafka):
    outcome = ride(
        seed=5,
        setup=postgresql_kafka,
        scenario="facts",
        facts=1000,
        rate=300,
        mean_wait_s=2,
        without="outbox-marks",
        patience_s=10,
    )
    assert {"nothing_lost", "nothing_in_doubt"} <= invariants(outcome)
