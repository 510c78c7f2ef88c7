import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.enrollment.__main__ import commands
from services.enrollment.directory_files import BOARDS
from services.enrollment.operations.imports import PHASES
from tests.support.databases import SqliteDatabases
from tests.support.enrollment import migrate
from tests.support.registries import school_of, write

Run = Callable[..., Result]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def environment(sqlite_databases: SqliteDatabases, tmp_path: Path) -> dict[str, str]:
    """The variables of a service with a migrated database."""
    return {
        "ENROLLMENT_DATABASE_URL": sqlite_databases.create(migrate),
        "ENROLLMENT_BROKER_URL": f"embedded:///{tmp_path}/log.db",
        "ENROLLMENT_PASSPORT_KEYS": "Uq3vPZc0yK8sTn6wXb1RfLh5Dg9Mj2Ea",
        "ENROLLMENT_DIGEST_KEYS": "Kx7mWd2Qe4Vt0Ys9Br5Ni1Cz8Go3Lp6H",
        "ENROLLMENT_SEAL_KEYS": "Ja6fTo1Nb8Xw3Su5Ek9Zp4Rv2Iy7Mc0D",
        "ENROLLMENT_PSEUDONYM_KEYS": "Qb4Xe9Lt2Wn7Vr1Ys6Ka3Dm8Hf5Gj0Pz",
        "ENROLLMENT_SMTP_URL": "smtp://127.0.0.1:1",
        "PUBLIC_URL": "https://portail.example",
    }


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command of the service with the directory loaded."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(commands, [str(each) for each in arguments], env=environment)

    assert invoke("import-directory", BOARDS).exit_code == 0
    return invoke


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A registry of four families, of whom one student's line is broken."""
    return write(school_of(4).with_pupil("s4", permanent_code="TREZ7"), tmp_path / "registry")


def test_import_registry_command_tells_what_it_did(run: Run, path: Path, tmp_path: Path) -> None:
    dry = run("import-registry", path, "--organisation", "712000", "--dry-run", "--report", tmp_path / "out" / "r.csv")
    assert dry.exit_code == 0
    assert "what an import would change" in dry.stdout
    assert (tmp_path / "out" / "r.csv").exists()
    done = run("import-registry", path, "--organisation", "712000")
    assert done.exit_code == 0
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "oneroster-1.1, bulk: imported" in lines
    assert "students new 3" in lines
    assert "lines rejected 1" in lines
    assert "The organisation takes part from now on." in lines
    assert [file.name.startswith("rejected-712000-2") for file in tmp_path.glob("rejected-*")] == [True]
    again = run("import-registry", path, "--organisation", "712000")
    # A word of the report: the log line beside it counts "students_new=0".
    assert [line for line in again.stdout.splitlines() if " new " in line] == []


@pytest.mark.requirement("AUD-5")
def test_import_registry_command_says_and_logs_nothing_personal(
    run: Run, environment: dict[str, str], path: Path
) -> None:
    write(school_of(2), path.parent / "smaller")
    said = ""
    # In processes of their own, because there the logs go where an operator finds them.
    for name, option in [("registry", "--dry-run"), ("registry", "--"), ("smaller", "--allow-removals")]:
        command = [sys.executable, "-m", "services.enrollment", "import-registry", "--organisation", "712000"]
        done = subprocess.run(
            [*command, option, path.parent / name],
            env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
            cwd=path.parent,
            capture_output=True,
            text=True,
            check=True,
        )
        said += done.stdout + done.stderr
    said += "".join(file.read_text("utf-8") for file in path.parent.glob("rejected-*.csv"))
    assert said.count("registry_imported") == 2
    assert "permanent_code_malformed" in said
    for personal in ("Tremblay", "Éloïse", "Julie", "100000", "TREZ", "example.com", "2011-03"):
        assert personal not in said


def test_import_registry_command_is_quiet_about_progress_where_there_is_no_terminal(run: Run, path: Path) -> None:
    result = run("import-registry", path, "--organisation", "712000")
    assert not any(phase in result.stderr for phase in PHASES)
    assert "\x1b" not in result.output


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (["registry", "--organisation", "999999"], "organisation_unknown", "import-directory"),
        (["registry", "--organisation", "732000"], "registry_of_another_organisation", "712000"),
        (["empty", "--organisation", "712000"], "registry_malformed", "orgs.csv"),
    ],
)
def test_import_registry_command_explains_a_refusal_in_both_languages(
    run: Run, path: Path, arguments: list[str], code: str, hint: str
) -> None:
    (path.parent / "empty").mkdir()
    result = run("import-registry", *arguments)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == f"enrollment: {code}"
    assert "Rien n’a été importé" in result.stderr or "import-directory FICHIER" in result.stderr
    assert hint in result.stderr


def test_import_registry_command_asks_before_it_removes_many(run: Run, path: Path) -> None:
    run("import-registry", path, "--organisation", "712000")
    smaller = write(school_of(1), path.parent / "smaller")
    refused = run("import-registry", smaller, "--organisation", "712000")
    assert (refused.exit_code, refused.stderr.splitlines()[0]) == (1, "enrollment: too_many_removals")
    assert "--allow-removals" in refused.stderr
    dry = run("import-registry", smaller, "--organisation", "712000", "--dry-run")
    assert "will ask for --allow-removals" in dry.stdout
    assert run("import-registry", smaller, "--organisation", "712000", "--allow-removals").exit_code == 0


def test_import_directory_command_counts_and_lists(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "boards.csv"
    file.write_text("code,name,network\n1,Court,francophone\n799000,CSS Nouveau,francophone\n")
    result = run("import-directory", file, "--report", tmp_path / "left-out.csv")
    assert "organisations new" in result.stdout
    assert (tmp_path / "left-out.csv").read_text().splitlines()[1].startswith("boards.csv,2,code_malformed,")
    assert "nothing" in run("import-directory", BOARDS).stdout


def test_subscribe_command_says_what_is(run: Run) -> None:
    assert run("subscribe", "712000").stdout.endswith("712000 takes part.\n")
    assert run("subscribe", "712000").stdout.endswith("712000 takes part already.\n")
    assert run("unsubscribe", "712000").stdout.endswith("712000 takes part no more.\n")
    assert run("unsubscribe", "712000").stdout.endswith("712000 does not take part.\n")
    assert run("subscribe", "999999").exit_code == 1
