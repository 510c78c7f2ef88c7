"""Whether the time of an answer tells a stranger that there is an account (COD-13, ACC-3), or what of a claim is wrong (CHD-2).

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
from typing import Any

from sqlalchemy import update

from services.enrollment.context import Context as EnrollmentContext
from services.enrollment.errors import ClaimMismatch
from services.enrollment.operations import claims
from services.identity.models import accounts
from services.identity.rules import codes
from shared import logs
from shared.digests import Digester
from tests.benchmarks.support import figures
from tests.benchmarks.support.figures import Figure
from tests.identity import world
from tests.identity.conftest import Caller
from tests.identity.world import GOOD, OTHER, Identity
from tests.support import enrollment
from tests.support.clock import FakeClock

QUICK = ("--quick",)
MOST_FROM_A_COIN = 0.05
KNOWN, UNKNOWN, OLDER = "known@exemple.ca", "other@exemple.ca", "older@exemple.ca"
ASKING_PAIRS, SIGN_IN_PAIRS = 1000, 300
MANY = 1_000_000
CLAIM_LIMITS = (
    "claims_per_account_hour",
    "claims_per_account_day",
    "claims_per_account_month",
    "claims_per_address_hour",
    "claims_per_child_month",
    "claims_per_number_day",
)
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
    with claimants() as claim:
        wrong_number = claim["no such number"]
        found += [
            figure(f"claim: {reason}, or no such number", claim[reason], wrong_number, ASKING_PAIRS // share)
            for reason in ("another name", "e-mail not on record", "throttled")
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


@contextmanager
def claimants() -> Iterator[dict[str, Ask]]:
    """Yield enrollment's refused claims by their reason, with no limits but the one that throttles."""
    with tempfile.TemporaryDirectory(prefix="vitrail-timing-") as folder:
        url = f"sqlite:///{folder}/enrollment.db"
        enrollment.migrate(url)
        clock = FakeClock()
        limits = dict.fromkeys(CLAIM_LIMITS, MANY)
        ctx, exhausted = (
            EnrollmentContext.open(enrollment.make_settings(url, **limits, **one), clock=clock)
            for one in ({"claims_per_child_day": MANY}, {"claims_per_child_day": 0})
        )
        registry = enrollment.Registry(ctx)
        pupil = registry.make_student()
        other = registry.make_student(organisation_id=pupil.organisation_id, guardian=None, given_name="Luc")
        yield {
            "no such number": refused(ctx, {**pupil.claim, "identifier": "9999999"}),
            "another name": refused(ctx, {**pupil.claim, "last_name": "Tremblay"}),
            "e-mail not on record": refused(ctx, other.claim),
            "throttled": refused(exhausted, other.claim),
        }
        for each in (ctx, exhausted):
            each.db.close()


def refused(ctx: EnrollmentContext, claim: dict[str, Any]) -> Ask:
    """Return a claim that is refused."""

    def ask() -> object:
        try:
            return claims.claim_child(
                ctx, account_id=enrollment.ACCOUNT, email=enrollment.PARENT, address="192.0.2.1", **claim
            )
        except ClaimMismatch as refusal:
            return refusal

    return ask


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
