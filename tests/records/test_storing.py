import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from services.records.context import Context
from services.records.models import Entry, MadeDocument, Revision, StoredObject, SupportRequest
from services.records.operations.documents import storing
from services.records.rules import kinds
from shared import ids
from shared.problems import Unavailable
from tests.support.clock import FakeClock
from tests.support.entries import stand
from tests.support.objects import CREDENTIALS

ORGANISATION = "01980a40-2c55-7a90-8a11-6e1c7f20b3d4"
CONTENT = b"%PDF-1.7 a report card %%EOF"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
KEY = f"{ORGANISATION}/{DIGEST}"
DAY = timedelta(days=1, seconds=1)


@pytest.fixture
def ctx(make_context: Callable[..., Context], object_store_url: str) -> Context:
    """Records' context on both databases, with documents in a folder and in a store that speaks S3."""
    keys = {"documents_access_key": CREDENTIALS["access_key"], "documents_secret_key": CREDENTIALS["secret_key"]}
    return make_context(documents_url=object_store_url, **keys)


def keep(ctx: Context, content: bytes = CONTENT) -> str:
    return storing.keep(ctx, organisation_id=ORGANISATION, content=content).digest


def name(ctx: Context, digest: str) -> str:
    """Make an entry that names a file, and return its id."""
    return stand(ctx, kinds.REPORT_CARD, organisation_id=ORGANISATION, document_digest=digest, document_size=1)


def change(ctx: Context, statement: Any, *rows: dict[str, Any]) -> None:
    with ctx.db.transaction() as session:
        session.execute(statement, *([list(rows)] if rows else []))


def claims(ctx: Context) -> list[tuple[str, bool]]:
    with ctx.db.read() as session:
        rows = session.execute(select(StoredObject.key, StoredObject.is_leaving).order_by(StoredObject.key))
        return [(row.key, row.is_leaving) for row in rows]


def read(ctx: Context, key: str = KEY) -> bytes:
    return b"".join(ctx.objects.get(key))


def test_keep_puts_a_file_by_its_content_under_its_organisation(ctx: Context, tmp_path: Path) -> None:
    file = tmp_path / "upload"
    file.write_bytes(CONTENT)

    kept = storing.keep(ctx, organisation_id=ORGANISATION, content=file)
    again = storing.keep(ctx, organisation_id=ORGANISATION, content=CONTENT)

    assert kept == again == storing.Kept(digest=DIGEST, size=len(CONTENT))
    assert read(ctx) == CONTENT
    assert [found.key for found in ctx.objects.list_below()] == [KEY]


def test_keep_claims_before_it_writes(make_context: Callable[..., Context]) -> None:
    ctx = make_context(documents_url="file:///dev/null/documents")

    with pytest.raises(Unavailable):
        keep(ctx)

    assert claims(ctx) == [(KEY, False)]


def test_sweep_deletes_what_nobody_has_named_a_day_later(ctx: Context, clock: FakeClock) -> None:
    keep(ctx)
    early = storing.sweep(ctx)
    clock.advance(DAY)
    keep(ctx, b"newer")

    assert (early, storing.sweep(ctx)) == (0, 1)
    assert ctx.objects.find(KEY) is None
    assert [found.size for found in ctx.objects.list_below()] == [5]
    assert len(claims(ctx)) == 1


def test_sweep_keeps_what_an_entry_names_and_forgets_the_claim(ctx: Context, clock: FakeClock) -> None:
    name(ctx, keep(ctx))
    clock.advance(DAY)

    assert [storing.sweep(ctx), storing.sweep(ctx)] == [0, 0]
    assert read(ctx) == CONTENT
    assert claims(ctx) == []


@pytest.mark.parametrize("naming", ["revision", "made", "screenshot"])
def test_sweep_keeps_what_anything_else_names(ctx: Context, clock: FakeClock, naming: str) -> None:
    digest = keep(ctx)
    entry_id = stand(ctx, kinds.STATEMENT, organisation_id=ORGANISATION)
    statements = {
        "revision": insert(Revision).values(
            entry_id=entry_id,
            revision=1,
            organisation_id=ORGANISATION,
            content="{}",
            digest=b"",
            changed_at=clock.now(),
            replaced_at=clock.now(),
            document_digest=digest,
        ),
        "made": insert(MadeDocument).values(
            entry_id=entry_id,
            revision=1,
            language="fr",
            organisation_id=ORGANISATION,
            digest=digest,
            size=1,
            template=1,
            made_at=clock.now(),
        ),
        "screenshot": insert(SupportRequest).values(
            id=ids.new(),
            reference="AAAA-BBBB",
            browser="",
            section="",
            language="fr",
            screenshot_digest=digest,
            screenshot_size=1,
            screenshot_type="image/png",
            submitted_at=clock.now(),
        ),
    }
    change(ctx, statements[naming])
    clock.advance(DAY)

    assert storing.sweep(ctx) == 0
    assert read(ctx) == CONTENT


