"""One student by call: read, replaced or taken out, the way that an import would have done it.

Staged, compared and written as a delta file of that one student and its guardians would be (`changing.py`), in one
transaction that holds the organisation's registry from before the comparison: calls of one organisation take turns, and an
import that was compared before a call changed anything gives up.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from services.enrollment import queries
from services.enrollment.context import Context
from services.enrollment.errors import FileNumberTaken, ImportUnderWay, OrganisationUnknown
from services.enrollment.models import Organisation
from services.enrollment.operations import journal
from services.enrollment.operations.imports import changing, documents
from services.enrollment.operations.imports.keys import StudentKeys
from services.enrollment.operations.imports.loading import Loader
from services.enrollment.operations.imports.scope import Scope
from services.enrollment.operations.imports.stage import Stage
from services.enrollment.registry_files import LONGEST_SOURCE_ID, Record, cells
from shared import logs
from shared.digests import RowSeal
from shared.problems import NotFound, ValidationFailed

log = logs.get(__name__)

# An import that is writing holds the registry for as long as it takes; a call does not keep a thread waiting for it.
_PATIENCE: Final = "SET LOCAL lock_timeout = '2s'"
# PostgreSQL's code for a lock that was not had in that time.
_LOCK_NOT_AVAILABLE: Final = "55P03"
_COME_BACK: Final = timedelta(seconds=30)
_MOST_SIBLINGS: Final = 100

_organisation = select(Organisation.id, Organisation.registry_version).where(Organisation.code == bindparam("code"))
# Not a whole FOR UPDATE, which every insert that refers to the organisation would wait for.
_lock_organisation = _organisation.with_for_update(key_share=True)

_STUDENT = "SELECT is_new FROM stage_seen_students"
_RETURNS = "SELECT COUNT(*) FROM stage_students WHERE is_returned"
_IS_SCHOOL_KNOWN = "SELECT COUNT(*) FROM stage_school_ids WHERE source_id = :source_id"
_REJECTED = "SELECT line, code FROM stage_rejections ORDER BY line, code"
_CHANGES = """
SELECT (SELECT COUNT(*) FROM stage_students) + (SELECT COUNT(*) FROM stage_gone_students)
    + (SELECT COUNT(*) FROM stage_guardians) + (SELECT COUNT(*) FROM stage_gone_guardians)
    + (SELECT COUNT(*) FROM stage_pairs WHERE is_new OR is_changed) + (SELECT COUNT(*) FROM stage_gone_pairs)
"""
_GONE = "SELECT COUNT(*) FROM stage_gone_students"
_TOLD = """
SELECT DISTINCT t.student_id, s.source_id, t.change = 'left' AS has_left
FROM stage_told t JOIN students s ON s.id = t.student_id
ORDER BY s.source_id
"""


@dataclass(frozen=True, kw_only=True)
class StudentOnFile:
    """A student as the registry has it, in the words of the schools' door."""

    document: dict[str, Any] = field(repr=False)
    # Not there before the call.
    is_new: bool = False
    # Other students whose file changed with this one, because they share a guardian: their source ids.
    siblings: tuple[str, ...] = ()


def read_student(ctx: Context, *, organisation_code: str, client_id: str, source_id: str) -> StudentOnFile:
    """Return a student as the registry has it; that the school read it stands in the journal first (AUD-3).

    Raises:
        OrganisationUnknown: no organisation has this code.
        NotFound: the organisation has no such student, or has one who left.
    """
    with ctx.db.transaction() as session:
        organisation = _find_organisation(session, organisation_code)
        found = queries.find_student_on_file(session, organisation_id=organisation.id, source_id=_source_id(source_id))
        if found is None:
            raise NotFound
        journal.write_view_of_school(session, student_id=found.student_id, client_id=client_id, at=ctx.clock.now())
    return StudentOnFile(document=_document(_keys(ctx, organisation.id), found))


def replace_student(
    ctx: Context, *, organisation_code: str, source_id: str, student: Mapping[str, Any]
) -> StudentOnFile:
    """Make a student, and whose guardians there are, exactly what `student` says; the same again changes nothing.

    What it says of a guardian is true for all the students of that guardian.

    Raises:
        OrganisationUnknown: no organisation has this code.
        ImportUnderWay: an import is writing the organisation's registry.
        ValidationFailed: members that mean nothing, or a school that the registry does not know.
        FileNumberTaken: another student of the organisation has this file number.
    """
    source_id = _source_id(source_id)
    if student.get("source_id", source_id) != source_id:
        raise ValidationFailed(errors=[{"pointer": "#/source_id", "detail": _OTHER_SOURCE_ID}])
    records = documents.records_of(source_id, student)
    with _changing(ctx, organisation_code, records) as change:
        change.require_school(student["school_source_id"])
        change.require_acceptance()
        is_new = bool(change.stage.number(_STUDENT) or change.stage.number(_RETURNS))
        siblings = change.write(except_for=source_id)
        found = queries.find_student_on_file(
            change.session, organisation_id=change.organisation_id, source_id=source_id
        )
        assert found is not None
    return StudentOnFile(document=_document(change.keys, found), is_new=is_new, siblings=siblings)


