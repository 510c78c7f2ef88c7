"""Giving out the document of an entry: the one that its school sent, or the one that is made of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from services.records import events, queries
from services.records.context import Context
from services.records.errors import DocumentUnreadable
from services.records.operations.documents import making, storing
from services.records.operations.documents.storing import Kept
from services.records.queries import items
from services.records.rules import documents, tiles
from shared import logs, outbox
from shared.objects import ObjectMissing
from shared.problems import NotFound, Unavailable

log = logs.get(__name__)

_COME_BACK: Final = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document to be given out: its SHA-256 in hexadecimal, its size and its name.

    `read(start, end)` yields its bytes from `start` to before `end`; it raises `DocumentUnreadable` when the store has lost what a
    school has sent, and `Unavailable` when it does not answer, or another document was made in the place of a lost one.
    """

    sha256: str
    size: int
    name: str
    read: Callable[[int, int], Iterable[bytes]]


def read_document(ctx: Context, *, account_id: str, child_id: str, kind: str, entry_id: str, language: str) -> Document:
    """Return the document of an entry that a guardian sees; reading it is told, for the child's access journal.

    Raises:
        NotFound: the account may not see the child (CHD-13), or sees no such entry now (RE-05), or it has no document.
        Unavailable: it is to be made, and cannot be now.
    """
    now = ctx.clock.now()
    with ctx.db.look() as connection:
        viewed, row = items.get_entry(
            connection, account_id=account_id, child_id=child_id, kind=kind, entry_id=entry_id, at=now
        )
    if not tiles.may_have(kind, viewed.place):
        raise NotFound

    def note(*, is_whole: bool) -> None:
        _note(ctx, row, account_id=account_id, child_id=child_id, is_whole=is_whole, at=now)

    return _document(ctx, row, language=language, note=note)


def read_document_of_school(
    ctx: Context, *, organisation_code: str | None, kind: str, source_id: str, language: str
) -> Document:
    """Return the document of an entry as its parents get it, or will once it is published.

    Raises:
        NotFound: the organisation has no such entry, or it has no document.
        OrganisationNotSubscribed: see the class.
        Unavailable: it is to be made, and cannot be now.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        row = queries.find_entry(session, organisation_id=organisation_id, kind=kind, source_id=source_id)
    if row is None:
        raise NotFound
    return _document(ctx, row, language=language, note=None)


def _document(ctx: Context, row: Any, *, language: str, note: Callable[..., None] | None) -> Document:
    if row.document_digest is None:
        file = making.make(ctx, entry=row, language=language)
    else:
        file = Kept(digest=row.document_digest, size=row.document_size)

    def read(start: int, end: int) -> Iterable[bytes]:
        try:
            parts = _open(ctx, row, file, start=start, end=end)
        except DocumentUnreadable:
            if row.document_digest is not None:
                raise
            # What we have made we make anew; what a school has sent, it alone can send again.
            if making.make_again(ctx, entry=row, language=language, lost=file) != file:
                # The answer has begun with the tag and the size of the lost one.
                raise Unavailable(retry_after=_COME_BACK) from None
            parts = _open(ctx, row, file, start=start, end=end)
        if note is not None:
            # Before the first byte goes out: what is not in the journal was not seen.
            note(is_whole=(start, end) == (0, file.size))
        return parts

    called = documents.name(
        row.kind,
        orjson.loads(row.content),
        school_year=row.school_year,
        language=language,
        given=row.document_name,
    )
    return Document(sha256=file.digest, size=file.size, name=called, read=read)


def _open(ctx: Context, row: Any, file: Kept, *, start: int, end: int) -> Iterable[bytes]:
    key = storing.key_of(organisation_id=row.organisation_id, digest=file.digest)
    try:
        stored = ctx.objects.get(key, start=start, end=end) if end > start else ctx.objects.get(key)
    except ObjectMissing:
        log.error("document_missing", entry_id=row.id, organisation_id=row.organisation_id)
        raise DocumentUnreadable from None
    if stored.size != file.size:
        log.error("document_damaged", entry_id=row.id, organisation_id=row.organisation_id)
        raise DocumentUnreadable
    return stored


def _note(ctx: Context, row: Any, *, account_id: str, child_id: str, is_whole: bool, at: datetime) -> None:
    """Tell that a guardian has opened a document: each time it is given whole, and once an hour when it is read in parts.

    A viewer that turns pages asks for dozens of parts; one reading is one line of the journal.
    """
    look = ("document", account_id, row.id, row.revision, at.replace(minute=0, second=0, microsecond=0))
    if not is_whole and ctx.looks.are_known(*look):
        return
    told = events.document_viewed(
        child_id=child_id,
        organisation_id=row.organisation_id,
        account_id=account_id,
        record_id=row.id,
        kind=row.kind,
        at=at,
    )
    with ctx.db.transaction() as session:
        outbox.add(session, told, at=at)
    ctx.looks.remember(*look)
