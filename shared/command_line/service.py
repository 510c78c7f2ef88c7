"""What the common commands need to know of a service, and how each of them begins."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TextIO

import click

from shared import env, logs, tracing


@dataclass(frozen=True, kw_only=True)
class Service:
    """What the common commands need to know of a service.

    `settings` is its frozen dataclass with `from_env`; `context` opens its doors from settings; `app` names the
    factory that the server imports (`services.identity.app:create_app`). `topics` and `handlers` are what it hears,
    `event_types` what it says, `projections` what it keeps of others; with `exports`, what it says also goes to the
    organisations' subscribers; with `letters`, it writes to people, and
    `duties` does beside them, every few seconds, what time alone makes due: letters, or what is to be told.

    A service has a process for each of these, and each loads its own alone: they are given by their names (`named`).
    """

    name: str
    settings: type
    prefix: str
    context: Callable[[Any], Any]
    app: str
    migrations: Path
    topics: Sequence[str] = ()
    handlers: Callable[[Any], Any] | None = None
    sweeps: Callable[[Any], dict[str, int]] | None = None
    event_types: Sequence[Any] = ()
    projections: Sequence[Any] | None = None
    exports: bool = False
    letters: bool = False
    duties: Callable[[Any], int] | None = None

    @property
    def texts(self) -> Path:
        """Return the folder of its words."""
        return self.migrations.parent / "texts"


@contextmanager
def telling_refusals(service: Service) -> Iterator[None]:
    """Leave with a line that says what to do when the event log cannot be used as it is, instead of a traceback."""
    from shared.broker import BrokerUnavailable, UnsuitableBroker
    from shared.topics import UnknownTopic

    try:
        yield
    except UnsuitableBroker as refusal:
        fail(service.name, str(refusal), status=2)
    except UnknownTopic as missing:
        make = f"python -m services.{service.name} events topics --make"
        fail(service.name, f"the topic {missing} has not been made: {make}", status=2)
    except BrokerUnavailable:
        look = f"python -m services.{service.name} events state"
        fail(service.name, f"the event log does not answer: {look}", status=3)


@contextmanager
def refusals(service: Service) -> Iterator[None]:
    """Say a problem in both languages, and leave with 1."""
    from shared.problems import Problem
    from shared.texts import LANGUAGES, Texts

    try:
        yield
    except Problem as problem:
        texts = Texts(service.texts)
        click.echo(f"{service.name}: {problem.code()}", err=True)
        for language in LANGUAGES:
            text = texts.of(problem.slug(), language)
            click.echo(f"  {text.title}. {text.filled(problem.facts)}", err=True)
        for error in problem.errors:
            click.echo(f"  {error['detail']}", err=True)
        sys.exit(1)


def fail(part: str, text: str, *, status: int = 1) -> NoReturn:
    """Say on standard error why a command of a part cannot go on, and leave."""
    click.echo(f"{part}: {text}", err=True)
    sys.exit(status)


def load_settings(service: Service) -> Any:
    """Return the service's settings, or leave with every mistake told on standard error."""
    try:
        return service.settings.from_env()  # type: ignore[attr-defined]
    except env.SettingsError as mistakes:
        click.echo(f"{service.name}: {mistakes}", err=True)
        sys.exit(2)


def trace(service: Service) -> None:
    """Send this process's traces where the environment says, or leave with a line that says what is missing."""
    try:
        tracing.configure(service.name, endpoint=tracing.load(service.name).endpoint)
    except tracing.NoTelemetry as missing:
        fail(service.name, str(missing), status=2)


def begin(service: Service, command: str, *, logs_to: TextIO | None = None) -> Any:
    """Set up logs for one command and return the service's open context.

    Touches `--ready-file` when it is given: a worker has no port that a supervisor could ask. `logs_to` keeps the logs of
    a command that prints for people, or for a pipe, out of what it prints.
    """
    settings = load_settings(service)
    logs.configure(part=f"{service.name} {command}", as_json=settings.logs_as_json, stream=logs_to)
    trace(service)
    ctx = service.context(settings)
    root = click.get_current_context().find_root()
    # With the command its connections end, in whatever way it does.
    root.call_on_close(ctx.db.close)
    root.call_on_close(tracing.close)
    ready_file: Path | None = root.params.get("ready_file")
    if ready_file is not None and ctx.db.is_reachable():
        ready_file.touch()
    return ctx


@contextmanager
def opened_broker(ctx: Any) -> Iterator[Any]:
    """Yield the door to the event log that the settings name, and close it."""
    from shared import broker

    opened = broker.open_broker(ctx.settings.broker_url, clock=ctx.clock)
    try:
        yield opened
    finally:
        opened.close()
