"""What is kept of an import: who handed it over and when, what became of it, and the lines that were left out."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from services.enrollment.models import RegistryImport, RejectedLine
from services.enrollment.operations.imports.stage import Stage
from shared import ids
from shared.database import rows_changed
from shared.problems import Problem

UNKNOWN: Final = "unknown"
# A file of which more is wrong has one thing wrong with it; the import counts them all.
MOST_LINES: Final = 10_000

_KEEP = """
INSERT INTO rejected_lines (import_id, file, line, code)
SELECT :import_id, file, line, code
FROM (
    SELECT DISTINCT file, CASE WHEN line > 0 THEN line ELSE 0 END AS line, code
    FROM stage_rejections
    ORDER BY file, line, code
    LIMIT :most
) first
"""


@dataclass(kw_only=True)
class Trace:
    """What is known of an import so far."""

    organisation_id: str
    client_id: str | None
    started_at: datetime
    import_id: str = field(default_factory=ids.new)
    format: str = UNKNOWN
    mode: str = UNKNOWN
    counts: dict[str, int] = field(default_factory=dict)


def write_acceptance(session: Session, trace: Trace, stage: Stage, *, at: datetime) -> None:
    """Write that an import was accepted, in the transaction that writes the registry."""
    _write(session, trace, at=at)
    _keep_lines(trace, stage)


def write_refusal(
    session: Session, trace: Trace, refusal: Problem, *, at: datetime, stage: Stage | None = None
) -> None:
    """Write that an import was refused and why; the refusal names the trace from then on."""
    said = {name: refusal.facts[name] for name in refusal.extensions if name in refusal.facts}
    _write(session, trace, at=at, refusal=refusal.code(), facts=said)
    if stage is not None:
        _keep_lines(trace, stage)
    refusal.facts["import_id"] = trace.import_id


def delete_lines(session: Session, *, before: datetime) -> int:
    """Delete the lines of imports that ended before a moment; return how many. That there was an import stays known."""
    old = select(RegistryImport.id).where(RegistryImport.finished_at < before)
    return rows_changed(session.execute(delete(RejectedLine).where(RejectedLine.import_id.in_(old))))


def _write(
    session: Session,
    trace: Trace,
    *,
    at: datetime,
    refusal: str | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    session.execute(
        insert(RegistryImport),
        {
            "id": trace.import_id,
            "organisation_id": trace.organisation_id,
            "client_id": trace.client_id,
            "format": trace.format,
            "mode": trace.mode,
            "started_at": trace.started_at,
            "finished_at": at,
            "outcome": "accepted" if refusal is None else "refused",
            "refusal": refusal,
            "refusal_facts": facts,
            "counts": trace.counts,
        },
    )


def _keep_lines(trace: Trace, stage: Stage) -> None:
    stage.run(_KEEP, import_id=trace.import_id, most=MOST_LINES)
