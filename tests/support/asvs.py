"""How the project stands to OWASP's ASVS 5.0.0: the table of docs/security.md, made from docs/asvs.csv.

A row is a requirement of level 1 or 2 (or one of level 3 that is claimed) by its number; `words` are our own and say what it
is about, and after a colon why it is not met, or is not ours to meet. What is `met` names its proofs: ids of
docs/requirements.csv, tests as `path::name`, and where the standard asks for a document, a chapter as `path#heading`.
`python -m tests.support.asvs` writes the document from its mark on; what stands above is written by hand.
"""

import ast
import csv
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.support.source import ROOT, source_files

LIST: Final = ROOT / "docs" / "asvs.csv"
DOCUMENT: Final = ROOT / "docs" / "security.md"
MARK: Final = "<!-- From here on made from asvs.csv: python -m tests.support.asvs -->\n"

MET: Final = "met"
NOT_APPLICABLE: Final = "not applicable"
OPERATOR: Final = "operator"
NOT_MET: Final = "not met"
STATES: Final = (MET, NOT_APPLICABLE, OPERATOR, NOT_MET)

CHAPTERS: Final = {
    1: "What goes in and out",
    2: "Validation and business logic",
    3: "Browsers",
    4: "HTTP",
    5: "Files",
    6: "Authentication",
    7: "Sessions",
    8: "Authorization",
    9: "Signed tokens",
    10: "OAuth and OpenID Connect",
    11: "Cryptography",
    12: "TLS",
    13: "Configuration",
    14: "Data",
    15: "Code and dependencies",
    16: "Logs and errors",
    17: "WebRTC",
}


@dataclass(frozen=True)
class Row:
    """A row of docs/asvs.csv."""

    number: str
    level: str
    status: str
    proof: str
    words: str

    @property
    def proofs(self) -> list[str]:
        """What the row names as its proofs, one by one."""
        return self.proof.split(", ") if self.proof else []

    @property
    def chapter(self) -> int:
        """The chapter of the standard that it is of."""
        return int(self.number.partition(".")[0])


def read_list(file: Path = LIST) -> list[Row]:
    """Return the rows, in the order of the standard."""
    with file.open(encoding="utf-8", newline="") as lines:
        return [Row(**row) for row in csv.DictReader(lines)]


def matrix(rows: Iterable[Row]) -> str:
    """Return the part of the document that is made: how many there are of each, and a table for each chapter."""
    rows = list(rows)
    lines = ["", *_summary(rows)]
    for chapter, title in CHAPTERS.items():
        lines += [
            "",
            f"### V{chapter} · {title}",
            "",
            "| number | level | status | what, and why | proof |",
            "|---|---|---|---|---|",
        ]
        lines += [_line(row) for row in rows if row.chapter == chapter]
    return "\n".join([*lines, ""])


def document(rows: Iterable[Row], text: str) -> str:
    """Return the whole document: what `text` has up to its mark, and the tables.

    Raises:
        ValueError: `text` has no mark.
    """
    above, mark, _ = text.partition(MARK)
    if not mark:
        raise ValueError(f"{DOCUMENT.name} has no line {MARK.strip()}")
    return above + mark + matrix(rows)


def _summary(rows: list[Row]) -> Iterator[str]:
    yield f"| level | {' | '.join(STATES)} |"
    yield "|---" * (len(STATES) + 1) + "|"
    for level in ("1", "2"):
        of_level = [row.status for row in rows if row.level == level]
        yield f"| {level} | {' | '.join(str(of_level.count(status)) for status in STATES)} |"
    for level in ("1", "2", "3"):
        missing = [row.number for row in rows if (row.level, row.status) == (level, NOT_MET)]
        if missing:
            yield ""
            yield f"Not met of level {level}: {', '.join(missing)}."


def _line(row: Row) -> str:
    proofs = ", ".join(f"`{proof}`" for proof in row.proofs)
    return f"| {row.number} | {row.level} | {row.status} | {row.words} | {proofs or '–'} |"


def missing_proofs(row: Row) -> list[str]:
    """Return which of its proofs prove nothing: no test bears the id, no test has the name, no chapter has the heading."""
    return [proof for proof in row.proofs if not _is_there(proof)]


def _is_there(proof: str) -> bool:
    path, separator, name = proof.partition("::")
    if separator:
        return name in _tests_of(path)
    path, separator, anchor = proof.partition("#")
    if separator:
        return anchor in _headings_of(path)
    return proof in _borne_ids()


@cache
def _borne_ids() -> frozenset[str]:
    """The ids that tests bear, read from their source: `@pytest.mark.requirement("ID-10")`."""
    return frozenset(
        argument.value
        for file in source_files("tests")
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement"
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    )


@cache
def _tests_of(path: str) -> frozenset[str]:
    module = path.removesuffix(".py").replace("/", ".")
    return frozenset(
        node.name
        for file in source_files("tests")
        if file.module == module
        for node in ast.walk(file.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


@cache
def _headings_of(path: str) -> frozenset[str]:
    """The anchors of a document's headings, as forges make them."""
    file = ROOT / path
    titles = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE) if file.is_file() else []
    return frozenset(re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles)


def main() -> int:
    """Write the tables of the document."""
    made = document(read_list(), DOCUMENT.read_text("utf-8"))
    DOCUMENT.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
