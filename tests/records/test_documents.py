import hashlib
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs
from werkzeug.http import parse_options_header

from services.records.context import Context
from services.records.models import Entry, MadeDocument, Revision, StoredObject
from services.records.operations.documents import sending, storing
from services.records.rules import kinds, publication
from shared import ids
from shared.objects import ObjectStore
from tests.support.callers import events_told, kinds_told
from tests.support.clock import FakeClock
from tests.support.entries import sent, stand
from tests.support.objects import CREDENTIALS
from tests.support.passports import ORGANISATION_CODE
from tests.support.records import OTHER_ACCOUNT, Browser, Child, Enrollment, SchoolSystem

CARDS = "/report-cards/bulletin-1"
DOCUMENT = f"{CARDS}/document"
PDF = {"content_type": "application/pdf"}
MakeSystem = Callable[..., SchoolSystem]
DAY = timedelta(days=1)


def pdf(text: str = "one", *, size: int = 0) -> bytes:
    """Return what begins and ends as a PDF does."""
    return b"%PDF-1.7\n" + text.encode() + b"\n" + b"x" * size + b"\nstartxref\n0\n%%EOF\n"


@pytest.fixture
def system(make_school_system: MakeSystem, child: Child) -> SchoolSystem:
    """The school's system, which has sent a report card of the parent's child, and published it."""
    made = make_school_system("records.read", "records.write")
    assert send_card(made, child).status_code == 201
    return made


def send_card(system: SchoolSystem, child: Child, **overrides: Any) -> Any:
    body = sent(kinds.REPORT_CARD, student_source_id=child.student_source_id, **overrides)
    return system.put(CARDS, body)


def send(system: SchoolSystem, content: bytes, *, path: str = DOCUMENT, name: str | None = None) -> Any:
    query = "" if name is None else f"?name={quote(name)}"
    return system.call("PUT", f"{path}{query}", data=content, **PDF)


@pytest.fixture
def card(system: SchoolSystem) -> str:
    """The id of that report card."""
    found: str = system.get(CARDS).json["id"]
    return found


def path_of(child: Child, entry_id: str, *, path: str = "report-cards") -> str:
    return f"/children/{child.id}/{path}/{entry_id}/document"


def test_a_school_sends_a_document_and_reads_it_back(system: SchoolSystem) -> None:
    reply = send(system, pdf(), name="Relevé d’étape.pdf")

    digest = hashlib.sha256(pdf()).hexdigest()
    assert reply.status_code == 201
    assert reply.json == {
        "sha256": digest,
        "size": len(pdf()),
        "name": "Relevé d’étape.pdf",
        "received_at": reply.json["received_at"],
        "revision": 2,
    }
    back = system.get(DOCUMENT)
    assert (back.status_code, back.data, back.headers["ETag"]) == (200, pdf(), f'"{digest}"')
    assert system.get(CARDS).json["has_document"] is True


def test_the_same_document_again_changes_nothing(system: SchoolSystem) -> None:
    first, second = send(system, pdf()), send(system, pdf())

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json == first.json
    assert kinds_told_of(system) == ["record-published", "record-corrected"]


def kinds_told_of(caller: SchoolSystem | Browser) -> list[str]:
    found: Context = caller.app.extensions["context"]
    return [kind for kind in kinds_told(found) if kind.startswith("record-")]


def test_another_document_takes_its_place_and_the_earlier_one_stays_with_its_revision(
    system: SchoolSystem, ctx: Context
) -> None:
    send(system, pdf("one"), name="one")
    reply = send(system, pdf("two"))

    assert (reply.status_code, reply.json["revision"], reply.json["name"]) == (200, 3, None)
    assert system.get(DOCUMENT).data == pdf("two")
    with ctx.db.read() as session:
        earlier = session.execute(
            select(Revision.revision, Revision.document_digest, Revision.document_name).order_by(Revision.revision)
        ).all()
    assert [tuple(row) for row in earlier] == [(1, None, None), (2, hashlib.sha256(pdf("one")).hexdigest(), "one")]