def remove_student(ctx: Context, *, organisation_code: str, source_id: str) -> None:
    """Let a student leave; the links to it are suspended, and a guardian without another student is forgotten.

    Raises:
        OrganisationUnknown: no organisation has this code.
        ImportUnderWay: an import is writing the organisation's registry.
        NotFound: the organisation has no such student, or has one who left.
    """
    with _changing(ctx, organisation_code, documents.record_of_removal(_source_id(source_id))) as change:
        if not change.stage.number(_GONE):
            raise NotFound
        change.write(except_for=source_id)


@dataclass(frozen=True, kw_only=True)
class _Change:
    """What a call would change, compared and not yet written."""

    ctx: Context
    session: Session
    stage: Stage
    scope: Scope
    keys: StudentKeys
    organisation_id: str
    seen_version: int

    def require_school(self, said: str | None) -> None:
        """Refuse a school that students cannot be at; in a file it would count as none."""
        school = cells.text(said or "")
        if school and not self.stage.number(_IS_SCHOOL_KNOWN, source_id=school):
            raise ValidationFailed(errors=[{"pointer": "#/school_source_id", "detail": _SCHOOL_UNKNOWN}])

    def require_acceptance(self) -> None:
        """Refuse what an import would have left out as a rejected line."""
        rejected = self.stage.rows(_REJECTED)
        if any(row.code == "file_number_twice" for row in rejected):
            raise FileNumberTaken(errors=[{"pointer": "#/file_number", "detail": _NUMBER_TAKEN}])
        if rejected:
            raise ValidationFailed(
                errors=[
                    {"pointer": documents.pointer_of_line(row.line), "detail": documents.told(row.code)}
                    for row in rejected
                ]
            )

    def write(self, *, except_for: str) -> tuple[str, ...]:
        """Write what differs, if anything does; return the source ids of the other students whom it touched."""
        if not self.stage.number(_CHANGES):
            return ()
        at = self.ctx.clock.now()
        changing.count_up(self.session, organisation_id=self.organisation_id, seen=self.seen_version)
        changing.write(
            self.stage,
            self.session,
            scope=self.scope,
            organisation_id=self.organisation_id,
            at=at,
            tell=lambda _done, _total: None,
        )
        told = self.stage.rows(_TOLD)
        for row in told:
            action = journal.FILE_CLOSED if row.has_left else journal.FILE_CORRECTED
            journal.write_of_school(self.session, student_id=row.student_id, action=action, at=at)
        log.info("registry_corrected", organisation_id=self.organisation_id, students=len(told))
        return tuple(row.source_id for row in told if row.source_id != except_for)[:_MOST_SIBLINGS]


_OTHER_SOURCE_ID: Final = (
    "Cet identifiant n’est pas celui de l’adresse appelée. | This identifier is not the one in the address called."
)
_SCHOOL_UNKNOWN: Final = (
    "Le registre ne contient pas cette école. Un import l’ajoute."
    " | The registry holds no such school. An import adds it."
)
_NUMBER_TAKEN: Final = (
    "Un autre élève de l’organisme a déjà ce numéro de fiche."
    " | Another student of the organisation has this file number already."
)


@contextmanager
def _changing(ctx: Context, organisation_code: str, records: Iterator[Record]) -> Iterator[_Change]:
    """Stage and compare records in one transaction, which commits at the end of the block."""
    scope = Scope.of_call()
    with ctx.db.engine.connect() as connection, ctx.db.transaction(connection=connection) as session:
        if not ctx.db.is_sqlite:
            session.execute(text(_PATIENCE))
        organisation = _lock(session, organisation_code)
        keys = _keys(ctx, organisation.id)
        stage = Stage(connection, organisation_id=organisation.id)
        with stage.laid_out_within():
            Loader(stage, keys).load(records, lambda: None)
            stage.index()
            changing.compare(stage, scope=scope, keys=keys, tell=lambda _done, _total: None)
            yield _Change(
                ctx=ctx,
                session=session,
                stage=stage,
                scope=scope,
                keys=keys,
                organisation_id=organisation.id,
                seen_version=organisation.registry_version,
            )


def _lock(session: Session, code: str) -> Any:
    try:
        locked = session.execute(_lock_organisation, {"code": code})
    except OperationalError as fault:
        if getattr(fault.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise ImportUnderWay(retry_after=_COME_BACK) from None
        raise
    return _found(locked.one_or_none(), code)


def _find_organisation(session: Session, code: str) -> Any:
    return _found(session.execute(_organisation, {"code": code}).one_or_none(), code)


def _found(organisation: Any, code: str) -> Any:
    if organisation is None:
        raise OrganisationUnknown(code=code)
    return organisation


def _keys(ctx: Context, organisation_id: str) -> StudentKeys:
    return StudentKeys(ctx.digester, RowSeal(ctx.settings.seal_keys), organisation_id=organisation_id)


def _source_id(said: str) -> str:
    """Return a source id as a file would hold it.

    Raises:
        ValidationFailed: no file could.
    """
    try:
        source_id = cells.text(said)
    except cells.Unreadable:
        source_id = ""
    if not 0 < len(source_id) <= LONGEST_SOURCE_ID:
        raise ValidationFailed(errors=[{"parameter": "source_id", "detail": documents.told("source_id_missing")}])
    return source_id


def _document(keys: StudentKeys, found: queries.StudentRow) -> dict[str, Any]:
    """Return the document of a student, which `replace_student` takes as it is."""
    sealed = found.permanent_code_sealed
    return {
        **found.document,
        "permanent_code": None if sealed is None else keys.unseal(sealed, source_id=found.document["source_id"]),
    }
