"""Which requirement is proven by which test: the mark, the record of the last run, and the report.

A test says what it proves: `@pytest.mark.requirement("ID-10")`. The ids are the rows of `docs/requirements.csv`, made
from the requirement documents by `python -m tests.support.requirements import FOLDER`; an id that is not among them is
an error, so that a slip of the pen proves nothing. Each run writes its outcomes to `var/test-results/requirements.json`
and `python -m tests.support.requirements` (`make requirements`) prints one line for each row:

    ID-10 proven tests/identity/test_operations.py::test_open_code_voids_the_older_one[sqlite] (+3)
    ID-31 missing
    COD-10 failing tests/identity/test_limits.py::test_request_code_spares_the_owner
    PWD-2 struck a profile with a maximum of 16 characters is the default
"""

import argparse
import csv
import fcntl
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "docs" / "requirements.csv"
RECORD = ROOT / "var" / "test-results" / "requirements.json"
DOCUMENTS = ("requirements.md", "security.md")

# `| ID-01 | First use requires registration | …`; the rows C1 to C7 settle conflicts and are not requirements.
_TABLE_ROW = re.compile(r"^\| (?P<id>[A-Z]{2}-\d{2}) \| (?P<summary>[^|]+) \|")
# `- **COD-1** given a CSPRNG stub …`
_BULLET = re.compile(r"^- \*\*(?P<id>[A-Z0-9]{3}-\d+)\*\* (?P<summary>.+)$")
_SUMMARY_LENGTH = 160


@dataclass(frozen=True)
class Requirement:
    """A row of `docs/requirements.csv`; `struck` holds the reason why a row no longer binds, and is mostly empty."""

    id: str
    document: str
    struck: str
    summary: str


def read_list(file: Path = LIST) -> list[Requirement]:
    """Return the rows of the list, in the order of the documents."""
    with file.open(encoding="utf-8", newline="") as lines:
        return [Requirement(**row) for row in csv.DictReader(lines)]


def read_documents(folder: Path) -> list[Requirement]:
    """Return the rows found in the requirement documents of a folder, none of them struck."""
    return [row for document in DOCUMENTS for row in _rows(document, (folder / document).read_text("utf-8"))]


def import_documents(folder: Path, file: Path = LIST) -> list[Requirement]:
    """Write the list from the documents of a folder, keeping the reasons of struck rows; return its rows."""
    struck = {row.id: row.struck for row in read_list(file)} if file.exists() else {}
    rows = [Requirement(row.id, row.document, struck.get(row.id, ""), row.summary) for row in read_documents(folder)]
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["id", "document", "struck", "summary"])
        writer.writerows((row.id, row.document, row.struck, row.summary) for row in rows)
    return rows


def _rows(document: str, content: str) -> Iterator[Requirement]:
    for line in content.splitlines():
        found = _TABLE_ROW.match(line) or _BULLET.match(line)
        if found:
            yield Requirement(found["id"], document, "", _shorten(found["summary"]))


def _shorten(summary: str) -> str:
    plain = " ".join(summary.replace("**", "").replace("`", "").split())
    if len(plain) <= _SUMMARY_LENGTH:
        return plain
    return plain[:_SUMMARY_LENGTH].rsplit(" ", 1)[0].rstrip(",;:") + " …"


# The record: {test id: {"outcome": "passed" | "failed" | "skipped", "requirements": ["ID-10", …]}}

Record = dict[str, dict[str, object]]


def read_record(file: Path = RECORD) -> Record:
    """Return the outcomes of the last run of each test that names a requirement; nothing when none has run."""
    if not file.exists():
        return {}
    record: Record = json.loads(file.read_text("utf-8"))["tests"]
    return record


