"""What the common commands need to know of a service, and how each of them begins."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from shared import env, logs


@dataclass(frozen=True, kw_only=True)
class Service:
    """What the common commands need to know of a service.

    `settings` is its frozen dataclass with `from_env`; `context` opens its doors from settings; `app` names the
    factory that the server imports (`services.identity.app:create_app`). `topics` and `handlers` are what it hears,
    `event_types` what it says; with `exports`, what it says also goes to the organisations' subscribers.
    """

    name: str
    settings: type
    prefix: str
    context: Callable[[Any], Any]
    app: str
    migrations: Path
    topics: tuple[str, ...] = ()
    handlers: Callable[[Any], Any] | None = None
    sweeps: Callable[[Any], dict[str, int]] | None = None
    event_types: Sequence[Any] = ()
    exports: bool = False


def load_settings(service: Service) -> Any:
    """Return the service's settings, or leave with every mistake told on standard error."""
    try:
        return service.settings.from_env()  # type: ignore[attr-defined]
    except env.SettingsError as mistakes:
        click.echo(f"{service.name}: {mistakes}", err=True)
        sys.exit(2)


def begin(service: Service, command: str) -> Any:
    """Set up logs for one command and return the service's open context.

    Touches `--ready-file` when it is given: a worker has no port that a supervisor could ask.
    """
    settings = load_settings(service)
    logs.configure(part=f"{service.name} {command}", as_json=settings.logs_as_json)
    ctx = service.context(settings)
    ready_file: Path | None = click.get_current_context().find_root().params.get("ready_file")
    if ready_file is not None and ctx.db.is_reachable():
        ready_file.touch()
    return ctx
