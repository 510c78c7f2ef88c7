"""The process that mails letters also writes those of campaigns."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.enrollment.context import Context
from services.enrollment.rules import days
from tests.enrollment.campaigns.conftest import Plan
from tests.support.enrollment import PARENT, Registry, make_settings
from tests.support.smtp import SmtpServer

ROOT = Path(__file__).resolve().parents[3]
on_one_kind = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def plan(enrollment_url: str) -> Iterator[Plan]:
    """An organisation of a service that runs by the real clock, as its processes do."""
    ctx = Context.open(make_settings(enrollment_url))
    yield Plan(ctx, Registry(ctx))
    ctx.db.close()


@pytest.fixture
def start(enrollment_url: str, smtp_server: SmtpServer, tmp_path: Path) -> Iterator[Start]:
    """Start the process."""
    settings = make_settings(enrollment_url)
    variables = {
        "ENROLLMENT_DATABASE_URL": enrollment_url,
        "ENROLLMENT_BROKER_URL": settings.broker_url,
        "ENROLLMENT_PASSPORT_KEYS": ",".join(settings.passport_keys),
        "ENROLLMENT_DIGEST_KEYS": ",".join(settings.digest_keys),
        "ENROLLMENT_SEAL_KEYS": ",".join(settings.seal_keys),
        "ENROLLMENT_PSEUDONYM_KEYS": ",".join(settings.pseudonym_keys),
        "ENROLLMENT_SMTP_URL": smtp_server.url,
        "PUBLIC_URL": "https://portail.example",
        "VITRAIL_HOME": str(tmp_path),
    }
    started: list[subprocess.Popen[str]] = []

    def start_one() -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "services.enrollment", "notify"]
        started.append(
            subprocess.Popen(
                command, cwd=ROOT, env=os.environ | variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        )
        return started[-1]

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


@on_one_kind
@pytest.mark.requirement("RR-02")
def test_notify_tells_the_principal_guardian_of_an_open_campaign_and_stops_when_asked(
    plan: Plan, start: Start, smtp_server: SmtpServer
) -> None:
    plan.make_pupil(account_id=None)
    today = days.today(datetime.now(UTC))
    plan.make(
        school_year=f"{today.year}-{today.year + 1}",
        opens_on=today - timedelta(days=1),
        closes_on=today + timedelta(days=20),
    )
    process = start()
    [letter] = smtp_server.wait_for(1, to=PARENT)
    assert "La réinscription est ouverte" in letter.text
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, PARENT in out + err) == (0, False)
