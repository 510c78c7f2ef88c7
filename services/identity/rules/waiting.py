"""How long an account waits after wrong passwords (ACC-4)."""

from datetime import timedelta


def wait_after(failures: int, *, free: int, first: timedelta, longest: timedelta) -> timedelta:
    """Return the wait after so many consecutive wrong passwords: none for the first ones, then doubling to a cap.

    With the defaults: 5 wrong → 30 s, the 6th → 60 s, the 7th → 120 s … 15 minutes.
    """
    if failures < free:
        return timedelta()
    doublings: int = min(failures - free, 30)
    return min(first * (1 << doublings), longest)
