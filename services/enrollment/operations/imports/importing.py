"""Taking in a registry: one organisation, all of it or nothing, and only what differs (registry.md, "Rules").

    read      the files into the stage                  nobody waits, nothing shows
    compare   the stage with what we have               nobody waits, nothing shows
    write     what differs, and the events that tell it  one transaction

Between reading and writing another import of the same organisation may have been accepted: the organisation's
`registry_version` is compared and counted up by one statement of the writing transaction, so that one of them gives up.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection

from services.enrollment import queries
from services.enrollment.context import Context
from services.enrollment.errors import (
    ImportOvertaken,
    OrganisationUnknown,
    RegistryMalformed,
    RegistryOfAnotherOrganisation,
    TooManyRemovals,
)
from services.enrollment.models import Organisation, RegistryImport
from services.enrollment.operations import subscriptions
from services.enrollment.operations.imports import changing, rejections, telling, traces
from services.enrollment.operations.imports.keys import StudentKeys
from services.enrollment.operations.imports.loading import Loader
from services.enrollment.operations.imports.scope import Scope
from services.enrollment.operations.imports.stage import Stage
from services.enrollment.operations.imports.traces import Trace
from services.enrollment.registry_files import MalformedRegistry, RegistryFiles, open_registry
from shared import logs
from shared.digests import RowSeal
from shared.problems import Problem

log = logs.get(__name__)

# Of the active students; a bulk file that would remove more is more likely cut off than true.
MOST_REMOVALS: Final = 0.05
PHASES: Final = ("reading", "comparing", "writing")
# Rejected lines that a report names; all that are kept can be asked for.
FIRST_REJECTED: Final = 100
_REFUSALS: Final = (RegistryOfAnotherOrganisation, TooManyRemovals, ImportOvertaken)

Progress = Callable[[str, int, int], None]


def silent(phase: str, done: int, total: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import changed, or with `is_dry_run` would change."""

    # None of what was only tried.
    import_id: str | None
    organisation_id: str
    format: str
    mode: str
    is_dry_run: bool
    counts: Mapping[str, int]
    # Where a few of the changes stand; no personal data.
    samples: tuple[str, ...]
    # The first lines that were left out: file, line and the reason's code.
    rejected: tuple[tuple[str, int, str], ...]
    # By file: columns that no standard knows, and that stayed out.
    unknown_columns: Mapping[str, tuple[str, ...]]
    # It removes so many students that it is only accepted with `allows_removals`.
    is_over_removals: bool
    has_subscribed: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)


def import_registry(
    ctx: Context,
    *,
    organisation_code: str,
    path: Path,
    encoding: str | None = None,
    is_dry_run: bool = False,
    allows_removals: bool = False,
    client_id: str | None = None,
    rejections_path: Path | None = None,
    progress: Progress = silent,
) -> ImportReport:
    """Take in the registry at `path` (a folder or a zip) for one organisation, or only say what that would change.

    An import leaves a trace, refused or not, with the lines that were left out; these are also written to
    `rejections_path`, if there are any. The first accepted import subscribes the organisation (EN-24). `client_id` is
    whose system hands it over.

    Raises:
        OrganisationUnknown: no organisation has this code.
        RegistryMalformed: the files cannot be read as a registry; it says which and where.
        RegistryOfAnotherOrganisation: the files name another board or private school as theirs.
        TooManyRemovals: a bulk registry lacks more than 5 % of the active students, and nobody allowed it.
        ImportOvertaken: the registry was changed meanwhile, by another import or by call.
    """
    organisation = _organisation(ctx, organisation_code)
    trace = Trace(organisation_id=organisation.id, client_id=client_id, started_at=ctx.clock.now())
    try:
        with _opened(path, encoding) as registry, ctx.db.engine.connect() as connection:
            trace.format, trace.mode = registry.format, registry.mode
            importing = _Import(ctx, connection, registry, organisation, trace, progress)
            with importing.stage.laid_out():
                try:
                    importing.read()
                    importing.compare()
                    report = importing.report(is_dry_run=is_dry_run, rejections_path=rejections_path)
                    if is_dry_run:
                        return report
                    if report.is_over_removals and not allows_removals:
                        raise TooManyRemovals(
                            gone=report.counts["students_gone"], active=report.counts["students_before"]
                        )
                    return importing.write(report)
                except _REFUSALS as refusal:
                    if not is_dry_run:
                        importing.remember(refusal)
                    raise
    except RegistryMalformed as refusal:
        # Nothing was staged, or not all of it: no line could be named.
        if not is_dry_run:
            with ctx.db.transaction() as session:
                traces.write_refusal(session, trace, refusal, at=ctx.clock.now())
        raise


