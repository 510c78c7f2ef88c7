"""`python -m services.enrollment campaigns …`: what an operator types and reads."""

import csv
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.enrollment.__main__ import commands
from services.enrollment.context import Context
from services.enrollment.operations import campaigns
from services.enrollment.rules import days
from tests.enrollment.campaigns.conftest import Plan
from tests.support.enrollment import Registry, make_settings

Run = Callable[..., Result]
ID = re.compile(r"[0-9a-f-]{36}")
TODAY = days.today(datetime.now(UTC))


# A command leaves its connections to the end of its process, which a test does not have.
pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


@pytest.fixture
def plan(enrollment_url: str) -> Iterator[Plan]:
    """An organisation of a service that runs by the real clock, as its commands do."""
    ctx = Context.open(make_settings(enrollment_url))
    yield Plan(ctx, Registry(ctx))
    ctx.db.close()


@pytest.fixture
def run(enrollment_url: str, tmp_path: Path) -> Run:
    """Run a command of the service."""
    settings = make_settings(enrollment_url)
    environment = {
        "ENROLLMENT_DATABASE_URL": enrollment_url,
        "ENROLLMENT_BROKER_URL": settings.broker_url,
        "ENROLLMENT_PASSPORT_KEYS": ",".join(settings.passport_keys),
        "ENROLLMENT_DIGEST_KEYS": ",".join(settings.digest_keys),
        "ENROLLMENT_SEAL_KEYS": ",".join(settings.seal_keys),
        "ENROLLMENT_PSEUDONYM_KEYS": ",".join(settings.pseudonym_keys),
        "ENROLLMENT_SMTP_URL": "smtp://127.0.0.1:1",
        "PUBLIC_URL": "https://portail.example",
        "VITRAIL_HOME": str(tmp_path),
    }
    return lambda *arguments: CliRunner().invoke(commands, ["campaigns", *map(str, arguments)], env=environment)


def add(plan: Plan, run: Run, *more: str) -> str:
    window = ["--opens-on", str(TODAY - timedelta(days=3)), "--closes-on", str(TODAY + timedelta(days=20))]
    years = f"{TODAY.year}-{TODAY.year + 1}"
    added = run("add", "--organisation", plan.code, "--school-year", years, *window, *more)
    assert added.exit_code == 0, added.output
    found = ID.search(added.stdout)
    assert found is not None
    return found[0]


@pytest.mark.requirement("RR-01")
def test_an_operator_adds_changes_and_lists_campaigns(plan: Plan, run: Run) -> None:
    campaign_id = add(plan, run, "--grade", "05", "--grade", "06", "--reminder-days", "0")
    (listed,) = run("list", "--organisation", plan.code).stdout.splitlines()[-1:]
    assert listed.startswith(f"{campaign_id}  {TODAY.year}-{TODAY.year + 1}")
    assert listed.endswith("open      grades 05, 06; reminds nobody")
    more = ["--all-grades", "--reminder-days", "5", "--message-fr", "Bonjour.", "--message-en", "Hello."]
    changed = run("change", campaign_id, *more)
    assert changed.exit_code == 0, changed.output
    assert changed.stdout.splitlines()[-1].endswith(f"open      reminds on {TODAY + timedelta(days=15)}")
    [kept] = campaigns.list_campaigns(plan.ctx, organisation_code=plan.code)
    assert (kept["grades"], kept["message"]) == (None, {"fr": "Bonjour.", "en": "Hello."})


@pytest.mark.requirement("XC-07")
def test_a_refusal_is_said_in_both_languages(plan: Plan, run: Run) -> None:
    campaign_id = add(plan, run)
    refused = run("change", campaign_id, "--opens-on", str(TODAY))
    assert refused.exit_code == 1
    assert "campaign_begun" in refused.stderr
    assert "La campagne est commencée" in refused.stderr
    assert "The campaign has begun" in refused.stderr
    assert run("change", campaign_id, "--message-fr", "Bonjour.").exit_code == 2


@pytest.mark.requirement("RR-02")
def test_an_operator_reminds_and_reads_the_answers(plan: Plan, run: Run, tmp_path: Path) -> None:
    plan.make_pupil(source_id="e1", account_id=None)
    campaign_id = add(plan, run)
    assert campaigns.announce(plan.ctx) == 1
    reminded = run("remind", campaign_id)
    # Nobody is reminded on the day on which they were told.
    assert (reminded.exit_code, reminded.stdout.splitlines()[-1]) == (0, "0 letters written.")
    output = tmp_path / "réponses.csv"
    written = run("answers", campaign_id, "--answer", "none", "--output", output)
    assert (written.exit_code, written.stdout) == (0, f"1 students written to {output}.\n")
    (line,) = csv.DictReader(output.read_text("utf-8-sig").splitlines())
    assert (line["source_id"], line["answer"]) == ("e1", "")
    assert output.read_bytes().endswith(b"\r\n")
    printed = run("answers", campaign_id)
    assert printed.stdout_bytes == output.read_bytes()


def test_a_campaign_that_is_not_there_is_said(run: Run) -> None:
    for command in ("remind", "answers"):
        refused = run(command, "01980a70-5f11-7c3a-8d21-4b6e9a7f1c02")
        assert (refused.exit_code, "not_found" in refused.stderr) == (1, True)
