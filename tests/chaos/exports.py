"""A subscriber of the organisation: what enrollment's exporter passes on to it, held to what happened."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import select

from shared import messages, outbox, subscriptions, topics
from shared.broker import Broker
from shared.database import Database
from shared.exporting import exporter
from shared.pseudonyms import RootKeys
from shared.subscriptions import Subscription
from tests.chaos import verdict
from tests.chaos.verdict import Finding, Told
from tests.support.source import ROOT

NAME: Final = "observateur"
WHERE: Final = "the subscriber's topic"


class Subscriber:
    """A reader outside, under pseudonyms of its own: at least once, known by `ce_id`, in order per key."""

    def __init__(
        self, *, database: Database, broker: Broker, organisation_code: str, environment: Mapping[str, str]
    ) -> None:
        self._database = database
        self._broker = broker
        self._code = organisation_code
        self._environment = environment

    def board(self, folder: Path) -> None:
        """Take it on board, as an operator does; the relay must run."""
        words = ["subscribers", "add", NAME, "--organisation", self._code, "--domain", "enrollment"]
        words += ["--purpose", "Chaos", "--output", str(folder / "handed-over")]
        done = subprocess.run(
            [sys.executable, "-m", "services.enrollment", *words],
            cwd=ROOT,
            env=os.environ | self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        (folder / "boarding.log").write_text(done.stdout + done.stderr, encoding="utf-8")
        done.check_returncode()

    def left(self) -> dict[str, int]:
        """Return what the exporter has still to look at."""
        group = exporter.group("enrollment")
        lag = self._broker.lag(group=group, topics=["vitrail.enrollment.v1"])
        return {f"lag of {group}": sum(each.records for each in lag.values())}

    def judge(self) -> list[Finding]:
        """Compare what came out with what happened since the subscription began."""
        live = [each for each in subscriptions.list_live(self._broker) if each.subscriber == NAME]
        if not live:
            return [Finding(invariant="exported", where=WHERE, count=1, examples=("the subscription was not told",))]
        due = self._list_due(live[0])
        came = self._list_came(live[0])
        # Twice is allowed: the reader knows an event by its id, and what came first counts.
        first = list({each.id: each for each in came}.values())
        return [
            Finding(
                invariant="exported", where=f"{WHERE}: {found.invariant}", count=found.count, examples=found.examples
            )
            for found in verdict.applied_once_in_order(due, first, where=WHERE)
        ]

    def _list_due(self, subscription: Subscription) -> list[Told]:
        names = RootKeys([self._environment["ENROLLMENT_PSEUDONYM_KEYS"]]).pseudonyms(
            root_key_id=subscription.root_key_id, reader=subscription.subscriber_id
        )
        table = outbox.outbox
        query = select(table.c.id, table.c.key, table.c.version).where(
            table.c.type.in_([each.type for each in subscription.types]),
            table.c.organisation_id == subscription.organisation_id,
            table.c.occurred_at >= subscription.started_at,
        )
        with self._database.read() as session:
            return [
                Told(id=names.of(event_id), key=names.of(key), version=version)
                for event_id, key, version in session.execute(query.order_by(table.c.position))
            ]

    def _list_came(self, subscription: Subscription) -> list[Told]:
        topic = topics.outside_name(
            code=subscription.organisation_code, domain="enrollment", subscriber=subscription.subscriber
        )
        came = []
        reader = self._broker.reader(topics=[topic])
        while not reader.is_at_end():
            for delivery in reader.read(max_records=500, timeout=2):
                event = messages.decode(delivery)
                came.append(Told(id=event.id, key=event.key, version=event.version or 0))
        reader.close()
        return came
