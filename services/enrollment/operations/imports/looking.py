"""What became of imports, for whoever handed them over: the answer that was lost, and the lines to mend."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from services.enrollment import queries
from services.enrollment.context import Context
from services.enrollment.operations.imports import rejections
from services.enrollment.operations.imports.importing import FIRST_REJECTED, ImportReport
from services.enrollment.queries import Page
from shared.problems import NotFound
from shared.texts import DEFAULT_LANGUAGE


def list_imports(ctx: Context, *, organisation_code: str, offset: int, limit: int) -> Page:
    """Return an organisation's imports, accepted or refused, newest first; none of one that nobody knows."""
    with ctx.db.read() as session:
        organisation = queries.find_organisation_by_code(session, organisation_code)
        if organisation is None:
            return Page(items=[], item_count=0)
        return queries.list_imports(session, organisation_id=organisation.id, offset=offset, limit=limit)


def read_import(ctx: Context, *, organisation_code: str, import_id: str, language: str) -> dict[str, Any]:
    """Return one import with the first lines that it left out.

    Raises:
        NotFound: the organisation has handed over no such registry.
    """
    with ctx.db.read() as session:
        found = _find(session, organisation_code, import_id)
        lines = queries.list_rejected_lines(session, import_id=import_id, offset=0, limit=FIRST_REJECTED)
    return {**found, "rejections": _said(lines.items, language)}


def list_rejections(
    ctx: Context, *, organisation_code: str, import_id: str, language: str, offset: int, limit: int
) -> Page:
    """Return the lines that an import left out, by file and line.

    Raises:
        NotFound: the organisation has handed over no such registry.
    """
    with ctx.db.read() as session:
        _find(session, organisation_code, import_id)
        page = queries.list_rejected_lines(session, import_id=import_id, offset=offset, limit=limit)
    return Page(items=_said(page.items, language), item_count=page.item_count)


def describe(report: ImportReport, *, language: str) -> dict[str, Any]:
    """Return what an import says of itself once it has been carried out, or tried."""
    return {
        "id": report.import_id,
        "format": report.format,
        "mode": report.mode,
        "outcome": "tried" if report.is_dry_run else "accepted",
        "counts": dict(report.counts),
        "samples": list(report.samples),
        "unknown_columns": {file: list(columns) for file, columns in report.unknown_columns.items()},
        "needs_allow_removals": report.is_over_removals,
        "has_subscribed": report.has_subscribed,
        "rejections": _said(
            ({"file": file, "line": max(line, 0), "code": code} for file, line, code in report.rejected), language
        ),
    }


def _find(session: Session, organisation_code: str, import_id: str) -> dict[str, Any]:
    organisation = queries.find_organisation_by_code(session, organisation_code)
    if organisation is not None:
        found = queries.find_import(session, organisation_id=organisation.id, import_id=import_id)
        if found is not None:
            return found
    raise NotFound


def _said(lines: Iterable[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """Return lines with the reason in the reader's words."""
    return [{**line, "reason": _sentence(line["code"], language)} for line in lines]


def _sentence(code: str, language: str) -> str:
    in_french, in_english = rejections.sentences(code)
    return in_french if language == DEFAULT_LANGUAGE else in_english
