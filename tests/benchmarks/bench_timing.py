"""Whether the time of an answer tells a stranger that there is an account (COD-13, ACC-3).

    python -m tests.benchmarks.bench_timing [--quick]

Two askings take turns, who goes first changing each time, within one process and with argon2id at its full cost. The
figure is how far the area under the curve is from 0.5, a coin's: 0.5 would be certainty, 0.05 is allowed.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from services.identity.models import accounts
from services.identity.rules import codes
from shared import logs
from shared.digests import Digester
from tests.benchmarks.support import figures
from tests.benchmarks.support.figures import Figure
from tests.identity import world
from tests.identity.conftest import Caller
from tests.identity.world import GOOD, OTHER, Identity

QUICK = ("--quick",)
MOST_FROM_A_COIN = 0.05
KNOWN, UNKNOWN, OLDER = "known@exemple.ca", "other@exemple.ca", "older@exemple.ca"
ASKING_PAIRS, SIGN_IN_PAIRS = 1000, 300
MANY = 1_000_000
LIMITLESS = {
    "address_minute_limit": MANY,
    "address_day_limit": MANY,
    "mailbox_quarter_limit": MANY,
    "mailbox_day_limit": MANY,
    "address_sign_in_limit": MANY,
    "account_sign_in_limit": MANY,
    "free_failures": MANY,
}

Ask = Callable[[], object]


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few pairs")
    share = 20 if parser.parse_args().quick else 1
    logs.configure(part="timing", as_json=True, stream=Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    with portal() as call:
        found = [
            figure(f"ask ({purpose}): account or none", asks(call, KNOWN, purpose), asks(call, UNKNOWN, purpose), pairs)
            for purpose, pairs in ((each, ASKING_PAIRS // share) for each in codes.PURPOSES)
        ]
        unknown = enters(call, UNKNOWN, OTHER)
        found += [
            figure(f"sign in: {what}, or no account", enters(call, email, password), unknown, SIGN_IN_PAIRS // share)
            for what, email, password in (
                ("wrong password", KNOWN, OTHER),
                ("empty password", KNOWN, ""),
                ("128 characters", KNOWN, "kw" * 64),
                ("129 characters", KNOWN, "kw" * 64 + "k"),
                ("a hash of older cost", OLDER, OTHER),
            )
        ]
    figures.tell("What the time of an answer tells: distance of the AUC from a coin's 0.5", found)


@contextmanager
def portal() -> Iterator[Caller]:
    """Yield identity with an account, an account whose hash is of an older cost, and no limits."""
    with tempfile.TemporaryDirectory(prefix="vitrail-timing-") as folder:
        url = f"sqlite:///{folder}/identity.db"
        world.prepare(url)
        chosen = world.settings(url, resend_interval=timedelta(0), **LIMITLESS)
        full = world.PasswordHashes(Digester(chosen.pepper_keys))
        identity = world.open_identity(url, passwords=full, resend_interval=timedelta(0), **LIMITLESS)
        identity.make_account(KNOWN)
        identity.make_account(OLDER)
        _make_older(identity)
        yield Caller(identity)
        identity.ctx.db.close()


def asks(call: Caller, email: str, purpose: str) -> Ask:
    """Return a request for a code."""
    return lambda: call("POST", "/api/v1/verification-codes", {"email": email, "purpose": purpose})


def enters(call: Caller, email: str, password: str) -> Ask:
    """Return a sign-in."""
    return lambda: call("POST", "/api/v1/session", {"email": email, "password": password})


def figure(name: str, one: Ask, other: Ask, pairs: int) -> Figure:
    """Return how well the time tells `one` from `other`."""
    return Figure(
        name=name,
        value=abs(area(*timed(one, other, pairs)) - 0.5),
        unit="AUC",
        at_most=MOST_FROM_A_COIN,
        beside={"pairs": float(pairs)},
    )


def timed(one: Ask, other: Ask, pairs: int) -> tuple[list[int], list[int]]:
    """Return the nanoseconds that each took, taking turns."""
    taken: tuple[list[int], list[int]] = ([], [])
    for turn in range(pairs + 5):
        for index in (0, 1) if turn % 2 else (1, 0):
            began = time.perf_counter_ns()
            (one, other)[index]()
            taken[index].append(time.perf_counter_ns() - began)
    return taken[0][5:], taken[1][5:]


def area(ones: list[int], others: list[int]) -> float:
    """Return the chance that one of `ones` is larger than one of `others` (Mann and Whitney's U, as a share)."""
    marked = sorted([(value, 0) for value in others] + [(value, 1) for value in ones])
    smaller, wins = 0, 0
    for _, is_one in marked:
        wins += smaller * is_one
        smaller += 1 - is_one
    return wins / (len(ones) * len(others))


def _make_older(identity: Identity) -> None:
    passes_once = world.cheap_passwords(identity.ctx.settings, memory_kib=9216, passes=2)
    kept = passes_once.keep(GOOD)
    with identity.ctx.db.transaction() as session:
        session.execute(
            update(accounts)
            .where(accounts.c.email == OLDER)
            .values(password_hash=kept.hash, password_pepper=kept.pepper)
        )


if __name__ == "__main__":
    main()
