"""`python -m services.enrollment subscribers …`: what an operator types and reads."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.enrollment.__main__ import commands
from services.enrollment.directory_files import BOARDS
from tests.support.databases import SqliteDatabases
from tests.support.enrollment import migrate

Run = Callable[..., Result]
ROOT = Path(__file__).parents[2]
TOPIC = "org.712000.enrollment.transport.v1"
PURPOSE = "Préparer les trajets d’autobus."


@pytest.fixture
def environment(sqlite_databases: SqliteDatabases, tmp_path: Path) -> dict[str, str]:
    """The variables of a service with a migrated database."""
    return {
        "ENROLLMENT_DATABASE_URL": sqlite_databases.create(migrate),
        "ENROLLMENT_BROKER_URL": f"embedded:///{tmp_path}/log.db",
        "ENROLLMENT_PASSPORT_KEYS": "Wk4Xe9Lt2Wn7Vr1Ys6Ka3Dm8Hf5Gj0Pa",
        "ENROLLMENT_DIGEST_KEYS": "Wk4Xe9Lt2Wn7Vr1Ys6Ka3Dm8Hf5Gj0Pb",
        "ENROLLMENT_SEAL_KEYS": "Wk4Xe9Lt2Wn7Vr1Ys6Ka3Dm8Hf5Gj0Pc",
        "ENROLLMENT_PSEUDONYM_KEYS": "Wk4Xe9Lt2Wn7Vr1Ys6Ka3Dm8Hf5Gj0Pd",
        "ENROLLMENT_SMTP_URL": "smtp://127.0.0.1:1",
        "PUBLIC_URL": "https://portail.example",
        "VITRAIL_HOME": str(tmp_path),
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Run a command of the service with the directory loaded."""

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(commands, [*arguments], env=environment)

    assert invoke("import-directory", str(BOARDS)).exit_code == 0
    return invoke


def add(*more: str) -> list[str]:
    return ["subscribers", "add", "transport", "--organisation", "712000", "--purpose", PURPOSE, *more]


def test_the_commands_take_on_board_list_and_take_off_board(run: Run, tmp_path: Path) -> None:
    output = tmp_path / "handed"
    added = run(*add("--domain", "enrollment", "--output", str(output)))
    assert added.exit_code == 0, added.output
    assert f"5 seconds from now or later is on {TOPIC}" in added.stdout
    assert "asks nobody who they are" in added.stderr
    assert {path.name for path in output.iterdir()} == {
        "connection.json",
        "README.md",
        "sample-enrollment.campaign-opened.v1.json",
        "sample-enrollment.child-linked.v1.json",
        "sample-enrollment.child-unlinked.v1.json",
        "sample-enrollment.link-restored.v1.json",
        "sample-enrollment.link-suspended.v1.json",
        "sample-enrollment.re-registration-answered.v1.json",
        "sample-enrollment.student-changed.v1.json",
    }
    assert json.loads((output / "connection.json").read_text())["topics"] == [TOPIC]
    assert "is on board already" in run(*add("--domain", "enrollment")).stdout
    listed = run("subscribers", "list").stdout
    assert "transport" in listed
    assert "active" in listed
    assert PURPOSE in listed
    assert "asks nobody who they are" in run("subscribers", "rotate", "transport").stderr
    assert run("subscribers", "remove", "transport", "--yes").exit_code == 0
    assert "ended" in run("subscribers", "list").stdout


def test_remove_asks_before_it_does_anything(run: Run) -> None:
    assert run(*add("--domain", "enrollment")).exit_code == 0
    asked = run("subscribers", "remove", "transport")
    assert asked.exit_code == 1
    assert "for good?" in asked.stdout
    assert "active" in run("subscribers", "list").stdout


def test_add_without_output_prints_what_is_handed_over(run: Run) -> None:
    added = run(*add("--type", "enrollment.child-linked.v1:child_id"))
    assert added.exit_code == 0, added.output
    assert "--- connection.json" in added.stdout
    assert "--- sample-enrollment.child-linked.v1.json" in added.stdout
    assert '"child_id"' in added.stdout
    assert '"linked_at"' not in added.stdout


def test_change_says_what_it_reads_now_and_hands_samples_over_without_a_connection(run: Run, tmp_path: Path) -> None:
    assert run(*add("--domain", "enrollment")).exit_code == 0
    output = tmp_path / "handed"
    wish = ("--type", "enrollment.child-linked.v1:child_id", "--purpose", "Autre chose.")
    changed = run("subscribers", "change", "transport", *wish, "--output", str(output))
    assert changed.exit_code == 0, changed.output
    assert TOPIC in changed.stdout
    assert [path.name for path in output.iterdir()] == ["sample-enrollment.child-linked.v1.json"]
    listed = run("subscribers", "list").stdout
    assert "Autre chose." in listed
    assert "ca.vitrail.enrollment.child-linked.v1: child_id\n" in listed
    assert "student-changed" not in listed


def test_change_wants_to_know_what(run: Run) -> None:
    assert run(*add("--domain", "enrollment")).exit_code == 0
    refused = run("subscribers", "change", "transport")
    assert refused.exit_code == 2
    assert "--purpose" in refused.stderr


@pytest.mark.requirement("EVT-1")
def test_add_says_in_both_languages_what_cannot_leave(run: Run) -> None:
    refused = run(*add("--type", "enrollment.child-linked.v1:link_id"))
    assert refused.exit_code == 1
    assert "field_not_exportable" in refused.stderr
    assert "Ces champs ne sortent pas" in refused.stderr
    assert "These fields do not leave" in refused.stderr
    assert run("subscribers", "list").stdout == ""


def test_add_that_found_the_log_away_is_completed_later(run: Run, environment: dict[str, str]) -> None:
    # Nobody listens at port 1 of the loopback.
    away = os.environ | environment | {"ENROLLMENT_BROKER_URL": "kafka://127.0.0.1:1"}
    command = [sys.executable, "-m", "services.enrollment", *add("--domain", "enrollment")]
    refused = subprocess.run(command, cwd=ROOT, env=away, capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 1
    assert "event_log_away" in refused.stderr
    assert "Traceback" not in refused.stderr
    completed = run(*add("--domain", "enrollment"))
    assert completed.exit_code == 0, completed.output
    assert "active" in run("subscribers", "list").stdout
