from pathlib import Path

import pytest

from tests.support import requirements
from tests.support.requirements import Record, Requirement

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
DESIGN = ROOT.parent / "shared" / "design"

TABLE = """
| ID | Observable requirement | Seed | Notes |
|---|---|---|---|
| ID-10 | A **second request invalidates the first code** | 000 | « ceci annulera » |
| C1 | Password rules 001 vs 002 | Tenant policy. |
| XC-07 | Text in French | all | |
"""
BULLETS = """
- **COD-1** given a CSPRNG stub, when codes are made, then all are `^[0-9]{6}$`
- **S2S-1** gateway mints a passport
text about COD-1, and - **COD-9** in the middle of a line
"""


def row(id_: str, struck: str = "") -> Requirement:
    return Requirement(id_, "requirements.md", struck, "what it says")


def entry(outcome: str, *ids: str) -> dict[str, object]:
    return {"outcome": outcome, "requirements": list(ids)}


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    (tmp_path / "requirements.md").write_text(TABLE, encoding="utf-8")
    (tmp_path / "security.md").write_text(BULLETS, encoding="utf-8")
    return tmp_path


def test_read_documents_takes_the_rows_and_leaves_the_conflicts(documents: Path) -> None:
    rows = requirements.read_documents(documents)
    assert [row.id for row in rows] == ["ID-10", "XC-07", "COD-1", "S2S-1"]
    assert rows[0].summary == "A second request invalidates the first code"
    assert [row.document for row in rows] == ["requirements.md"] * 2 + ["security.md"] * 2


def test_import_documents_keeps_the_reason_of_a_struck_row(documents: Path, tmp_path: Path) -> None:
    file = tmp_path / "docs" / "requirements.csv"
    requirements.import_documents(documents, file)
    file.write_text(file.read_text("utf-8").replace("COD-1,security.md,,", "COD-1,security.md,moot,"), encoding="utf-8")
    requirements.import_documents(documents, file)
    assert [(row.id, row.struck) for row in requirements.read_list(file)] == [
        ("ID-10", ""),
        ("XC-07", ""),
        ("COD-1", "moot"),
        ("S2S-1", ""),
    ]


@pytest.mark.skipif(not DESIGN.exists(), reason="the requirement documents are not beside this checkout")
def test_the_list_holds_every_row_of_the_documents() -> None:
    listed = [(row.id, row.document, row.summary) for row in requirements.read_list()]
    assert listed == [(row.id, row.document, row.summary) for row in requirements.read_documents(DESIGN)]


def test_report_prints_a_line_for_each_row_in_order() -> None:
    rows = [row("ID-01"), row("ID-10"), row("ID-11"), row("ID-12"), row("COD-10", "moot since the account is proven")]
    record: Record = {
        "tests/a.py::test_a": entry("passed", "ID-10"),
        "tests/b.py::test_b": entry("passed", "ID-10", "ID-11"),
        "tests/c.py::test_c": entry("failed", "ID-11"),
        "tests/d.py::test_d": entry("skipped", "ID-12"),
    }
    assert requirements.report(rows, record) == [
        "ID-01 missing",
        "ID-10 proven tests/a.py::test_a (+1)",
        "ID-11 failing tests/c.py::test_c",
        "ID-12 missing",
        "COD-10 struck moot since the account is proven",
        "5 requirements: 1 proven, 1 failing, 2 missing, 1 struck",
    ]


def write_tests(root: Path, *names: str) -> None:
    for name in names:
        (root / name).touch()


def test_write_record_of_a_partial_run_keeps_the_other_tests(tmp_path: Path) -> None:
    write_tests(tmp_path, "test_a.py", "test_b.py")
    file = tmp_path / "record.json"
    before: Record = {"test_a.py::test": entry("passed", "ID-01"), "test_b.py::test": entry("passed", "ID-02")}
    requirements.write_record(before, is_full_run=True, file=file, root=tmp_path)
    requirements.write_record(
        {"test_b.py::test": entry("failed", "ID-02")}, is_full_run=False, file=file, root=tmp_path
    )
    assert requirements.read_record(file) == before | {"test_b.py::test": entry("failed", "ID-02")}


