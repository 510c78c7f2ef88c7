"""What a school sends beside an entry: its PDF, in the place of the one that would be made of it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.records import queries
from services.records.context import Context
from services.records.errors import NotAWholePdf
from services.records.operations.documents import storing
from services.records.operations.entries import desk as desks
from services.records.rules import documents
from shared import logs
from shared.problems import NotFound

log = logs.get(__name__)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """The document that stands beside an entry now; `is_new`: there was none before."""

    sha256: str
    size: int
    name: str | None
    received_at: datetime
    revision: int
    is_new: bool


def send_document(
    ctx: Context,
    *,
    organisation_code: str | None,
    client_id: str | None,
    kind: str,
    source_id: str,
    path: Path,
    name: str | None,
) -> Sent:
    """Keep a PDF beside an entry, in the place of an earlier one, which stays with its revision; the same again changes nothing.

    The file is in the store before the row names it: what dies in between leaves a file that the sweep takes away.

    Raises:
        NotFound: the organisation has no such entry.
        NotAWholePdf: see the class.
        OrganisationNotSubscribed: see the class.
        Unavailable: the store does not take it now; nothing has changed.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        found = queries.find_entry(session, organisation_id=organisation_id, kind=kind, source_id=source_id)
    if found is None:
        raise NotFound
    _require_pdf(path)
    kept = storing.keep(ctx, organisation_id=organisation_id, content=path)
    with (
        ctx.db.transaction() as session,
        desks.of_system(ctx, session, organisation_code=organisation_code, client_id=client_id) as desk,
    ):
        entry = desk.get(kind, source_id)
        is_new = entry.document_digest is None
        if (entry.document_digest, entry.document_name) != (kept.digest, name):
            desk.revise(
                entry,
                document_digest=kept.digest,
                document_size=kept.size,
                document_name=name,
                document_at=desk.at,
            )
            desk.settle(entry)
        sent = Sent(
            sha256=kept.digest,
            size=kept.size,
            name=name,
            received_at=entry.document_at or desk.at,
            revision=entry.revision,
            is_new=is_new,
        )
    log.info("document_sent", organisation_id=organisation_id, kind=kind, size=kept.size, is_new=is_new)
    return sent


def remove_document(
    ctx: Context, *, organisation_code: str | None, client_id: str | None, kind: str, source_id: str
) -> None:
    """Take away the PDF that was sent beside an entry: where one is made of it, parents get that one again.

    Raises:
        NotFound: the organisation has no such entry, or sent no document beside it.
        OrganisationNotSubscribed: see the class.
    """
    with (
        ctx.db.transaction() as session,
        desks.of_system(ctx, session, organisation_code=organisation_code, client_id=client_id) as desk,
    ):
        entry = desk.get(kind, source_id)
        if entry.document_digest is None:
            raise NotFound
        desk.revise(entry, document_digest=None, document_size=None, document_name=None, document_at=None)
        desk.settle(entry)
    log.info("document_removed", organisation_id=desk.organisation_id, kind=kind)


def _require_pdf(path: Path) -> None:
    with path.open("rb") as file:
        beginning = file.read(documents.TELLING)
        file.seek(max(0, path.stat().st_size - documents.TELLING))
        end = file.read()
    if not documents.is_whole_pdf(beginning, end):
        raise NotAWholePdf
