"""How fast a term comes in: `python -m tests.benchmarks.bench_records`.

* results of a board's students by lines of JSON (`POST /school/v1/results`) through the application itself: received on disk,
  checked, signed, written and told, with an answer for each line; the same body again; and how much memory that takes while it
  grows tenfold;
* a release of as many: from the school's word to what parents see, and until all of it is told.

Both databases write to the disk before they answer. Lists and documents have benchmarks of their own.
"""

import argparse
import io
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import insert, text

from services.records.app import create_app
from services.records.context import Context
from services.records.models import GUARDIANSHIPS, METADATA, Organisation
from services.records.operations import releases, telling
from shared import ids, logs
from shared.passports import HEADER, PassportOffice
from tests.benchmarks.support import figures
from tests.benchmarks.support.figures import Figure
from tests.support.passports import ORGANISATION_CODE, school_passport
from tests.support.postgres import Cluster, find_installation
from tests.support.records import PASSPORT_KEY, make_settings, migrate

QUICK = ("--quick",)

RELEASE: Final = "E1"
STUDENTS: Final = 10_000
SUBJECTS: Final = ("Français", "Mathématique", "Anglais", "Histoire", "Science et technologie", "Arts plastiques")
# What Python's own allocator keeps of a batch; a body ten times as long may take no more.
MOST_GROWTH_MIB: Final = 12
_STATM: Final = Path("/proc/self/statm")
_PAGE_MIB: Final = 4096 / 2**20


@dataclass(frozen=True)
class Pace:
    """How many lines are sent."""

    lines: int
    released: int


FULL = Pace(lines=70_000, released=20_000)
BRIEF = Pace(lines=700, released=300)


