"""The school looks at refused claims: each look is written down in the transaction that makes it (AUD-3, W10).

Not in the child's journal: its guardians would learn from it that somebody else claims the child (W11).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from services.enrollment import queries
from services.enrollment.context import Context
from services.enrollment.errors import OrganisationUnknown
from services.enrollment.models import ClaimLook
from services.enrollment.operations.claims import cases
from services.enrollment.queries import Page
from services.enrollment.rules import case_disclosure
from shared import ids, logs, spoken_references
from shared.database import rows_changed
from shared.problems import NotFound

log = logs.get(__name__)


@dataclass(frozen=True, kw_only=True)
class Looker:
    """Who looks: a client of an organisation, or an operator, who looks for the organisation that a reference is of."""

    organisation_code: str | None = None
    client_id: str | None = None


def list_cases(ctx: Context, *, looker: Looker, status: str, offset: int, limit: int) -> Page:
    """Return a page of an organisation's refused claims, newest first, without anything that parents typed.

    Raises:
        OrganisationUnknown: no organisation has this code.
    """
    with ctx.db.transaction() as session:
        organisation_id = _organisation_of(session, looker)
        if organisation_id is None:
            raise OrganisationUnknown(code=looker.organisation_code)
        _note(ctx, session, looker, organisation_id, reference=None)
        found = queries.list_cases(session, organisation_id=organisation_id, status=status, offset=offset, limit=limit)
    return Page(items=[_document(each) for each in found.rows], item_count=found.item_count)


def resolve_reference(ctx: Context, *, looker: Looker, reference: str) -> dict[str, Any]:
    """Return the refused claim behind a support reference, with what was typed as far as finding the mistake takes it.

    Raises:
        NotFound: the organisation has no such reference (any more); that it was tried is written down all the same.
    """
    wanted = spoken_references.typed(reference)
    case = None
    with ctx.db.transaction() as session:
        organisation_id = _organisation_of(session, looker, reference=wanted)
        if organisation_id is not None:
            is_one = len(wanted) == spoken_references.LENGTH
            _note(ctx, session, looker, organisation_id, reference=wanted if is_one else None)
            case = queries.find_case(session, organisation_id=organisation_id, reference=wanted)
    if case is None:
        raise NotFound
    typed = cases.typed_of(ctx, case) if case.sealed is not None else None
    if typed is None:
        return _document(case) | {"identifier_kind": None, "typed": {}}
    shown = case_disclosure.shown(
        typed.claim,
        typed.number,
        differing=case.differing,
        is_child_known=case.student_source_id is not None,
    )
    return _document(case) | {
        "identifier_kind": typed.number.kind,
        "typed": {field: value if isinstance(value, str) else value.isoformat() for field, value in shown.items()},
    }


def delete_looks(session: Session, *, before: datetime) -> int:
    """Forget who looked before a moment; return how many looks that were."""
    return rows_changed(session.execute(delete(ClaimLook).where(ClaimLook.at < before)))


def _organisation_of(session: Session, looker: Looker, *, reference: str | None = None) -> str | None:
    if looker.organisation_code is None:
        return queries.find_organisation_of_case(session, reference=reference) if reference else None
    organisation = queries.find_organisation_by_code(session, looker.organisation_code)
    return organisation.id if organisation is not None else None


def _note(ctx: Context, session: Session, looker: Looker, organisation_id: str, *, reference: str | None) -> None:
    look = {"id": ids.new(), "organisation_id": organisation_id, "client_id": looker.client_id, "reference": reference}
    session.execute(insert(ClaimLook), {**look, "at": ctx.clock.now()})
    log.info("claims_looked_at", organisation_id=organisation_id, is_one=reference is not None)


def _document(case: Any) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "status": queries.status_of(case),
        "outcome": case.outcome,
        "claimed_at": case.at,
        "waits_until": case.waits_until,
        "ended_at": case.ended_at,
        "differing": list(case.differing),
        "student_source_id": case.student_source_id,
    }