class _Import:
    """One import on its way through the phases."""

    def __init__(
        self,
        ctx: Context,
        connection: Connection,
        registry: RegistryFiles,
        organisation: Organisation,
        trace: Trace,
        progress: Progress,
    ) -> None:
        self._ctx = ctx
        self._connection = connection
        self._registry = registry
        self._organisation = organisation
        self._trace = trace
        self._progress = progress
        self._scope = Scope.of(registry)
        self._keys = StudentKeys(ctx.digester, RowSeal(ctx.settings.seal_keys), organisation_id=organisation.id)
        self._seconds: dict[str, float] = {}
        self.stage = Stage(connection, organisation_id=organisation.id)

    def read(self) -> None:
        """Lay the files out in the stage."""
        with self._phase("reading"), self._connection.begin():
            loader = Loader(self.stage, self._keys)
            registry = self._registry
            loader.load(
                registry.records(), lambda: self._progress("reading", registry.bytes_read, registry.bytes_total)
            )
            self._progress("reading", registry.bytes_total, registry.bytes_total)
            self.stage.tune()
            self.stage.index()
        self._refuse_another(boards=loader.board_codes, lone_schools=loader.school_codes)

    def compare(self) -> None:
        """Find out what differs from what we have."""
        with self._phase("comparing"), self._connection.begin():
            self.stage.tune()
            changing.compare(
                self.stage,
                scope=self._scope,
                keys=self._keys,
                tell=lambda done, total: self._progress("comparing", done, total),
            )

    def report(self, *, is_dry_run: bool, rejections_path: Path | None) -> ImportReport:
        """Count what differs, and write down the lines that were left out."""
        with self._connection.begin():
            counts = self._trace.counts = telling.count(self.stage)
            samples = telling.sample(self.stage)
            first_rejected = tuple(islice(telling.rejected(self.stage), FIRST_REJECTED))
            if rejections_path is not None and first_rejected:
                rejections.write(rejections_path, telling.rejected(self.stage))
        gone, active = counts["students_gone"], counts["students_before"]
        return ImportReport(
            import_id=None if is_dry_run else self._trace.import_id,
            organisation_id=self._organisation.id,
            format=self._registry.format,
            mode=self._registry.mode,
            is_dry_run=is_dry_run,
            counts=counts,
            samples=tuple(samples),
            rejected=first_rejected,
            unknown_columns=self._registry.unknown_columns,
            is_over_removals=self._scope.is_bulk and gone > active * MOST_REMOVALS,
            seconds=self._seconds,
        )

    def write(self, report: ImportReport) -> ImportReport:
        """Write what differs, tell it, and let it all be seen at once."""
        at = self._ctx.clock.now()
        with self._phase("writing"), self._ctx.db.transaction(connection=self._connection) as session:
            changing.count_up(session, organisation_id=self._organisation.id, seen=self._organisation.registry_version)
            self.stage.tune()
            changing.write(
                self.stage,
                session,
                scope=self._scope,
                organisation_id=self._organisation.id,
                at=at,
                tell=self._tell_writing,
            )
            # Whoever unsubscribed by command is not subscribed again by the next night's import.
            is_first = session.scalar(_COUNT_ACCEPTED, {"organisation": self._organisation.id}) == 0
            has_subscribed = is_first and subscriptions.begin(
                session, organisation_id=self._organisation.id, code=self._organisation.code, at=at
            )
            traces.write_acceptance(session, self._trace, self.stage, at=at)
        self._tell_writing(1, 1)
        log.info("registry_imported", organisation_id=self._organisation.id, **report.counts)
        return ImportReport(**{**vars(report), "has_subscribed": has_subscribed, "seconds": dict(self._seconds)})

    def remember(self, refusal: Problem) -> None:
        """Keep the trace of a refused import."""
        with self._ctx.db.transaction(connection=self._connection) as session:
            traces.write_refusal(session, self._trace, refusal, at=self._ctx.clock.now(), stage=self.stage)

    def _refuse_another(self, *, boards: set[str], lone_schools: set[str]) -> None:
        """Refuse a registry that says itself whose it is, when that is somebody else's."""
        ours = self._organisation.code
        with self._connection.begin():
            known = set(self._connection.scalars(_KNOWN_CODES, {"codes": sorted(boards | lone_schools)}))
        others = known - {ours}
        if ours not in boards | lone_schools:
            others |= boards
            # A private school's own code; a board's schools without a parent say nothing of the board.
            if self._organisation.kind == "private":
                others |= lone_schools
        if others:
            raise RegistryOfAnotherOrganisation(code=ours, found=", ".join(sorted(others)[:5]))

    def _tell_writing(self, done: int, total: int) -> None:
        self._progress("writing", done, total)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        begun = perf_counter()
        yield
        self._seconds[name] = perf_counter() - begun


_COUNT_ACCEPTED: Final = (
    select(func.count())
    .select_from(RegistryImport)
    .where(RegistryImport.organisation_id == bindparam("organisation"), RegistryImport.outcome == "accepted")
)
_KNOWN_CODES: Final = select(Organisation.code).where(Organisation.code.in_(bindparam("codes", expanding=True)))


def _organisation(ctx: Context, code: str) -> Organisation:
    with ctx.db.read() as session:
        organisation = queries.find_organisation_by_code(session, code)
    if organisation is None:
        raise OrganisationUnknown(code=code)
    return organisation


@contextmanager
def _opened(path: Path, encoding: str | None) -> Iterator[RegistryFiles]:
    try:
        with open_registry(path, encoding=encoding) as registry:
            yield registry
    except MalformedRegistry as fault:
        raise RegistryMalformed(**rejections.facts_of(fault)) from None
