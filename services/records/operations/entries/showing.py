"""What a school reads of its own entries: as they stand, and as they stood."""

from typing import Any

import orjson

from services.records import queries
from services.records.context import Context
from services.records.rules import audiences, kinds, publication
from shared.problems import NotFound


def show_entry(ctx: Context, *, organisation_code: str | None, kind: str, source_id: str) -> dict[str, Any]:
    """Return an entry as its school reads it.

    Raises:
        NotFound: the organisation has no such entry.
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        found = queries.find_entry(session, organisation_id=organisation_id, kind=kind, source_id=source_id)
    if found is None:
        raise NotFound
    scope, named = audiences.scope(found.audience), audiences.source_id(found.audience)
    is_ministerial = found.kind == kinds.MINISTERIAL_RESULT
    return {
        "id": found.id,
        "source_id": found.source_id,
        "student_source_id": named if scope == audiences.STUDENT else None,
        "school_source_id": named if scope == audiences.SCHOOL else None,
        "school_year": found.school_year,
        "release": None if is_ministerial else found.release,
        "state": found.state,
        "is_visible": publication.is_visible(publication.Standing(found.state, found.available_at), at=ctx.clock.now()),
        "available_at": found.available_at,
        "not_before": found.not_before,
        "revision": found.revision,
        "recorded_at": found.recorded_at,
        "changed_at": found.changed_at,
        "corrected_at": found.corrected_at,
        "has_document": found.document_digest is not None,
        "content": orjson.Fragment(found.content),
    }


def list_revisions(ctx: Context, *, organisation_code: str | None, kind: str, source_id: str) -> list[dict[str, Any]]:
    """Return what an entry said before it was corrected, the first first.

    Raises:
        NotFound: the organisation has no such entry.
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        found = queries.find_entry(session, organisation_id=organisation_id, kind=kind, source_id=source_id)
        if found is None:
            raise NotFound
        earlier = queries.list_revisions(session, entry_id=found.id)
    return [
        {
            "revision": each.revision,
            "changed_at": each.changed_at,
            "client_id": each.client_id,
            "replaced_at": each.replaced_at,
            "has_document": each.document_digest is not None,
            "content": orjson.Fragment(each.content),
        }
        for each in earlier
    ]
