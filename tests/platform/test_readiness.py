"""Workers are ready as servers are: with a database that answers, and a schema that is new enough."""

from types import SimpleNamespace
from typing import Any

import click
import httpx

from one_machine.places import free_port
from shared import migrations
from shared.command_line import metrics
from shared.database import Database
from tests.support.source import ROOT

FOLDER = ROOT / "services" / "identity" / "migrations"


def test_a_worker_is_ready_once_its_schema_is_there(database: Database) -> None:
    service: Any = SimpleNamespace(name="identity", migrations=FOLDER)
    port = free_port()
    with click.Context(click.Command("consume")) as context:
        context.params = {"metrics_port": port, "metrics_host": "127.0.0.1"}
        with metrics.process_served(service, SimpleNamespace(db=database)):
            before = httpx.get(f"http://127.0.0.1:{port}/readyz").status_code
            migrations.migrate(database, FOLDER)
            after = httpx.get(f"http://127.0.0.1:{port}/readyz").status_code
    assert (before, after) == (503, 200)
