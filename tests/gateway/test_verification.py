"""What anybody may ask about a document, through the door, of records itself."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from services.records.app import create_app
from services.records.context import Context
from services.records.operations import entries
from services.records.operations.documents import making
from services.records.queries.evidence import find_signed_entry
from services.records.rules import kinds
from tests.gateway.conftest import RECORDS_KEYS, Door
from tests.support import records
from tests.support.clock import FakeClock
from tests.support.entries import read
from tests.support.passports import ORGANISATION_CODE
from tests.support.records import Enrollment


@pytest.fixture
def ctx(tmp_path: Path, clock: FakeClock) -> Iterator[Context]:
    url = f"sqlite:///{tmp_path / 'records.db'}"
    records.migrate(url)
    ctx = Context.open(
        records.make_settings(url, passport_keys=RECORDS_KEYS, documents_url=f"file://{tmp_path / 'documents'}"),
        clock=clock,
    )
    yield ctx
    ctx.db.close()


@pytest.fixture
def door(ctx: Context, clock: FakeClock, make_door: Callable[..., Door]) -> Iterator[Door]:
    """A gateway before records, listening."""
    server = make_server("127.0.0.1", 0, create_app(ctx.settings, db=ctx.db, clock=clock), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield make_door(records_url=f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def statement_id(ctx: Context) -> str:
    """A statement of account that parents see."""
    Enrollment(ctx).make_organisation()
    whose = {"organisation_code": ORGANISATION_CODE, "client_id": "client-1"}
    entries.write_entry(ctx, **whose, kind=kinds.STATEMENT, source_id="e-1", sent=read(kinds.STATEMENT))
    shown = entries.show_entry(ctx, organisation_code=ORGANISATION_CODE, kind=kinds.STATEMENT, source_id="e-1")
    found: str = shown["id"]
    return found


def test_a_stranger_reads_the_page_of_a_code_and_nothing_runs_in_it(
    door: Door, ctx: Context, statement_id: str
) -> None:
    with ctx.db.read() as session:
        entry = find_signed_entry(session, entry_id=statement_id)
    assert entry is not None
    page = door.get(f"/verification/{entry.signature}", Accept="text/html")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Ce code est authentique" in page.body.decode()
    assert page.headers.getall("Content-Security-Policy") == [
        "default-src 'none'; object-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ]
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "Ce code n’est pas authentique" in door.get(f"/verification/{entry.signature}A").body.decode()


def test_a_stranger_has_a_signature_and_a_file_verified(door: Door, ctx: Context, statement_id: str) -> None:
    with ctx.db.read() as session:
        entry = find_signed_entry(session, entry_id=statement_id)
    assert entry is not None
    made = making.make(ctx, entry=entry, language="fr")
    content = b"".join(ctx.objects.get(f"{entry.organisation_id}/{made.digest}"))

    by_signature = door.post("/api/v1/verifications", {"signature": entry.signature})
    by_file = door.request("POST", "/api/v1/verifications", body=content, Content_Type="application/pdf")
    forged = door.request("POST", "/api/v1/verifications", body=content[:-1], Content_Type="application/pdf")

    assert (by_signature.status, by_signature.json()["status"]) == (200, "genuine")
    assert by_file.json() == by_signature.json()
    assert forged.json() == {"status": "not_genuine", "kind": None, "organisation_code": None, "issued_on": None}


def test_the_public_keys_may_be_kept_for_five_minutes(door: Door, ctx: Context, statement_id: str) -> None:
    keys = door.get("/api/v1/verification-keys")
    assert (keys.status, keys.headers["Cache-Control"]) == (200, "public, max-age=300")
    assert [key["kid"] for key in keys.json()["keys"]] == [ctx.signing.newest_id]