def test_write_record_of_a_partial_run_drops_tests_whose_file_is_gone(tmp_path: Path) -> None:
    write_tests(tmp_path, "test_a.py")
    file = tmp_path / "record.json"
    before: Record = {"test_a.py::test": entry("passed", "ID-01"), "test_gone.py::test": entry("passed", "ID-02")}
    requirements.write_record(before, is_full_run=True, file=file, root=tmp_path)
    requirements.write_record({}, is_full_run=False, file=file, root=tmp_path)
    assert list(requirements.read_record(file)) == ["test_a.py::test"]


def test_write_record_of_a_full_run_drops_deleted_tests(tmp_path: Path) -> None:
    write_tests(tmp_path, "test_a.py")
    file = tmp_path / "record.json"
    before: Record = {"test_a.py::test_old": entry("passed", "ID-01")}
    after: Record = {"test_a.py::test_new": entry("passed", "ID-01")}
    requirements.write_record(before, is_full_run=True, file=file, root=tmp_path)
    requirements.write_record(after, is_full_run=True, file=file, root=tmp_path)
    assert requirements.read_record(file) == after


TESTS = """
import pytest

@pytest.mark.requirement("ID-10", "ID-11")
def test_passes():
    pass

@pytest.mark.requirement("ID-10")
def test_fails():
    assert 1 == 2

@pytest.mark.requirement("ID-12")
def test_is_skipped():
    pytest.skip("no reason")

@pytest.mark.requirement("ID-13")
@pytest.mark.xfail(strict=True)
def test_is_expected_to_fail():
    assert 1 == 2

@pytest.fixture
def broken():
    yield
    raise OSError

@pytest.mark.requirement("ID-14")
def test_fails_in_its_teardown(broken):
    pass

def test_names_nothing():
    pass
"""


class Project:
    """A project of its own, whose runs are recorded in its own folder."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.file = pytester.path / "record.json"
        pytester.makeini("[pytest]\ntestpaths = .\n")

    def run(self, *arguments: str) -> Record:
        recorder = requirements.Recorder(record=self.file, root=self.pytester.path)
        # Without the plugins that collect garbage: there is much of it in this process, and it takes seconds.
        without = ["-p", "no:randomly", "-p", "no:unraisableexception", "-p", "no:hypothesispytest"]
        run = self.pytester.inline_run(*without, *arguments, plugins=[recorder])
        self.exit_code = run.ret
        return requirements.read_record(self.file)


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    return Project(pytester)


def test_a_run_records_the_outcome_of_each_test_that_names_a_requirement(project: Project) -> None:
    project.pytester.makepyfile(test_it=TESTS)
    assert project.run() == {
        "test_it.py::test_passes": entry("passed", "ID-10", "ID-11"),
        "test_it.py::test_fails": entry("failed", "ID-10"),
        "test_it.py::test_is_skipped": entry("skipped", "ID-12"),
        "test_it.py::test_is_expected_to_fail": entry("skipped", "ID-13"),
        "test_it.py::test_fails_in_its_teardown": entry("failed", "ID-14"),
    }


@pytest.mark.parametrize("narrowing", [["-k", "passes"], ["test_it.py::test_passes"], ["-x"]], ids=" ".join)
def test_a_narrowed_run_keeps_what_it_did_not_run(project: Project, narrowing: list[str]) -> None:
    project.pytester.makepyfile(test_it=TESTS)
    whole = project.run()
    assert project.run(*narrowing) == whole


def test_a_full_run_forgets_a_deleted_test(project: Project) -> None:
    project.pytester.makepyfile(test_it=TESTS)
    project.run()
    project.pytester.makepyfile(test_it=TESTS.replace("def test_passes", "def test_is_new"))
    assert "test_it.py::test_passes" not in project.run()


def test_a_run_stops_at_an_unknown_requirement(project: Project) -> None:
    project.pytester.makepyfile(test_it=TESTS.replace("ID-12", "ID-99"))
    assert project.run() == {}
    assert project.exit_code == pytest.ExitCode.USAGE_ERROR
