"""Entries of records for tests: what a school sends of each kind, with a valid default for each, and rows as they stand."""

import hashlib
from datetime import datetime
from typing import Any, Final

import orjson

from services.records.context import Context
from services.records.models import Entry
from services.records.rules import kinds, publication
from services.records.rules.entries import Sent
from services.records.schemas.kinds import SHAPES
from shared import ids

# What each kind must say at least, as a school's system writes it.
SENT: Final[dict[str, dict[str, Any]]] = {
    kinds.RESULT: {"subject": "Mathématique", "mark": "82 %", "percent": 82, "term": 1, "date": "2025-11-14"},
    kinds.MINISTERIAL_RESULT: {
        "subject": "Histoire du Québec et du Canada",
        "session": "2026-01",
        "exam_on": "2026-01-12",
        "mark": "74",
        "percent": 74,
    },
    kinds.ASSIGNMENT: {"subject": "Français", "title": "Exposé oral", "date": "2026-01-12", "due_on": "2026-01-20"},
    kinds.REPORT_CARD: {
        "type": "report_card",
        "term": 1,
        "school_year": "2025-2026",
        "issued_on": "2025-11-20",
        "subjects": [{"name": "Français", "terms": [{"term": 1, "mark": "78"}]}],
    },
    kinds.STATEMENT: {
        "ledger": "school",
        "issued_on": "2025-10-01",
        "due_on": "2025-11-01",
        "lines": [{"description": "Cahiers d’exercices", "amount": "42.50"}],
        "balance": "42.50",
        "payee": {"name": "CSS DES PHARES", "reference": "0012345"},
    },
    kinds.TAX_SLIP: {"type": "rl_24", "year": 2025, "issued_on": "2026-01-14", "amount": "1834.00"},
    kinds.FILE: {
        "subjects": [
            {
                "subject": "Français, langue d’enseignement",
                "teachers": [{"name": "Lisanne Tannahill", "email": "lisanne.tannahill@exemple.ca"}],
            }
        ],
        "transport": [{"direction": "to_school", "bus": "104", "stop": "Rue des Pins", "time": "7h25"}],
    },
    kinds.AGENDA_ENTRY: {"title": "Examen de mathématique", "type": "exam", "date": "2026-01-20"},
    kinds.MESSAGE: {"subject": "Sortie au musée", "body": "Vendredi prochain.", "date": "2026-01-14"},
    kinds.RESOURCE: {
        "title": "Aide aux devoirs",
        "links": [{"label": "Allô prof", "url": "https://www.alloprof.qc.ca/"}],
    },
    kinds.CONTACT: {"name": "École du Mistral", "phone": "418 555-0100", "email": "secretariat@exemple.ca"},
}
OF_STUDENTS: Final = tuple(name for name, kind in kinds.KINDS.items() if kind.audiences == ("student",))


def sent(kind: str, **overrides: Any) -> dict[str, Any]:
    """Return what a school sends of a kind, for the student of the tests where it must be one's."""
    whose = {"student_source_id": "eleve-1"} if kind in OF_STUDENTS else {}
    return {**whose, **SENT[kind], **overrides}


def read(kind: str, **overrides: Any) -> Sent:
    """Return the same as it is read."""
    said: Sent = SHAPES[kind].sent().load(sent(kind, **overrides))
    return said


def stand(
    ctx: Context,
    kind: str,
    *,
    organisation_id: str,
    state: str = publication.PUBLISHED,
    available_at: datetime | None = None,
    signature: str | None = None,
    document_digest: str | None = None,
    document_size: int | None = None,
    **overrides: Any,
) -> str:
    """Write an entry as it would stand, published now unless said otherwise; return its id."""
    now = ctx.clock.now()
    said = read(kind, **overrides)
    entry_id = ids.new()
    shown_at = (available_at or now) if state == publication.PUBLISHED else None
    decisions = {
        publication.PUBLISHED: publication.PUBLISH,
        publication.DRAFT: publication.HOLD,
        publication.WITHDRAWN: publication.WITHDRAW,
    }
    row = Entry(
        id=entry_id,
        organisation_id=organisation_id,
        kind=kind,
        source_id=f"{kind}-{entry_id}",
        audience=said.audience,
        school_year=said.school_year,
        sorts_on=said.sorts_on,
        exam_on=said.exam_on,
        content=said.content,
        digest=hashlib.sha256(said.content.encode()).digest(),
        revision=1,
        decision=decisions[state],
        shown_from=shown_at or now,
        release=said.release,
        sent_as_draft=state == publication.DRAFT,
        sent_available_at=available_at,
        not_before=(shown_at or now) if said.exam_on is not None else None,
        state=state,
        available_at=shown_at,
        recorded_at=now,
        changed_at=now,
        signature=signature,
        document_digest=document_digest,
        document_size=document_size,
    )
    with ctx.db.transaction() as session:
        session.add(row)
    return entry_id


def content(kind: str, **overrides: Any) -> dict[str, Any]:
    """Return the content that parents read, as it is kept."""
    found: dict[str, Any] = orjson.loads(read(kind, **overrides).content)
    return found