def test_what_parents_see_is_corrected_and_signed_anew_by_its_document(
    system: SchoolSystem, ctx: Context, card: str
) -> None:
    def signature() -> str | None:
        with ctx.db.read() as session:
            return session.scalar(select(Entry.signature).where(Entry.id == card))

    signatures = [signature()]
    for content in (pdf("one"), pdf("two")):
        send(system, content)
        signatures.append(signature())

    assert None not in signatures
    assert len(set(signatures)) == 3
    assert [event["record_id"] for event in events_told(ctx, "record-corrected")] == [card, card]
    assert system.get(CARDS).json["corrected_at"] is not None


def test_a_draft_takes_a_document_and_tells_nobody(make_school_system: MakeSystem, child: Child) -> None:
    system = make_school_system("records.read", "records.write")
    send_card(system, child, is_draft=True)
    send(system, pdf())

    assert kinds_told_of(system) == []
    assert system.get(CARDS).json["corrected_at"] is None


def test_a_removed_document_leaves_the_one_that_is_made(system: SchoolSystem, browser: Browser, child: Child) -> None:
    card = system.get(CARDS).json["id"]
    send(system, pdf())
    removed, again = system.delete(DOCUMENT), system.delete(DOCUMENT)

    assert (removed.status_code, again.status_code) == (204, 404)
    made = browser.get(path_of(child, card))
    assert (made.status_code, made.data[:5]) == (200, b"%PDF-")
    assert made.data != pdf()


def test_a_tax_slip_without_a_document_has_none(make_school_system: MakeSystem, browser: Browser, child: Child) -> None:
    system = make_school_system("records.read", "records.write")
    system.put("/tax-slips/releve-1", sent(kinds.TAX_SLIP, student_source_id=child.student_source_id))
    slip = system.get("/tax-slips/releve-1").json["id"]
    path = path_of(child, slip, path="tax-slips")

    none = (browser.get(path).status_code, system.get("/tax-slips/releve-1/document").status_code)
    send(system, pdf(), path="/tax-slips/releve-1/document")

    assert none == (404, 404)
    assert browser.get(path).data == pdf()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-",
        b"<html>%PDF-1.7 %%EOF</html>",
        b"PK\x03\x04 %%EOF",
        b"%PDF-9.9\n%%EOF",
        pdf(size=5000)[:-8],
        pdf() + b"x" * 2000,
    ],
    ids=["empty", "word", "page", "zip", "version", "cut off", "something behind"],
)
def test_what_is_no_whole_pdf_is_refused_and_kept_nowhere(system: SchoolSystem, ctx: Context, content: bytes) -> None:
    reply = send(system, content)

    assert (reply.status_code, reply.json["code"]) == (422, "not_a_whole_pdf")
    assert list(ctx.objects.list_below()) == []
    with ctx.db.read() as session:
        assert session.scalar(select(func.count()).select_from(StoredObject)) == 0


def test_ten_mebibytes_are_taken_and_a_byte_more_is_not(system: SchoolSystem) -> None:
    room = 10 * 1024 * 1024 - len(pdf())

    assert send(system, pdf(size=room)).json["size"] == 10 * 1024 * 1024
    assert send(system, pdf(size=room + 1)).status_code == 413


@pytest.mark.parametrize("media_type", ["application/octet-stream", "text/html", "application/pdfx"])
def test_what_does_not_call_itself_a_pdf_is_refused(system: SchoolSystem, media_type: str) -> None:
    reply = system.call("PUT", DOCUMENT, data=pdf(), content_type=media_type)

    assert reply.status_code == 415


@pytest.mark.parametrize("name", ["", "  ", "..", "a/b.pdf", "..\\b.pdf", "a\nb", "a\u202eb", "x" * 151])
def test_a_name_that_no_file_can_have_is_refused(system: SchoolSystem, name: str) -> None:
    reply = send(system, pdf(), name=name)

    assert (reply.status_code, reply.json["errors"][0]["parameter"]) == (422, "name")


