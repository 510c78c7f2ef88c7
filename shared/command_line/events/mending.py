"""`events replay` and `rebuild`: reading again, and making a projection anew."""

import sys
import threading
from datetime import datetime
from typing import Any

import click

from shared.broker import Broker, GroupIsActive
from shared.command_line import hearings
from shared.command_line.events import looking, printing
from shared.command_line.events.printing import Moment
from shared.command_line.hearings import Hearing
from shared.command_line.service import Service, begin, fail, opened_broker, telling_refusals

_LOOK_S = 0.5


def add_commands(events: click.Group, service: Service) -> None:
    """Add the commands that mend."""
    if service.handlers is not None or service.exports:
        _add_replay(events, service)
    if service.projections is not None:
        _add_rebuild(events, service)


def _add_replay(events: click.Group, service: Service) -> None:
    @events.command()
    @click.option("--since", type=Moment(), required=True, help=f"From when on: {Moment.__doc__}")
    @click.option(
        "--topic", "topics", multiple=True, help="This topic alone; may be repeated.  [default: all it hears]"
    )
    @click.option("--group", "group_name", help="Which group of this service, when it has several.")
    @click.option("--wait", "waits", is_flag=True, help="Show how far it has come, until everything was read again.")
    def replay(since: datetime, topics: tuple[str, ...], group_name: str | None, waits: bool) -> None:
        """Let this service hear again what was said since a moment; what it did already changes nothing.

        Its consumers (or exporters) must be stopped first, and started again afterwards.
        """
        ctx = begin(service, "events", logs_to=sys.stderr)
        with telling_refusals(service), opened_broker(ctx) as broker:
            hearing = _choose(service, ctx, broker, group_name)
            if strangers := set(topics) - set(hearing.topics):
                fail(service.name, f"{hearing.group} does not hear {', '.join(sorted(strangers))}", status=2)
            names = topics or tuple(hearing.topics)
            try:
                broker.rewind(group=hearing.group, topics=names, to=since)
            except GroupIsActive:
                fail(
                    service.name,
                    f"members of {hearing.group} are reading: stop every “{_command_of(service, hearing)}” of this service,"
                    " replay, and start them again",
                )
            count = looking.behind(broker, hearing, names)
            click.echo(f"{count} events come again to {hearing.group}; start “{_command_of(service, hearing)}”.")
            if waits:
                _wait(broker, hearing, names, total=count)
                click.echo("Everything was read again.")


class _Projection(click.ParamType[str]):
    """One of the service's projections, which are loaded when they are asked for."""

    name = "projection"

    def __init__(self, service: Service) -> None:
        self._service = service

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name itself, once it is known."""
        known: list[str] = [each.name for each in self._service.projections or ()]
        return click.Choice(known).convert(value, param, ctx)


def _add_rebuild(events: click.Group, service: Service) -> None:
    @events.command()
    @click.argument("name", metavar="PROJECTION", type=_Projection(service))
    @click.option("--call-off", "calls_off", is_flag=True, help="Stop a rebuild, or forget one that was killed.")
    def rebuild(name: str, calls_off: bool) -> None:
        """Make a projection anew from its topic while the service goes on; readers see the old one until it is whole."""
        from shared import projections
        from shared.projections import RebuildOvertaken, TopicForgets

        ctx = begin(service, "events", logs_to=sys.stderr)
        (projection,) = (each for each in service.projections or () if each.name == name)
        if calls_off:
            was_there = projections.call_off(ctx.db, projection)
            click.echo("The rebuild is called off." if was_there else "No rebuild was at work.")
            return
        with telling_refusals(service), opened_broker(ctx) as broker, printing.progress_bar(name) as progress:
            try:
                done = projections.rebuild(database=ctx.db, broker=broker, projection=projection, progress=progress)
            except RebuildOvertaken:
                fail(
                    service.name,
                    f"another rebuild of {name} began later, or this one was called off: nothing was changed",
                )
            except TopicForgets as topic:
                fail(
                    service.name,
                    f"{topic} does not keep everything that {name} holds: a rebuild would lose it",
                    status=2,
                )
            except KeyboardInterrupt:
                projections.call_off(ctx.db, projection)
                fail(service.name, "interrupted: nothing was changed", status=130)
        click.echo(f"{name}: {done.rows} rows from {done.events} events.")
        if done.unreadable_keys:
            click.echo(
                f"Of {done.unreadable_keys} keys something could not be read: events dead-letters list", err=True
            )


def _choose(service: Service, ctx: Any, broker: Broker, name: str | None) -> Hearing:
    found = {each.group: each for each in hearings.every(service, ctx, broker)}
    if name is None and len(found) == 1:
        (only,) = found.values()
        return only
    if name not in found:
        fail(service.name, f"say which group: --group {' or --group '.join(found)}", status=2)
    return found[name]


def _command_of(service: Service, hearing: Hearing) -> str:
    return "consume" if hearing.group == service.name else "export"


def _wait(broker: Broker, hearing: Hearing, names: tuple[str, ...], *, total: int) -> None:
    pause = threading.Event()
    with printing.progress_bar(hearing.group) as progress:
        while left := looking.behind(broker, hearing, names):
            progress(max(total - left, 0), total)
            pause.wait(_LOOK_S)
        progress(total, total)
