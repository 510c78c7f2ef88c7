"""Making the document of an entry that came without one: once for each revision and language, and kept like those that came.

What was made once stays what it is, though the page be set otherwise one day: whoever holds it can have it verified to the byte.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Executable, bindparam, delete

from services.records import pdf
from services.records.context import Context
from services.records.models import MadeDocument
from services.records.operations.documents import storing
from services.records.operations.documents.storing import Kept
from services.records.pdf.typesetting import Busy
from services.records.queries import evidence
from services.records.rules.kinds import KINDS
from shared import logs
from shared.database import once_a_dialect
from shared.problems import NotFound, Unavailable

log = logs.get(__name__)

_COME_BACK: Final = timedelta(seconds=5)
_made: Final = MadeDocument.__table__


def make(ctx: Context, *, entry: Any, language: str) -> Kept:
    """Return the document that is made of an entry's present revision in a language; it is in the store.

    `entry` has the columns of its row: `id`, `organisation_id`, `kind`, `revision`, `content` and `signature`.

    Raises:
        NotFound: none is made of this kind.
        Unavailable: too many are being made, or the store does not take it now.
    """
    if not KINDS[entry.kind].is_made:
        raise NotFound
    found = _find(ctx, entry=entry, language=language)
    if found is not None:
        return found
    with _place(ctx):
        # Whoever held the place before may have made this very one.
        return _find(ctx, entry=entry, language=language) or _make(ctx, entry=entry, language=language)


def make_again(ctx: Context, *, entry: Any, language: str, lost: Kept) -> Kept:
    """Return the document of an entry whose file `lost` is not in the store any more, made anew: it is there again.

    The same content gives the same bytes. Where pages are set otherwise by now it is another file, and stands in the place of the
    lost one, which nobody can be shown again.

    Raises:
        Unavailable: as for `make`.
    """
    forgotten = {"of_entry": entry.id, "of_revision": entry.revision, "in_language": language, "lost": lost.digest}
    with _place(ctx):
        with ctx.db.transaction() as session:
            session.execute(_forget, forgotten)
        return _make(ctx, entry=entry, language=language)


@contextmanager
def _place(ctx: Context) -> Iterator[None]:
    try:
        with ctx.typesetter.place():
            yield
    except Busy:
        raise Unavailable(retry_after=_COME_BACK) from None


def _find(ctx: Context, *, entry: Any, language: str) -> Kept | None:
    with ctx.db.read() as session:
        row = evidence.find_made_document(session, entry_id=entry.id, revision=entry.revision, language=language)
    return None if row is None else Kept(digest=row.digest, size=row.size)


def _make(ctx: Context, *, entry: Any, language: str) -> Kept:
    url = f"{ctx.settings.public_url}/verification/{entry.signature}"
    content = pdf.make(kind=entry.kind, content=orjson.loads(entry.content), language=language, url=url)
    kept = storing.keep(ctx, organisation_id=entry.organisation_id, content=content)
    row = {
        "entry_id": entry.id,
        "revision": entry.revision,
        "language": language,
        "organisation_id": entry.organisation_id,
        "digest": kept.digest,
        "size": kept.size,
        "template": pdf.VERSION,
        "made_at": ctx.clock.now(),
    }
    with ctx.db.transaction() as session:
        session.execute(_is_made(session), row)
    log.info("document_made", kind=entry.kind, language=language, size=kept.size)
    # Another process may have been faster, with pages set otherwise even: there is one document, and it is the first.
    return _find(ctx, entry=entry, language=language) or kept


_forget: Final = delete(MadeDocument).where(
    MadeDocument.entry_id == bindparam("of_entry"),
    MadeDocument.revision == bindparam("of_revision"),
    MadeDocument.language == bindparam("in_language"),
    MadeDocument.digest == bindparam("lost"),
)


@once_a_dialect
def _is_made(insert: Any) -> Executable:
    made: Executable = insert(_made).on_conflict_do_nothing(
        index_elements=[_made.c.entry_id, _made.c.revision, _made.c.language]
    )
    return made