class Term:
    """A board that sends a term's results."""

    def __init__(self, kind: str, url: str, folder: Path, pace: Pace) -> None:
        self._kind = kind
        self._folder = folder
        self._pace = pace
        self._ctx = Context.open(make_settings(url, documents_url=f"file://{folder / 'documents'}"))
        self._client = create_app(self._ctx.settings, db=self._ctx.db, clock=self._ctx.clock).test_client()
        self._office = PassportOffice("records", (PASSPORT_KEY,))
        self._organisation_id = ids.new()

    def fill(self) -> None:
        """Write the board, and who holds each of its students."""
        with self._ctx.db.transaction() as session:
            session.execute(insert(METADATA.tables["projections"]), {"name": GUARDIANSHIPS.name, "live_generation": 1})
            board = {"id": self._organisation_id, "code": ORGANISATION_CODE, "is_subscribed": True, "version": 1}
            session.execute(insert(Organisation), board)
            session.execute(insert(GUARDIANSHIPS.table), [self._guardianship(number) for number in range(STUDENTS)])
        with self._ctx.db.transaction() as session:
            session.execute(text("ANALYZE"))

    def run(self) -> list[Figure]:
        """Send the term, send it again, release another, and return the figures."""
        first = self._body("warm", self._pace.lines // 10)
        body = self._body("term", self._pace.lines)
        self._send(first, "recorded")
        before = _resident_mib()
        recorded_s, peak = self._send(body, "recorded")
        unchanged_s, _ = self._send(body, "unchanged")
        found = [
            Figure(
                name=f"{self._pace.lines:,} results by lines of JSON, {self._kind}",
                value=self._pace.lines / recorded_s,
                unit="lines/s",
                beside={"s": recorded_s, "the same again, lines/s": self._pace.lines / unchanged_s},
            ),
            Figure(
                name=f"memory that ten times as many lines take more, {self._kind}",
                value=max(0.0, peak - before),
                unit="MiB",
                at_most=MOST_GROWTH_MIB,
                beside={"resident MiB": before},
            ),
            self._release(),
        ]
        self._ctx.db.close()
        return found

    def _release(self) -> Figure:
        self._send(self._body("released", self._pace.released, release=RELEASE), "recorded")
        decided = {"organisation_code": ORGANISATION_CODE, "code": RELEASE}
        started = time.perf_counter()
        releases.decide_release(self._ctx, **decided, is_published=True, available_at=None)
        answered_s = time.perf_counter() - started
        telling.tell_changes(self._ctx, organisation_id=self._organisation_id)
        return Figure(
            name=f"a release of {self._pace.released:,} results answered, {self._kind}",
            value=answered_s,
            unit="s",
            beside={"all of it told, s": time.perf_counter() - started},
        )

    def _send(self, body: Path, result: str) -> tuple[float, float]:
        """Send a body; return the seconds until its last answer, and the most memory that the process had meanwhile."""
        signed = self._office.sign(school_passport("records.write"))
        peak, answered = 0.0, 0
        started = time.perf_counter()
        with body.open("rb") as lines:
            answer = self._client.post(
                "/school/v1/results",
                input_stream=lines,
                content_length=body.stat().st_size,
                content_type="application/x-ndjson",
                headers={HEADER: signed},
                buffered=False,
            )
            assert answer.status_code == 200
            for line in answer.response:
                assert orjson.loads(line)["result"] == result
                answered += 1
                # A few times a batch: often enough to see each of them.
                peak = max(peak, _resident_mib()) if answered % 50 == 0 else peak
        took = time.perf_counter() - started
        answer.close()
        return took, peak

    def _body(self, name: str, count: int, **said: Any) -> Path:
        body = self._folder / f"{self._kind}-{name}.ndjson"
        with body.open("wb") as lines:
            for number in range(count):
                lines.write(orjson.dumps(_result(f"{name}-{number}", number) | said, option=orjson.OPT_APPEND_NEWLINE))
        return body

    def _guardianship(self, number: int) -> dict[str, object]:
        return {
            "generation": 1,
            "aggregate": ids.new(),
            "version": 1,
            "account_id": ids.new(),
            "child_id": ids.new(),
            "organisation_id": self._organisation_id,
            "student_source_id": f"eleve-{number}",
            "school_source_id": f"ecole-{number % 40}",
            "rights": ["view_file"],
            "level": "secondary",
            "grade": "10",
        }


def _result(source_id: str, number: int) -> dict[str, Any]:
    percent = 50 + number % 50
    return {
        "source_id": source_id,
        "student_source_id": f"eleve-{number % STUDENTS}",
        "subject": SUBJECTS[number // STUDENTS % len(SUBJECTS)],
        "term": 1,
        "mark": f"{percent} %",
        "percent": percent,
        "date": "2026-11-14",
    }


def _resident_mib() -> float:
    return int(_STATM.read_text("ascii").split()[1]) * _PAGE_MIB


def main() -> None:
    """Measure both databases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--quick", action="store_true", help="some hundred lines on SQLite: tells that it works, no more"
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="that one alone")
    options = parser.parse_args()
    pace = BRIEF if options.quick else FULL
    kinds = [options.database] if options.database else ["sqlite"] if options.quick else ["sqlite", "postgresql"]
    logs.configure(part="benchmark", as_json=True, stream=io.StringIO())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vitrail-bench-")))
        for kind in kinds:
            url = stack.enter_context(_databases(kind, folder))()
            migrate(url)
            term = Term(kind, url, folder, pace)
            with figures.console.status(f"{kind}: filling a board"):
                term.fill()
            figures.tell(f"A term, {kind}", term.run())


@contextmanager
def _databases(kind: str, folder: Path) -> Iterator[Callable[[], str]]:
    """Yield what makes an empty database that writes to the disk before it answers."""
    if kind == "sqlite":
        yield lambda: f"sqlite:///{folder / ids.new()}.db"
        return
    durable = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    with Cluster(find_installation(), settings=durable) as cluster:
        yield cluster.create_database


if __name__ == "__main__":
    main()