def test_sweep_tells_the_files_of_two_organisations_apart(ctx: Context, clock: FakeClock) -> None:
    another = ids.new()
    name(ctx, keep(ctx))
    storing.keep(ctx, organisation_id=another, content=CONTENT)
    clock.advance(DAY)

    assert storing.sweep(ctx) == 1
    assert [found.key for found in ctx.objects.list_below()] == [KEY]


def test_let_go_has_the_sweep_look_once_more(ctx: Context, clock: FakeClock) -> None:
    entry_id = name(ctx, keep(ctx))
    clock.advance(DAY)
    storing.sweep(ctx)

    change(ctx, update(Entry).where(Entry.id == entry_id).values(document_digest=None))
    forgotten = storing.sweep(ctx)
    with ctx.db.transaction() as session:
        storing.let_go(session, organisation_id=ORGANISATION, digests=[DIGEST, DIGEST], at=clock.now())
    clock.advance(DAY)

    assert (forgotten, storing.sweep(ctx)) == (0, 1)
    assert list(ctx.objects.list_below()) == []


def test_sweep_goes_on_where_the_last_one_died(ctx: Context, clock: FakeClock) -> None:
    keep(ctx)
    clock.advance(DAY)
    taken = update(StoredObject).values(is_leaving=True, claimed_at=clock.now())
    change(ctx, taken)

    # Somebody may be at it: nobody else touches it, and nobody gets it back.
    assert storing.sweep(ctx) == 0
    with pytest.raises(Unavailable) as refused:
        keep(ctx)
    assert refused.value.retry_after is not None
    clock.advance(timedelta(minutes=11))

    assert storing.sweep(ctx) == 1
    assert claims(ctx) == []
    keep(ctx)
    assert read(ctx) == CONTENT


def test_sweep_leaves_what_it_cannot_delete_for_the_next_time(
    make_context: Callable[..., Context], clock: FakeClock, tmp_path: Path
) -> None:
    ctx = make_context()
    keep(ctx)
    clock.advance(DAY)
    without_store = make_context(documents_url="file:///dev/null/documents")
    with pytest.raises(Unavailable):
        storing.sweep(without_store)

    assert claims(ctx) == [(KEY, True)]
    clock.advance(timedelta(minutes=11))
    assert storing.sweep(ctx) == 1
    assert list(ctx.objects.list_below()) == []


def test_sweep_works_off_more_than_a_page(ctx: Context, clock: FakeClock) -> None:
    for number in range(7):
        digest = keep(ctx, b"%d" % number)
        [name(ctx, digest) for _ in range(number % 2)]
    clock.advance(DAY)

    assert storing.sweep(ctx, page_size=2) == 4
    assert len(list(ctx.objects.list_below())) == 3
    assert claims(ctx) == []


def test_no_name_is_ever_without_its_file_though_the_same_is_kept_while_it_is_swept(
    make_context: Callable[..., Context], folder_store_url: str, clock: FakeClock
) -> None:
    ctx = make_context()
    for _ in range(20):
        keep(ctx)
        clock.advance(DAY)
        barrier = threading.Barrier(4)

        def keep_and_name(_number: int, barrier: threading.Barrier = barrier) -> str | None:
            barrier.wait()
            try:
                return name(ctx, keep(ctx))
            except Unavailable:
                return None

        def sweep(_number: int, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            storing.sweep(ctx)

        with ThreadPoolExecutor(4) as pool:
            swept = [pool.submit(sweep, number) for number in range(2)]
            named = [pool.submit(keep_and_name, number) for number in range(2)]
        [done.result() for done in swept]
        named_ids = [done.result() for done in named if done.result()]

        assert [read(ctx) for _ in named_ids] == [CONTENT] * len(named_ids)
        change(ctx, update(Entry).values(document_digest=None))
