from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from services.records.rules import publication
from services.records.rules.publication import DRAFT, HOLD, PUBLISH, PUBLISHED, WITHDRAW, WITHDRAWN, Standing

NOON = datetime(2026, 1, 15, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENTS = st.timedeltas(min_value=-9 * HOUR, max_value=9 * HOUR).map(lambda span: NOON + span)


@pytest.mark.requirement("RE-04", "RE-05")
@given(
    decision=st.sampled_from([PUBLISH, HOLD, WITHDRAW]),
    shown_from=MOMENTS,
    has_release=st.booleans(),
    release_at=st.none() | MOMENTS,
    not_before=st.none() | MOMENTS,
    at=MOMENTS,
)
def test_standing_is_visible_only_once_every_word_lets_it(
    decision: str,
    shown_from: datetime,
    has_release: bool,
    release_at: datetime | None,
    not_before: datetime | None,
    at: datetime,
) -> None:
    found = publication.standing(
        decision=decision,
        shown_from=shown_from,
        has_release=has_release,
        release_at=release_at,
        not_before=not_before,
    )
    lets_it = (
        decision == PUBLISH,
        shown_from <= at,
        not has_release or (release_at is not None and release_at <= at),
        not_before is None or not_before <= at,
    )
    assert publication.is_visible(found, at=at) == all(lets_it)
    assert (found.state == PUBLISHED) == (found.available_at is not None)


@pytest.mark.parametrize(
    ("decision", "release_at", "state"),
    [(WITHDRAW, NOON, WITHDRAWN), (HOLD, NOON, DRAFT), (PUBLISH, None, DRAFT), (PUBLISH, NOON, PUBLISHED)],
)
def test_standing_tells_what_is_withdrawn_from_what_is_not_yet_published(
    decision: str, release_at: datetime | None, state: str
) -> None:
    found = publication.standing(
        decision=decision, shown_from=NOON, has_release=True, release_at=release_at, not_before=None
    )
    assert found.state == state


def test_standing_is_from_the_last_of_the_moments() -> None:
    found = publication.standing(
        decision=PUBLISH, shown_from=NOON, has_release=True, release_at=NOON + HOUR, not_before=NOON - HOUR
    )
    assert found == Standing(PUBLISHED, NOON + HOUR)


@pytest.mark.parametrize(
    ("asked", "shown_since", "moment"),
    [
        (None, None, NOON),
        (NOON - HOUR, None, NOON),
        (NOON + HOUR, None, NOON + HOUR),
        # What is shown stays as it is; what waits is shown now; what is shown can be made to wait.
        (None, NOON - HOUR, NOON - HOUR),
        (NOON, NOON - HOUR, NOON - HOUR),
        (None, NOON + HOUR, NOON),
        (NOON + HOUR, NOON - HOUR, NOON + HOUR),
    ],
)
def test_from_when_is_never_in_the_past(asked: datetime | None, shown_since: datetime | None, moment: datetime) -> None:
    assert publication.from_when(asked=asked, at=NOON, shown_since=shown_since) == moment
