from itertools import islice

from tests.chaos import verdict
from tests.chaos.plan import KILL, Plan
from tests.chaos.setups import PAUSED_ON_FILES
from tests.chaos.verdict import Told

TOLD = [Told(id=f"{key}{version}", key=key, version=version) for key in "ab" for version in (1, 2, 3)]


def found(told, applied):
    return [(each.invariant, each.count) for each in verdict.applied_once_in_order(told, applied, where="here")]


def test_nothing_is_found_when_every_event_was_applied_once_in_order():
    mixed = [TOLD[number] for number in (3, 0, 4, 1, 2, 5)]
    assert found(TOLD, mixed) == []


def test_a_lost_event_is_found():
    assert found(TOLD, TOLD[:-1]) == [("nothing_lost", 1)]


def test_an_event_applied_twice_is_found():
    assert found(TOLD, [*TOLD, TOLD[5]]) == [("nothing_twice", 1)]


def test_an_event_that_nobody_committed_is_found():
    assert found(TOLD[:3], TOLD[:4]) == [("nothing_foreign", 1)]


def test_an_event_applied_after_a_later_one_of_its_key_is_found():
    assert found(TOLD[:3], [TOLD[1], TOLD[0], TOLD[2]]) == [("order_per_key", 1)]


def test_a_gap_in_the_committed_versions_is_found():
    assert [each.examples for each in verdict.contiguous([TOLD[0], TOLD[2], *TOLD[3:]], where="here")] == [("a",)]


def test_an_answer_that_does_not_hold_is_found():
    [finding] = verdict.promises_kept(["a1", "c1"], {"a1", "a2"}, where="here")
    assert finding.examples == ("c1",)


def test_what_is_left_to_do_is_found():
    assert [each.where for each in verdict.none_left({"outbox": 0, "lag": 2})] == ["lag"]


def test_counts_that_differ_are_found():
    [finding] = verdict.counts_agree({"a": 1, "b": 2}, {"a": 1, "c": 1}, invariant="writes_once", where="here")
    assert finding.examples == ("b: 0 of 2", "c: 1 of 0")


def test_the_same_seed_gives_the_same_blows_and_the_same_writes():
    harms = [("relay 1", KILL), ("relay 2", PAUSED_ON_FILES)]
    first, second = (list(islice(Plan(7).blows(harms, mean_wait_s=1), 50)) for _ in range(2))
    assert first == second
    assert first != list(islice(Plan(8).blows(harms, mean_wait_s=1), 50))
    assert Plan(7).lot("writer 1", 2).random() == Plan(7).lot("writer 1", 2).random()