def write_record(outcomes: Record, *, is_full_run: bool, file: Path = RECORD, root: Path = ROOT) -> None:
    """Add the outcomes of a run to the record.

    A full run replaces it, so that deleted tests vanish; a partial one changes only the tests that it ran, and drops
    those whose file is gone. Two runs at once do not lose each other's outcomes.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with _locked(file.with_suffix(".lock")):
        kept = {} if is_full_run else read_record(file)
        kept = {test: entry for test, entry in kept.items() if (root / test.partition("::")[0]).exists()}
        tests = dict(sorted((kept | outcomes).items()))
        written = file.with_suffix(".new")
        written.write_text(json.dumps({"tests": tests}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        written.replace(file)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# The report


def report(rows: Sequence[Requirement], record: Record) -> list[str]:
    """Return one line for each requirement, in order, and a closing count."""
    lines: list[str] = []
    counts = dict.fromkeys(("proven", "failing", "missing", "struck"), 0)
    for row in rows:
        tests = [test for test, entry in record.items() if row.id in _listed(entry)]
        state, detail = _state(row, failed=_with(record, tests, "failed"), passed=_with(record, tests, "passed"))
        counts[state] += 1
        lines.append(" ".join(filter(None, (row.id, state, detail))))
    closing = ", ".join(f"{count} {state}" for state, count in counts.items())
    return [*lines, f"{len(rows)} requirements: {closing}"]


def _state(row: Requirement, *, failed: list[str], passed: list[str]) -> tuple[str, str]:
    if row.struck:
        return "struck", row.struck
    for state, tests in (("failing", failed), ("proven", passed)):
        if tests:
            return state, tests[0] + (f" (+{len(tests) - 1})" if len(tests) > 1 else "")
    return "missing", ""


def _listed(entry: dict[str, object]) -> list[str]:
    listed = entry["requirements"]
    assert isinstance(listed, list)
    return listed


def _with(record: Record, tests: Iterable[str], outcome: str) -> list[str]:
    return [test for test in tests if record[test]["outcome"] == outcome]


# The plugin


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "requirement(*ids): the requirements of docs/requirements.csv that a test proves"
    )
    config.pluginmanager.register(Recorder(), "requirement-recorder")


class Recorder:
    """Collects the outcome of every test that names a requirement, and writes them down when the run ends."""

    def __init__(self, *, listed: Path = LIST, record: Path = RECORD, root: Path = ROOT) -> None:
        self._listed = listed
        self._record = record
        self._root = root
        self._marked: dict[str, list[str]] = {}
        self._outcomes: dict[str, str] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        known = {row.id for row in read_list(self._listed)}
        for item in items:
            ids = [str(id_) for mark in item.iter_markers("requirement") for id_ in mark.args]
            unknown = sorted(set(ids) - known)
            if unknown:
                raise pytest.UsageError(f"{item.nodeid} names {', '.join(unknown)}: not in docs/requirements.csv")
            if ids:
                self._marked[item.nodeid] = sorted(set(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.nodeid not in self._marked:
            return
        # A test that expects to fail proves nothing, and neither does one that was skipped.
        outcome = "skipped" if hasattr(report, "wasxfail") else report.outcome
        before = self._outcomes.get(report.nodeid, "passed")
        self._outcomes[report.nodeid] = max(before, outcome, key=("passed", "skipped", "failed").index)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.config.option.collectonly or session.exitstatus == pytest.ExitCode.USAGE_ERROR:
            return
        outcomes: Record = {
            test: {"outcome": outcome, "requirements": self._marked[test]} for test, outcome in self._outcomes.items()
        }
        write_record(outcomes, is_full_run=_is_full_run(session), file=self._record, root=self._root)


def _is_full_run(session: pytest.Session) -> bool:
    """Tell whether this run took every test of the project to its end."""
    config = session.config
    is_whole = config.args_source is not pytest.Config.ArgsSource.ARGS and Path.cwd() == config.rootpath
    is_narrowed = config.option.keyword or config.option.markexpr or getattr(config.option, "deselect", None)
    is_resumed = getattr(config.option, "lf", False) or getattr(config.option, "stepwise", False)
    has_ended = session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not session.shouldstop
    return bool(is_whole and has_ended and not session.shouldfail and not is_narrowed and not is_resumed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report, or make the list anew from a folder of documents."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.requirements", description=main.__doc__)
    commands = parser.add_subparsers(dest="command")
    make_list = commands.add_parser("import", help="write docs/requirements.csv from the requirement documents")
    make_list.add_argument("folder", type=Path, help=f"the folder that holds {' and '.join(DOCUMENTS)}")
    chosen = parser.parse_args(arguments)
    if chosen.command == "import":
        print(f"{len(import_documents(chosen.folder))} requirements written to {os.path.relpath(LIST)}")
        return 0
    if not RECORD.exists():
        print("no test has run yet: `make test` first", file=sys.stderr)
    print(*report(read_list(), read_record()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