def test_a_document_stands_beside_an_entry_of_the_organisation_alone(
    system: SchoolSystem, make_school_system: MakeSystem, told: Enrollment
) -> None:
    told.make_organisation("722000")
    stranger = make_school_system("records.read", "records.write", organisation_code="722000")

    assert send(system, pdf(), path="/report-cards/nowhere/document").status_code == 404
    assert send(system, pdf(), path="/statements/bulletin-1/document").status_code == 404
    assert send(stranger, pdf()).status_code == 404
    assert [stranger.get(DOCUMENT).status_code, stranger.delete(DOCUMENT).status_code] == [404, 404]


@pytest.mark.parametrize("path", ["results", "messages", "files", "contacts"])
def test_other_kinds_have_no_documents(system: SchoolSystem, path: str) -> None:
    assert send(system, pdf(), path=f"/{path}/x/document").status_code == 404


def test_scopes_are_asked_for(make_school_system: MakeSystem, system: SchoolSystem) -> None:
    reader, writer = make_school_system("records.read"), make_school_system("records.write")

    assert [send(reader, pdf()).status_code, reader.delete(DOCUMENT).status_code] == [403, 403]
    assert writer.get(DOCUMENT).status_code == 403


# Parents.


@pytest.mark.requirement("RE-06", "RE-11")
def test_a_parent_downloads_what_the_school_sent_from_either_store(
    make_context: Callable[..., Context], object_store_url: str, child: Child, organisation_id: str
) -> None:
    keys = {"documents_access_key": CREDENTIALS["access_key"], "documents_secret_key": CREDENTIALS["secret_key"]}
    ctx = make_context(documents_url=object_store_url, **keys)
    content = pdf(size=400_000)
    kept = storing.keep(ctx, organisation_id=organisation_id, content=content)
    entry_id = stand(
        ctx,
        kinds.STATEMENT,
        organisation_id=organisation_id,
        student_source_id=child.student_source_id,
        document_digest=kept.digest,
        document_size=kept.size,
    )
    browser, path = Browser(ctx), path_of(child, entry_id, path="statements")

    whole = browser.get(path)
    part = browser.get(path, headers={"Range": "bytes=300000-300009", "If-Range": whole.headers["ETag"]})
    rest = browser.get(path, headers={"Range": "bytes=-7"})

    assert (whole.status_code, whole.data, whole.headers["ETag"]) == (200, content, f'"{kept.digest}"')
    assert (part.status_code, part.data) == (206, content[300_000:300_010])
    assert (rest.status_code, rest.data) == (206, content[-7:])
    assert browser.get(path, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    assert browser.get(path, headers={"Range": "bytes=9999999-"}).status_code == 416


@pytest.mark.parametrize(
    ("language", "given", "saved_as"),
    [
        ("fr", None, "Bulletin 2025-2026, étape 1.pdf"),
        ("en", None, "Report card 2025-2026, term 1.pdf"),
        ("en", "Bulletin – été « 1 ».PDF", "Bulletin – été « 1 ».PDF"),
        ("fr", "ᐃᓕᓐᓂᐊᕐᕕᒃ", "ᐃᓕᓐᓂᐊᕐᕕᒃ.pdf"),
    ],
)
def test_a_document_is_saved_under_a_name_that_its_reader_knows(
    system: SchoolSystem, browser: Browser, child: Child, card: str, language: str, given: str | None, saved_as: str
) -> None:
    send(system, pdf(), name=given)

    reply = browser.get(path_of(child, card), headers={"Accept-Language": language})

    assert parse_options_header(reply.headers["Content-Disposition"]) == ("attachment", {"filename": saved_as})


@pytest.mark.requirement("RE-04", "RE-05")
@pytest.mark.parametrize("state", ["draft", "withdrawn", "embargoed"])
def test_a_document_that_is_not_to_be_seen_is_reached_by_no_path(
    ctx: Context, browser: Browser, child: Child, organisation_id: str, clock: FakeClock, state: str
) -> None:
    kept = storing.keep(ctx, organisation_id=organisation_id, content=pdf())
    states = {
        "draft": {"state": publication.DRAFT},
        "withdrawn": {"state": publication.WITHDRAWN},
        "embargoed": {"available_at": clock.now() + timedelta(seconds=1)},
    }
    hidden = stand(
        ctx,
        kinds.REPORT_CARD,
        organisation_id=organisation_id,
        student_source_id=child.student_source_id,
        document_digest=kept.digest,
        document_size=kept.size,
        **states[state],
    )
    tag = f'"{kept.digest}"'
    conditions = [
        {},
        {"Range": "bytes=0-1"},
        {"Range": "bytes=99999-"},
        {"If-None-Match": tag},
        {"If-None-Match": "*"},
        {"If-Match": '"other"'},
        {"Range": "bytes=0-1", "If-Range": tag},
    ]
    for method in ("GET", "HEAD"):
        for headers in conditions:
            reply = browser.call(method, path_of(child, hidden), headers=headers)
            unknown = browser.call(method, path_of(child, ids.new()), headers=headers)

            assert (reply.status_code, told_of(reply)) == (404, told_of(unknown))
    assert "document-viewed" not in kinds_told(ctx)


def told_of(reply: Any) -> Any:
    """Return all that an answer tells, but for the id of its request."""
    document = {name: value for name, value in json.loads(reply.data or b"{}").items() if name != "request_id"}
    return reply.status_code, {name: value for name, value in reply.headers if name != "Content-Length"}, document


@pytest.mark.requirement("RE-05")
def test_a_document_is_there_with_its_moment(
    ctx: Context, browser: Browser, child: Child, organisation_id: str, clock: FakeClock
) -> None:
    kept = storing.keep(ctx, organisation_id=organisation_id, content=pdf())
    entry_id = stand(
        ctx,
        kinds.REPORT_CARD,
        organisation_id=organisation_id,
        student_source_id=child.student_source_id,
        document_digest=kept.digest,
        document_size=kept.size,
        available_at=clock.now() + DAY,
    )

    clock.advance(DAY - timedelta(microseconds=1))
    before = browser.get(path_of(child, entry_id)).status_code
    clock.advance(timedelta(microseconds=1))

    assert (before, browser.get(path_of(child, entry_id)).data) == (404, pdf())


@pytest.mark.requirement("CHD-13")
def test_a_document_of_somebody_elses_child_is_not_found(
    system: SchoolSystem,
    browser: Browser,
    make_browser: Callable[..., Browser],
    told: Enrollment,
    child: Child,
    card: str,
    organisation_id: str,
) -> None:
    send(system, pdf())
    sister = told.make_child(organisation_id)
    told.link(sister)
    told.link(child, account_id=OTHER_ACCOUNT, rights=("motivate_absences",))

    assert browser.get(path_of(child, card)).status_code == 200
    # By the path of another child, though it is the same parent's; by another kind's; without the right; by nobody.
    assert browser.get(path_of(sister, card)).status_code == 404
    assert browser.get(path_of(child, card, path="statements")).status_code == 404
    assert make_browser(account_id=OTHER_ACCOUNT).get(path_of(child, card)).status_code == 404
    assert make_browser(account_id=None).get(path_of(child, card)).status_code == 401
    told.unlink(child)
    assert browser.get(path_of(child, card)).status_code == 404


@pytest.mark.requirement("RE-17")
def test_a_document_of_a_tile_that_is_not_offered_is_not_found(
    system: SchoolSystem, browser: Browser, child: Child, card: str
) -> None:
    send(system, pdf())
    system.put("/tiles", {"tiles": ["messages"]})

    assert browser.get(path_of(child, card)).status_code == 404


def test_each_reading_of_a_document_is_told_and_nothing_else_is(
    system: SchoolSystem, browser: Browser, ctx: Context, child: Child, card: str, clock: FakeClock
) -> None:
    send(system, pdf())
    path = path_of(child, card)
    tag = browser.call("HEAD", path).headers["ETag"]
    for headers in ({"If-None-Match": tag}, {"If-Match": '"other"'}, {"Range": "bytes=9999-"}):
        browser.get(path, headers=headers)
    system.get(DOCUMENT)
    assert events_told(ctx, "document-viewed") == []

    browser.get(path)
    browser.get(path)
    (first, second) = events_told(ctx, "document-viewed")
    assert first == second
    assert (first["record_id"], first["child_id"], first["kind"]) == (card, child.id, kinds.REPORT_CARD)

    # Parts of one reading are one reading; it takes an hour at most.
    for start in range(10):
        browser.get(path, headers={"Range": f"bytes={start}-{start}"})
    assert len(events_told(ctx, "document-viewed")) == 2
    clock.advance(timedelta(hours=1))
    for start in range(10):
        browser.get(path, headers={"Range": f"bytes={start}-{start}"})
    assert len(events_told(ctx, "document-viewed")) == 3


def test_a_document_that_the_store_has_lost_is_said_to_be_and_logged(
    system: SchoolSystem, browser: Browser, ctx: Context, child: Child, card: str
) -> None:
    digest = send(system, pdf()).json["sha256"]
    organisation_id = child.organisation_id
    ctx.objects.delete(storing.key_of(organisation_id=organisation_id, digest=digest))

    with capture_logs() as logged:
        replies = [browser.get(path_of(child, card)), system.get(DOCUMENT)]

    assert [(reply.status_code, reply.json["code"]) for reply in replies] == [(503, "document_unreadable")] * 2
    assert [line["entry_id"] for line in logged if line["event"] == "document_missing"] == [card, card]
    assert events_told(ctx, "document-viewed") == []
    # The school sends it again, and it is there again.
    send(system, pdf())
    assert browser.get(path_of(child, card)).data == pdf()


def test_a_corrected_report_card_has_another_document(
    system: SchoolSystem, browser: Browser, child: Child, card: str
) -> None:
    first = browser.get(path_of(child, card))
    send_card(system, child, comments=["Autrement."])
    held = {"If-None-Match": first.headers["ETag"]}
    second = browser.get(path_of(child, card), headers=held)
    assert (second.status_code, second.data[:5]) == (200, b"%PDF-")
    assert second.data != first.data
    # The one before the correction is given to nobody any more, not in part either.
    rest = browser.get(path_of(child, card), headers={"Range": "bytes=0-9", "If-Range": first.headers["ETag"]})
    assert (rest.status_code, rest.data) == (200, second.data)


def lose(ctx: Context, child: Child, digest: str) -> None:
    ctx.objects.delete(storing.key_of(organisation_id=child.organisation_id, digest=digest))


def test_a_made_document_that_the_store_has_lost_is_made_anew(
    system: SchoolSystem, browser: Browser, ctx: Context, child: Child, card: str
) -> None:
    first = browser.get(path_of(child, card))
    lose(ctx, child, first.get_etag()[0])
    again = browser.get(path_of(child, card), headers={"Range": "bytes=0-9", "If-Range": first.headers["ETag"]})
    assert (again.status_code, again.data) == (206, first.data[:10])
    lose(ctx, child, first.get_etag()[0])
    assert system.get(DOCUMENT).data == first.data
    assert browser.get(path_of(child, card)).data == first.data


def test_a_made_document_that_is_damaged_in_the_store_is_made_anew(
    browser: Browser, ctx: Context, child: Child, card: str
) -> None:
    first = browser.get(path_of(child, card))
    key = storing.key_of(organisation_id=child.organisation_id, digest=first.get_etag()[0])
    ctx.objects.put(key, first.data[:100], media_type="application/pdf")
    assert browser.get(path_of(child, card)).data == first.data


def test_a_lost_document_whose_page_is_set_otherwise_by_now_is_another_one(
    browser: Browser, ctx: Context, child: Child, card: str
) -> None:
    first = browser.get(path_of(child, card))
    # As an earlier version of the page would have made it.
    of_old = pdf("an earlier page")
    digest = hashlib.sha256(of_old).hexdigest()
    with ctx.db.transaction() as session:
        session.execute(update(MadeDocument).values(digest=digest, size=len(of_old)))
    lost = browser.get(path_of(child, card))
    assert (lost.status_code, lost.json["code"], lost.headers["Retry-After"]) == (503, "unavailable", "1")
    assert len(events_told(ctx, "document-viewed")) == 1
    after = browser.get(path_of(child, card))
    assert (after.data, after.headers["ETag"]) == (first.data, first.headers["ETag"])


def test_a_document_that_is_cut_off_in_the_store_is_not_given_out(
    system: SchoolSystem, browser: Browser, ctx: Context, child: Child, card: str
) -> None:
    digest = send(system, pdf()).json["sha256"]
    key = storing.key_of(organisation_id=child.organisation_id, digest=digest)
    ctx.objects.put(key, pdf()[:-1], media_type="application/pdf")

    with capture_logs() as logged:
        reply = browser.get(path_of(child, card))

    assert (reply.status_code, reply.json["code"]) == (503, "document_unreadable")
    assert "document_damaged" in {line["event"] for line in logged}


def test_a_store_that_is_away_makes_documents_unavailable_and_nothing_else(
    make_context: Callable[..., Context], system: SchoolSystem, child: Child, card: str, ctx: Context
) -> None:
    send(system, pdf())
    without = make_context(documents_url="file:///dev/null/documents")
    browser, school = Browser(without), SchoolSystem(without, passport=system.passport)

    reply, sending_reply = browser.get(path_of(child, card)), send(school, pdf("two"))

    for refused in (reply, sending_reply):
        assert (refused.status_code, refused.json["code"], refused.headers["Retry-After"]) == (503, "unavailable", "10")
    assert browser.get(f"/children/{child.id}/report-cards").status_code == 200
    # What could not be kept has changed nothing.
    assert system.get(DOCUMENT).data == pdf()


# What dies half-way, and what runs at once.


class Died(BaseException):
    """The process is gone."""


class DyingStore(ObjectStore):
    """A store whose process dies once the object is there."""

    def put(self, key: str, content: bytes | Path, *, media_type: str) -> None:
        super().put(key, content, media_type=media_type)
        raise Died


def test_a_process_that_dies_between_file_and_row_leaves_the_entry_as_it_was(
    system: SchoolSystem,
    make_context: Callable[..., Context],
    folder_store_url: str,
    ctx: Context,
    clock: FakeClock,
    tmp_path: Path,
) -> None:
    send(system, pdf("one"))
    file = tmp_path / "upload"
    file.write_bytes(pdf("two"))
    dying = Context.open(ctx.settings, db=ctx.db, clock=clock, objects=DyingStore(folder_store_url))

    with pytest.raises(Died):
        sending.send_document(
            dying,
            organisation_code=ORGANISATION_CODE,
            client_id=None,
            kind=kinds.REPORT_CARD,
            source_id="bulletin-1",
            path=file,
            name=None,
        )

    assert system.get(DOCUMENT).data == pdf("one")
    assert len(list(ctx.objects.list_below())) == 2
    clock.advance(2 * DAY)
    assert storing.sweep(ctx) == 1
    assert system.get(DOCUMENT).data == pdf("one")
    # The same file again is kept again.
    assert send(system, pdf("two")).status_code == 200
    assert system.get(DOCUMENT).data == pdf("two")


def test_documents_sent_at_once_leave_one_that_is_there_and_a_revision_of_each_other(
    system: SchoolSystem, make_school_system: MakeSystem, ctx: Context
) -> None:
    contents = [pdf(f"number {number}") for number in range(4)]
    systems = [make_school_system("records.write") for _ in contents]
    for round_ in range(1, 6):
        revisions = sent_at_once(systems, contents)

        assert max(revisions) == system.get(CARDS).json["revision"]
        # One of them may be there already, from the round before.
        assert max(revisions) > 3 * round_
        assert system.get(DOCUMENT).data in contents
        with ctx.db.read() as session:
            kept = session.scalars(select(Revision.revision).order_by(Revision.revision)).all()
        assert list(kept) == list(range(1, max(revisions)))


def test_the_same_document_sent_at_once_is_one_revision(system: SchoolSystem, make_school_system: MakeSystem) -> None:
    systems = [make_school_system("records.write") for _ in range(4)]
    for round_ in range(1, 6):
        assert set(sent_at_once(systems, [pdf(f"round {round_}")] * 4)) == {round_ + 1}


def sent_at_once(systems: list[SchoolSystem], contents: list[bytes]) -> list[int]:
    barrier = threading.Barrier(len(systems))

    def send_one(system: SchoolSystem, content: bytes) -> int:
        barrier.wait()
        revision: int = send(system, content).json["revision"]
        return revision

    with ThreadPoolExecutor(len(systems)) as pool:
        return list(pool.map(send_one, systems, contents))
