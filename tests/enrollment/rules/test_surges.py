import pytest

from services.enrollment.rules import surges


@pytest.mark.requirement("CHD-7")
@pytest.mark.parametrize(
    ("recent", "of_week", "expected"),
    [
        # Nobody failed before: a surge once there are enough.
        (29, 29, False),
        (30, 30, True),
        # One in ten minutes is usual: more than five are news, where so few count at all.
        (35, 35 + 1007, True),
        # Seven in ten minutes are usual: 35 are five times that, 36 more.
        (35, 35 + 7 * 1007, False),
        (36, 36 + 7 * 1007, True),
    ],
)
def test_is_surge_compares_with_what_is_usual(recent: int, of_week: int, expected: bool) -> None:
    assert surges.is_surge(recent=recent, of_week=of_week, least=30, factor=5) is expected
