import itertools
from collections import Counter

import pytest

from tests.benchmarks.support.load import Outcome, Request, WrongAnswers
from tests.load.__main__ import MORNING, mixed, require


def test_a_morning_is_a_hundred_requests_in_their_shares_and_spread_out() -> None:
    asked = mixed({kind: [Request("GET", f"/{kind}", {})] for kind in MORNING})

    assert Counter(each.path.removeprefix("/") for each in asked) == MORNING
    places = [place for place, each in enumerate(asked) if each.path == "/sign in"]
    assert max(after - before for before, after in itertools.pairwise(places)) < 20


@pytest.mark.parametrize(("statuses", "failures"), [({200: 9, 503: 1}, 0), ({200: 9, 429: 1}, 0), ({200: 9}, 1)])
def test_a_morning_in_which_anything_is_refused_or_lost_is_no_measure(statuses: dict[int, int], failures: int) -> None:
    with pytest.raises(WrongAnswers):
        require(Outcome(seconds=1, busy=0, statuses=statuses, failures=failures))


def test_a_morning_in_which_everything_is_answered_is_one() -> None:
    outcome = Outcome(seconds=1, busy=0, statuses={200: 9, 201: 1}, failures=0)

    assert require(outcome) is outcome
