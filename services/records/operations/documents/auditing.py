"""Holding the store and the database against each other: after a restore of one of them, they may be of different days."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from services.records.context import Context
from services.records.operations.documents import storing
from services.records.queries import stored_objects
from services.records.queries.stored_objects import Named
from shared import logs

log = logs.get(__name__)

_PAGE: Final = 500
_FIRST: Final = Named(organisation_id="", digest="")


@dataclass(frozen=True, kw_only=True)
class Audit:
    """How many files rows name, which of them the store has not, and how many of its files nobody names."""

    named: int
    missing: tuple[Named, ...]
    unnamed: int


def check_documents(ctx: Context, *, page_size: int = _PAGE) -> Audit:
    """Look for files that are named and not there, and have the sweep look at those that are there and not named.

    Nothing is deleted here: a file that nobody names is claimed, and a sweep takes it a day later unless it has a name by then.
    The store is asked about each file by itself: some hundreds a second.

    Raises:
        Unavailable: the store does not answer now.
    """
    unnamed = sum(_claim_unnamed(ctx, page) for page in _kept(ctx, page_size))
    named = 0
    missing: list[Named] = []
    for source in stored_objects.SOURCES:
        after = _FIRST
        while True:
            with ctx.db.read() as session:
                page = stored_objects.list_named(session, source=source, after=after, limit=page_size)
            missing += [each for each in page if ctx.objects.find(storing.key_of(**_key(each))) is None]
            named += len(page)
            if len(page) < page_size:
                break
            after = page[-1]
    log.info("documents_checked", named=named, missing=len(missing), unnamed=unnamed)
    return Audit(named=named, missing=tuple(missing), unnamed=unnamed)


def _kept(ctx: Context, size: int) -> Iterator[list[Named]]:
    """Yield the files of the store, a page at a time; what is called otherwise is not ours, and is left alone."""
    parts = (found.key.split("/") for found in ctx.objects.list_below())
    files = (Named(organisation_id=each[0], digest=each[1]) for each in parts if len(each) == 2)
    while page := list(islice(files, size)):
        yield page


def _claim_unnamed(ctx: Context, files: list[Named]) -> int:
    with ctx.db.transaction() as session:
        left = stored_objects.list_unnamed(session, files=files)
        for each in left:
            storing.let_go(session, organisation_id=each.organisation_id, digests=[each.digest], at=ctx.clock.now())
    return len(left)


def _key(file: Named) -> dict[str, str]:
    return {"organisation_id": file.organisation_id, "digest": file.digest}
