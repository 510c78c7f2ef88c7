"""Carry out one run from its seed: set up, ride the storm out, tidy up what a sound run leaves behind."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import structlog

from tests.chaos import actors, setups, storm
from tests.chaos.facts import Facts
from tests.chaos.plan import Plan
from tests.chaos.services import Services
from tests.chaos.storm import Outcome, Tally

SCENARIOS: Final = ("services", "facts")


def carry_out(
    *,
    seed: int,
    setup: str,
    scenario: str,
    seconds: float | None = None,
    facts: int | None = None,
    least_blows: int = 0,
    rate: float | None = None,
    mean_wait_s: float = 0.5,
    without: str = "",
    keep: Path | None = None,
    patience_s: float = 120,
    on_progress: Callable[[Tally, tuple[int, int, int], str], None] = lambda *_: None,
) -> Outcome:
    """Run a scenario on a set-up and return what was found; `keep` is a folder for what it leaves."""
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-{seed}-", dir=_existing(keep)))
    actors.prepare_forks()
    plan = Plan(seed)
    has_kept = keep is not None
    with (folder / "harness.log").open("a", encoding="utf-8") as words:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(words))
        opened = setups.SETUPS[setup](folder)
        try:
            options: dict[str, Any] = {"plan": plan, "folder": folder, "without": without}
            if rate is not None:
                options["rate"] = rate
            played = _scenarios()[scenario](opened, **options)
            try:
                outcome = storm.ride_out(
                    played,
                    opened,
                    plan=plan,
                    folder=folder,
                    seconds=seconds,
                    facts=facts,
                    least_blows=least_blows,
                    without=without,
                    mean_wait_s=mean_wait_s,
                    patience_s=patience_s,
                    on_progress=on_progress,
                )
            finally:
                played.close()
        finally:
            opened.close()
            structlog.reset_defaults()
    if outcome.is_sound and not has_kept:
        shutil.rmtree(folder)
    return outcome


def _scenarios() -> dict[str, Any]:
    return {"services": Services, "facts": Facts}


def _existing(folder: Path | None) -> Path | None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return folder
