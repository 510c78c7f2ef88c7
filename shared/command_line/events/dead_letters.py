"""`events dead-letters list|retry|drop`: what this service could not take, and what waits behind it."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import click

from shared import dead_events, logs, reviving
from shared.broker import Broker
from shared.command_line import hearings
from shared.command_line.events import printing
from shared.command_line.hearings import Hearing
from shared.command_line.service import Service, begin, fail, opened_broker, telling_refusals
from shared.dead_events import Head
from shared.reviving import NoSuchDeadEvent, Revived

log = logs.get(__name__)

_COLUMNS: Final = (
    *("position", "group", "reason", "place", "type", "key", "topic", "partition", "offset"),
    *("bytes", "attempts", "since", "waiting"),
)
_PAGE_SIZE = 500


def add_commands(events: click.Group, service: Service) -> None:
    """Add the group `dead-letters`."""

    @events.group("dead-letters")
    def dead_letters() -> None:
        """Events that could not be taken, with those of their keys that wait behind them."""

    _add_list(dead_letters, service)
    _add_retry(dead_letters, service)
    _add_drop(dead_letters, service)


def _add_list(dead_letters: click.Group, service: Service) -> None:
    @dead_letters.command("list")
    @click.option("--reason", help="With this reason alone.")
    @click.option("--type", "type_", help="Of this type alone.")
    @click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
    @printing.as_json
    def list_dead(reason: str | None, type_: str | None, limit: int, is_json: bool) -> None:
        """Tell what is dead, why, since when, and how much waits behind it."""
        ctx = begin(service, "events", logs_to=sys.stderr)
        with telling_refusals(service), opened_broker(ctx) as broker:
            groups = [each.group for each in hearings.every(service, ctx, broker)]
        with ctx.db.read() as session:
            heads = dead_events.list_heads(session, consumers=groups, reason=reason, type=type_, limit=limit)
        printing.rows(map(_row, heads), is_json=is_json, columns=_COLUMNS)


def _add_retry(dead_letters: click.Group, service: Service) -> None:
    @dead_letters.command()
    @_chosen
    def retry(positions: tuple[int, ...], takes_all: bool, reason: str | None, type_: str | None) -> None:
        """Handle dead events again, each with those that wait behind it, in order; 1 when some are still dead."""
        _settle(service, reviving.retry, positions=positions, takes_all=takes_all, reason=reason, type_=type_)


def _add_drop(dead_letters: click.Group, service: Service) -> None:
    @dead_letters.command()
    @_chosen
    @click.option("--yes", "is_certain", is_flag=True, help="Do not ask.")
    def drop(
        positions: tuple[int, ...], takes_all: bool, reason: str | None, type_: str | None, is_certain: bool
    ) -> None:
        """Give dead events up for ever, and handle those that waited behind them."""
        _settle(
            service,
            reviving.drop,
            positions=positions,
            takes_all=takes_all,
            reason=reason,
            type_=type_,
            confirms=not is_certain,
        )


def _chosen(command: Callable[..., None]) -> Callable[..., None]:
    for decorate in (
        click.option("--type", "type_", help="All of this type."),
        click.option("--reason", help="All with this reason."),
        click.option("--all", "takes_all", is_flag=True, help="All of them."),
        click.argument("positions", nargs=-1, type=int, metavar="[POSITION…]"),
    ):
        command = decorate(command)
    return command


def _settle(
    service: Service,
    act: Callable[..., Revived],
    *,
    positions: Sequence[int],
    takes_all: bool,
    reason: str | None,
    type_: str | None,
    confirms: bool = False,
) -> None:
    """Retry or drop what was chosen, and tell what came of it."""
    is_chosen_by_kind = takes_all or reason is not None or type_ is not None
    if bool(positions) == is_chosen_by_kind:
        fail(service.name, "say which: positions (events dead-letters list), or --all, --reason, --type", status=2)
    ctx = begin(service, "events", logs_to=sys.stderr)
    with telling_refusals(service), opened_broker(ctx) as broker:
        by_group = {each.group: each for each in hearings.every(service, ctx, broker)}
        heads = list(_heads(ctx, by_group, reason=reason, type_=type_))
        if positions:
            wanted = {head.position: head for head in heads}
            if unknown := [each for each in positions if each not in wanted]:
                fail(
                    service.name,
                    f"{unknown[0]} is no dead event, or waits behind another one: events dead-letters list",
                )
            heads = [wanted[each] for each in dict.fromkeys(positions)]
        if confirms and heads:
            click.confirm(f"Give {len(heads)} events up for ever?", abort=True, err=True)
        outcome = _work_off(ctx, broker, heads, by_group, act)
    verb = "dropped" if act is reviving.drop else "chosen"
    click.echo(f"{len(heads)} {verb}, {outcome.handled} handled, {len(outcome.still_dead)} still dead.")
    if outcome.still_dead:
        printing.rows(outcome.still_dead, is_json=False, columns=("position", "group", "reason", "place", "attempts"))
    if outcome.interrupted:
        click.echo(f"{outcome.interrupted} met bad luck (see the log above): try again.", err=True)
    if outcome.still_dead or outcome.interrupted:
        sys.exit(1)


def _heads(ctx: Any, by_group: Mapping[str, Hearing], *, reason: str | None, type_: str | None) -> Iterator[Head]:
    after = 0
    while True:
        with ctx.db.read() as session:
            page = dead_events.list_heads(
                session, consumers=list(by_group), reason=reason, type=type_, after=after, limit=_PAGE_SIZE
            )
        yield from page
        if len(page) < _PAGE_SIZE:
            return
        after = page[-1].position


@dataclass(kw_only=True)
class _Outcome:
    """What came of it all: `interrupted` are those that met bad luck, and can be tried again."""

    handled: int = 0
    interrupted: int = 0
    still_dead: list[Mapping[str, Any]] = field(default_factory=list)


def _work_off(
    ctx: Any, broker: Broker, heads: Sequence[Head], by_group: Mapping[str, Hearing], act: Callable[..., Revived]
) -> _Outcome:
    outcome = _Outcome()
    with printing.progress_bar("dead events") as progress:
        for number, head in enumerate(heads):
            progress(number, len(heads))
            hearing = by_group[head.consumer]
            try:
                revived = act(
                    database=ctx.db,
                    handlers=hearing.handlers,
                    known_types=broker.catalogue.event_types(hearing.topics),
                    position=head.position,
                    flush=hearing.flush,
                )
            except NoSuchDeadEvent:
                # Somebody else was faster.
                continue
            except Exception:
                log.warning("dead_event_interrupted", position=head.position, exc_info=True)
                outcome.interrupted += 1
                continue
            outcome.handled += revived.handled
            if (dead := revived.still_dead) is not None:
                outcome.still_dead.append(
                    {
                        "position": dead.position,
                        "group": dead.consumer,
                        "reason": dead.reason,
                        "place": printing.word(dead.place),
                        "attempts": dead.attempts,
                    }
                )
        progress(len(heads), len(heads))
    return outcome


def _row(head: Head) -> Mapping[str, Any]:
    return {
        "position": head.position,
        "group": head.consumer,
        # What waited behind one that is gone, because the work broke off there.
        "reason": head.reason or "(interrupted)",
        "place": printing.word(head.place),
        "type": printing.word(head.type),
        "key": printing.key(head.key),
        "topic": head.topic,
        "partition": head.partition,
        "offset": head.offset,
        "bytes": head.size,
        "attempts": head.attempts,
        "since": head.buried_at,
        "waiting": head.waiting,
    }
