"""Taking over the links of another system: inert until their children are claimed here (ID-32, CHD-16)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from services.enrollment.context import Context
from services.enrollment.models import Link
from services.enrollment.queries.tables import organisations, students
from services.enrollment.rules import days, old_links, suspensions
from services.enrollment.rules.old_links import OldLink, Rejected
from shared import ids, logs
from shared.database import insert_for

log = logs.get(__name__)

_AT_ONCE: Final = 500

_organisations = select(organisations.c.code, organisations.c.id, organisations.c.confirm_links_before)
_students = select(students.c.organisation_id, students.c.source_id, students.c.id).where(
    students.c.organisation_id.in_(bindparam("organisation_ids", expanding=True)),
    students.c.source_id.in_(bindparam("source_ids", expanding=True)),
)


@dataclass(kw_only=True)
class Report:
    """What became of the lines of an import."""

    taken: int = 0
    known: int = 0
    rejected: list[Rejected] = field(default_factory=list)


def import_links(ctx: Context, lines: Iterable[str]) -> Report:
    """Take over who held which child elsewhere; whoever holds the child here already stays as they are.

    Only what is inert is taken: a line of an organisation that does not require links of that day to be proven again is
    rejected. Nobody is told, for nobody has heard of these links; the claim that confirms one tells it. The same file
    again changes nothing.

    Raises:
        MissingColumns: the file does not tell what every link needs.
        NoCsv: a line cannot be taken apart; those long before it are taken.
    """
    report = Report()
    with ctx.db.read() as session:
        known = {row.code: row for row in session.execute(_organisations)}
    read = old_links.read(lines)
    while batch := list(islice(read, _AT_ONCE)):
        report.rejected += [each for each in batch if isinstance(each, Rejected)]
        _take(ctx, [each for each in batch if isinstance(each, OldLink)], known, report)
    log.info("links_imported", taken=report.taken, known=report.known, rejected=len(report.rejected))
    return report


def _take(ctx: Context, batch: Sequence[OldLink], known: dict[str, Any], report: Report) -> None:
    readable = []
    for each in batch:
        column = _fault(each, known)
        if column is None:
            readable.append(each)
        else:
            report.rejected.append(Rejected(line=each.line, column=column))
    with ctx.db.transaction() as session:
        found = _find_students(session, readable, known)
        # Two imports at once take the rows of one batch in the same order, and never wait for each other in a circle.
        for each in sorted(readable, key=lambda link: (link.account_id, link.student_source_id)):
            student_id = found.get((known[each.organisation_code].id, each.student_source_id))
            if student_id is None:
                report.rejected.append(Rejected(line=each.line, column="student_source_id"))
            elif _insert(session, each, student_id=student_id, organisation_id=known[each.organisation_code].id):
                report.taken += 1
            else:
                report.known += 1


def _fault(link: OldLink, known: dict[str, Any]) -> str | None:
    """Return the column for which a line cannot be taken, if any."""
    if not ids.is_id(link.account_id):
        return "account_id"
    organisation = known.get(link.organisation_code)
    if organisation is None:
        return "organisation_code"
    before = organisation.confirm_links_before
    is_inert = before is not None and days.begins_at(link.linked_on) < before
    return None if is_inert else "linked_on"


def _find_students(session: Session, batch: Sequence[OldLink], known: dict[str, Any]) -> dict[tuple[str, str], str]:
    rows = session.execute(
        _students,
        {
            "organisation_ids": sorted({known[each.organisation_code].id for each in batch}),
            "source_ids": sorted({each.student_source_id for each in batch}),
        },
    )
    return {(row.organisation_id, row.source_id): row.id for row in rows}


def _insert(session: Session, link: OldLink, *, student_id: str, organisation_id: str) -> bool:
    taken = (
        insert_for(session, Link)
        .values(
            id=ids.new(),
            student_id=student_id,
            organisation_id=organisation_id,
            account_id=link.account_id,
            rights=[],
            suspension=suspensions.TO_CONFIRM,
            linked_at=days.begins_at(link.linked_on),
        )
        .on_conflict_do_nothing(index_elements=["account_id", "student_id"], index_where=text("ended_at IS NULL"))
        .returning(Link.id)
    )
    return session.scalar(taken) is not None
