"""Each part of Vitrail by its name, asked what it declares; none of them is known here."""

import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import click

from shared import env
from shared.env import Variable, variables

_ROOT = Path(__file__).resolve().parents[3]
GATEWAY = "gateway"
PORTAL = "portal"


def services() -> list[str]:
    """Return the names of the services."""
    return sorted(each.parent.name for each in (_ROOT / "services").glob("*/__main__.py"))


def everyone() -> list[str]:
    """Return the names of all parts."""
    return [GATEWAY, PORTAL, *services()]


def module(part: str) -> str:
    """Return what `python -m` starts for a part."""
    return part if part in {GATEWAY, PORTAL} else f"services.{part}"


@cache
def configuration(part: str) -> Any:
    """Return the part's module of settings."""
    return importlib.import_module(f"{module(part)}.config")


@cache
def settings(part: str) -> list[Variable]:
    """Return every variable that a part reads."""
    found = configuration(part)
    return variables(found.Settings, prefix=found.PREFIX)


def mistakes(part: str, environment: Mapping[str, str]) -> list[str]:
    """Return what a part's own reader says of an environment; the portal, which shares nothing with the others, has its own."""
    found = configuration(part)
    try:
        if part == PORTAL:
            found.Settings.load(environment)
            return []
        read = env.load(found.Settings, environment, prefix=found.PREFIX)
    except (env.SettingsError, getattr(found, "SettingsError", env.SettingsError)) as refusal:
        return list(refusal.mistakes)
    return list(read.mistakes()) if hasattr(read, "mistakes") else []


@cache
def group(part: str) -> click.Group:
    """Return the part's commands."""
    found: click.Group = importlib.import_module(f"{module(part)}.__main__").commands
    return found


@cache
def service(part: str) -> Any:
    """Return what the command line knows of a service."""
    return importlib.import_module(f"services.{part}.__main__").SERVICE


def said_on(part: str) -> set[str]:
    """Return the topics that a service speaks on."""
    try:
        types = importlib.import_module(f"services.{part}.events").TYPES
    except (ModuleNotFoundError, AttributeError):
        return set()
    return {each.topic for each in types}


def processes(part: str) -> Iterator[str]:
    """Yield what of a part runs all the time, but for its server."""
    if part not in services():
        return
    from one_machine.parts import WORKERS

    yield "relay"
    yield from WORKERS[part]
