"""`make chaos SEED=…`: kill and cut while facts are written, then look whether every one had its one effect.

    python -m tests.chaos --seed N [--setup sqlite-embedded|postgresql-kafka|both] [--scenario services|facts|both]
                          [--seconds S | --facts N] [--without inbox|…]

Leaves with 1 when an invariant does not hold; databases and logs of such a run stay for whoever looks into it.
"""

import random
import sys
from pathlib import Path

import click

from tests.chaos import report, runs
from tests.chaos.setups import SETUPS
from tests.chaos.wrong import OF_MEMBERS, SWITCHES


@click.command(help="Kill and cut while facts are written, then look whether every one had its one effect.")
@click.option("--seed", type=int, help="The same seed gives the same writes and blows.  [default: drawn, and told]")
@click.option("--runs", "count", type=click.IntRange(min=1), default=1, help="So many seeds, one after the other.")
@click.option("--setup", type=click.Choice((*SETUPS, "both")), default="both", show_default=True)
@click.option("--scenario", type=click.Choice((*runs.SCENARIOS, "both")), default="both", show_default=True)
@click.option("--seconds", type=click.FloatRange(min=1), help="How long the storm lasts.  [default: 30]")
@click.option("--facts", type=click.IntRange(min=1), help="Until so many events have been committed instead.")
@click.option("--rate", type=click.FloatRange(min=1), help="Facts written a second.  [default: 150]")
@click.option(
    "--wait", type=click.FloatRange(min=0.01), default=0.5, show_default=True, help="Mean seconds between blows."
)
@click.option("--without", type=click.Choice(SWITCHES), default=None, help="Switch a promise off: the run must fail.")
@click.option(
    "--keep", type=click.Path(path_type=Path), help="Keep databases and logs in this folder, whatever is found."
)
def main(
    seed: int | None,
    count: int,
    setup: str,
    scenario: str,
    seconds: float | None,
    facts: int | None,
    rate: float | None,
    wait: float,
    without: str | None,
    keep: Path | None,
) -> None:
    """Run and leave with what was found."""
    first = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    if without is not None and without not in OF_MEMBERS:
        # The services' own relays and writers make no mistakes on purpose.
        scenario = "facts"
    if without == "outbox-marks":
        # SQLite's writers commit in the order of their positions.
        setup = "postgresql-kafka"
    outcomes = []
    for number in range(first, first + count):
        for name in SETUPS if setup == "both" else (setup,):
            for what in runs.SCENARIOS if scenario == "both" else (scenario,):
                title = f"{what} on {name}, seed {number}"
                with report.shown(title, seconds=None if facts else seconds or 30, facts=facts) as line:
                    outcome = runs.carry_out(
                        seed=number,
                        setup=name,
                        scenario=what,
                        seconds=None if facts else seconds or 30,
                        facts=facts,
                        rate=rate,
                        mean_wait_s=wait,
                        without=without or "",
                        keep=keep,
                        on_progress=line.show,
                    )
                report.tell(outcome)
                outcomes.append(outcome)
    if len(outcomes) > 1:
        report.total(outcomes)
    sys.exit(0 if all(each.is_sound for each in outcomes) else 1)


if __name__ == "__main__":
    main()
