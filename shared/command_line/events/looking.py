"""`events topics`, `state`, `lag`, `tail`: looking, which changes nothing but for `topics --make`."""

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

import click

from shared import messages
from shared.broker import Broker, BrokerState, Delivery, Reader
from shared.clock import Clock
from shared.command_line import hearings
from shared.command_line.events import printing
from shared.command_line.events.printing import Moment
from shared.command_line.service import Service, begin, fail, opened_broker, telling_refusals
from shared.messages import UnreadableMessage
from shared.metrics.lags import by_topic

_STATES: Final = {
    BrokerState.READY: (0, "It answers: nothing to do."),
    BrokerState.SLOW: (3, "It takes connections and does not answer in time: look at its load and its disks; wait."),
    BrokerState.MISSING: (
        4,
        "Nobody listens at the address, or its name is unknown: see whether it runs, and the …_BROKER_URL.",
    ),
    BrokerState.REFUSED: (
        5,
        "It does not let us in: see the user, the password and the certificates of the …_BROKER_URL.",
    ),
}
_ENVELOPE: Final = ("time", "topic", "partition", "offset", "type", "key", "id", "sequence", "age")


def add_commands(events: click.Group, service: Service) -> None:
    """Add the commands that look."""
    _add_topics(events, service)
    _add_state(events, service)
    _add_lag(events, service)
    _add_tail(events, service)


def _add_topics(events: click.Group, service: Service) -> None:
    @events.command()
    @click.option("--make", "makes", is_flag=True, help="Make those that are missing.")
    @printing.as_json
    def topics(makes: bool, is_json: bool) -> None:
        """Tell which topics are declared, and whether they have been made; 1 when one is missing."""
        ctx = begin(service, "events", logs_to=sys.stderr)
        with telling_refusals(service), opened_broker(ctx) as broker:
            made = broker.make_topics() if makes else []
            missing = broker.missing_topics()
        printing.rows(
            (
                {
                    "topic": topic.name,
                    "partitions": topic.partitions,
                    "retention": timedelta(days=topic.retention.days),
                    "compacted": topic.is_compacted,
                    "state": "missing" if topic.name in missing else "made now" if topic.name in made else "made",
                }
                for topic in broker.catalogue.topics.values()
            ),
            is_json=is_json,
            columns=("topic", "partitions", "retention", "compacted", "state"),
        )
        if missing:
            fail(service.name, f"{len(missing)} missing: {', '.join(missing)}; make them with --make")


def _add_state(events: click.Group, service: Service) -> None:
    @events.command()
    @printing.as_json
    def state(is_json: bool) -> None:
        """Tell whether the event log can be used: 0 ready, 3 slow, 4 missing, 5 refused."""
        ctx = begin(service, "events", logs_to=sys.stderr)
        with telling_refusals(service), opened_broker(ctx) as broker:
            found = broker.state()
        status, advice = _STATES[found]
        if is_json:
            printing.json_line({"state": found.value, "advice": advice})
        else:
            click.echo(f"{found.name}: {advice}")
        sys.exit(status)


def _add_lag(events: click.Group, service: Service) -> None:
    @events.command()
    @printing.as_json
    def lag(is_json: bool) -> None:
        """Tell how far each group of this service is behind on each of its topics."""
        ctx = begin(service, "events", logs_to=sys.stderr)
        with telling_refusals(service), opened_broker(ctx) as broker:
            found = [
                _lag_row(hearing.group, topic, behind.records, behind.oldest_at, ctx.clock)
                for hearing in hearings.every(service, ctx, broker)
                for topic, behind in by_topic(broker, group=hearing.group, topics=hearing.topics).items()
            ]
        printing.rows(found, is_json=is_json, columns=("group", "topic", "events", "oldest", "age"))


def _add_tail(events: click.Group, service: Service) -> None:
    @events.command()
    @click.argument("topics", nargs=-1, metavar="[TOPIC…]")
    @click.option("--since", type=Moment(), help=f"Where to begin: {Moment.__doc__}  [default: the start]")
    @click.option("--follow", "-f", is_flag=True, help="Go on with what comes, until Ctrl-C; begins with the present.")
    @click.option("--type", "type_", help="Events of this type alone (its end is enough: child-linked.v1).")
    @click.option("--key", help="Events with this key alone.")
    @click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
    @click.option(
        "--data", "shows_data", is_flag=True, help="Also the data, which may concern people: do not share it."
    )
    @printing.as_json
    def tail(
        topics: tuple[str, ...],
        since: datetime | None,
        follow: bool,
        type_: str | None,
        key: str | None,
        limit: int | None,
        shows_data: bool,
        is_json: bool,
    ) -> None:
        """Print the envelopes of events, in order within each partition; by default of all topics that this service uses."""
        ctx = begin(service, "events", logs_to=sys.stderr)
        names = topics or _topics_of(service)
        if not names:
            fail(service.name, "this service neither says nor hears anything: name a topic", status=2)
        if follow and since is None:
            since = ctx.clock.now()
        columns = (*_ENVELOPE, "data") if shows_data else _ENVELOPE
        if shows_data:
            click.echo("The data may concern people: keep it out of tickets, chats and logs.", err=True)
        if not is_json:
            click.echo("\t".join(columns))
        with telling_refusals(service), opened_broker(ctx) as broker:
            reader = broker.reader(topics=names, since=since)
            try:
                deliveries = (each for each in _read(reader, follow=follow) if key is None or each.key == key.encode())
                found = (_envelope(each, ctx.clock, shows_data=shows_data) for each in deliveries)
                wanted = (row for row in found if type_ is None or str(row["type"]).endswith(type_))
                for row in islice(wanted, limit):
                    if is_json:
                        printing.json_line(row)
                    else:
                        printing.line(row, columns=columns)
            except KeyboardInterrupt:
                # How following ends.
                pass
            finally:
                reader.close()


def _topics_of(service: Service) -> tuple[str, ...]:
    return tuple(sorted({each.topic for each in service.event_types} | set(service.topics)))


def _read(reader: Reader, *, follow: bool) -> Iterator[Delivery]:
    while follow or not reader.is_at_end():
        yield from reader.read(max_records=500, timeout=0.25)


def _lag_row(group: str, topic: str, records: int, oldest_at: datetime | None, clock: Clock) -> Mapping[str, Any]:
    age = clock.now() - oldest_at if oldest_at is not None else None
    return {"group": group, "topic": topic, "events": records, "oldest": oldest_at, "age": age}


def _envelope(delivery: Delivery, clock: Clock, *, shows_data: bool) -> Mapping[str, Any]:
    row: dict[str, Any] = {
        "time": delivery.appended_at,
        "topic": delivery.topic,
        "partition": delivery.partition,
        "offset": delivery.offset,
        "key": printing.key(delivery.key),
        "age": clock.now() - delivery.appended_at,
    }
    try:
        event = messages.decode(delivery)
    except UnreadableMessage as unreadable:
        return (
            row
            | {"type": f"({unreadable.reason})", "id": None, "sequence": None}
            | ({"data": None} if shows_data else {})
        )
    row |= {"type": printing.word(event.type), "id": printing.word(event.id), "sequence": event.version}
    if shows_data:
        row["data"] = event.data
    return row


def behind(broker: Broker, hearing: hearings.Hearing, topics: tuple[str, ...]) -> int:
    """Return how many events a group has still to commit of some topics."""
    return sum(lag.records for lag in by_topic(broker, group=hearing.group, topics=topics).values())
