import base64
import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from services.records.api import verification_pages
from services.records.context import Context
from services.records.models import Entry, Organisation, SigningKey
from services.records.operations import entries, releases, telling, verifying
from services.records.operations.documents import making, sending
from services.records.operations.verifying import Verdict
from services.records.queries.evidence import find_signed_entry
from services.records.rules import kinds
from services.records.rules.signatures import GENUINE, NOT_GENUINE, REPLACED, WITHDRAWN
from shared.problems import NotFound, Unavailable
from shared.signing import SigningKeys
from tests.support import forged_statements
from tests.support.clock import FakeClock
from tests.support.entries import read
from tests.support.passports import ORGANISATION_CODE
from tests.support.records import Browser

SIGNED = sorted(name for name, kind in kinds.KINDS.items() if kind.is_signed)
NOTHING = Verdict(status=NOT_GENUINE)
WHOSE: dict[str, Any] = {"organisation_code": ORGANISATION_CODE, "client_id": "client-1"}
NEW_KEY = "another-signing-key-of-the-tests-01234"
OLD_KEY = "signing-key-of-the-tests-0123456789012"


class School:
    """What the system of the organisation of the tests does with one entry."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx

    def write(self, kind: str = kinds.RESULT, *, source_id: str = "r-1", **said: Any) -> Any:
        """Write the entry, or correct it; return it as it stands."""
        entries.write_entry(self.ctx, **WHOSE, kind=kind, source_id=source_id, sent=read(kind, **said))
        return self.find(kind, source_id=source_id)

    def find(self, kind: str = kinds.RESULT, *, source_id: str = "r-1") -> Any:
        with self.ctx.db.read() as session:
            wanted = Entry.kind == kind, Entry.source_id == source_id
            entry_id = session.query(Entry.id).filter(*wanted).scalar()
            return find_signed_entry(session, entry_id=entry_id)

    def publish(self, kind: str = kinds.RESULT, *, available_at: datetime | None = None) -> None:
        entries.publish_entry(self.ctx, **WHOSE, kind=kind, source_id="r-1", available_at=available_at)

    def withdraw(self, kind: str = kinds.RESULT) -> None:
        entries.withdraw_entry(self.ctx, **WHOSE, kind=kind, source_id="r-1")


@pytest.fixture
def school(ctx: Context, organisation_id: str) -> School:
    return School(ctx)


@pytest.fixture
def anybody(make_browser: Callable[..., Browser]) -> Browser:
    """Somebody who is not signed in."""
    return make_browser(account_id=None)


def verify(ctx: Context, signature: str) -> str:
    return verifying.verify_signature(ctx, signature=signature).status


def claims_of(signature: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(signature.split(".")[1] + "=="))
    return found


@pytest.mark.parametrize("kind", [kind for kind in SIGNED if kind != kinds.MINISTERIAL_RESULT])
def test_verify_signature_tells_that_what_is_published_is_genuine(ctx: Context, school: School, kind: str) -> None:
    entry = school.write(kind)
    assert verifying.verify_signature(ctx, signature=entry.signature) == Verdict(
        status=GENUINE, kind=kind, organisation_code=ORGANISATION_CODE, issued_on=date(2026, 1, 15)
    )


def test_write_entry_signs_no_kind_that_is_not_signed(school: School) -> None:
    assert school.write(kinds.MESSAGE).signature is None


def test_signature_says_nothing_of_the_content(school: School) -> None:
    signature = school.write(kinds.RESULT, mark="82 %", comment="Élodie Gagnon travaille bien.").signature
    claims = claims_of(signature)
    assert set(claims) == {"iss", "jti", "rev", "kind", "org", "iat", "dig"}
    told = orjson.dumps({name: claims[name] for name in claims if name not in ("dig", "jti", "iat")}).decode()
    assert [word for word in ("82", "Élodie", "Gagnon", "eleve-1", "r-1", "Mathématique") if word in told] == []


def test_same_content_of_two_entries_has_two_digests(school: School) -> None:
    digests = [claims_of(school.write(source_id=f"r-{number}").signature)["dig"] for number in (1, 2)]
    assert len(set(digests)) == 2


def test_verify_signature_tells_that_a_correction_replaced_it(ctx: Context, school: School, clock: FakeClock) -> None:
    first = school.write(mark="82 %").signature
    clock.advance(timedelta(days=2))
    second = school.write(mark="84 %").signature
    assert first != second
    replaced = verifying.verify_signature(ctx, signature=first)
    assert (replaced.status, replaced.issued_on) == (REPLACED, date(2026, 1, 15))
    genuine = verifying.verify_signature(ctx, signature=second)
    assert (genuine.status, genuine.issued_on) == (GENUINE, date(2026, 1, 17))


def test_verify_signature_tells_that_it_was_withdrawn(ctx: Context, school: School) -> None:
    signature = school.write().signature
    school.withdraw()
    assert verify(ctx, signature) == WITHDRAWN
    school.publish()
    assert verify(ctx, signature) == GENUINE


@pytest.mark.requirement("RE-05")
@pytest.mark.parametrize("kind", [kinds.RESULT, kinds.REPORT_CARD])
def test_verify_signature_knows_no_draft(ctx: Context, school: School, kind: str) -> None:
    signature = school.write(kind, is_draft=True).signature
    assert verifying.verify_signature(ctx, signature=signature) == NOTHING
    school.publish(kind)
    assert verify(ctx, signature) == GENUINE


def test_verify_signature_says_the_day_on_which_it_was_shown(ctx: Context, school: School, clock: FakeClock) -> None:
    signature = school.write(available_at=(clock.now() + timedelta(days=3)).isoformat()).signature
    clock.advance(timedelta(days=3, minutes=1))
    # Whether or not it has been told since, and however often it is taken away and shown again.
    assert verifying.verify_signature(ctx, signature=signature).issued_on == date(2026, 1, 18)
    telling.tell_changes(ctx)
    school.withdraw()
    clock.advance(timedelta(days=1))
    school.publish()
    assert verifying.verify_signature(ctx, signature=signature).issued_on == date(2026, 1, 18)


@pytest.mark.requirement("RE-05")
def test_verify_knows_no_revision_that_nobody_was_shown(ctx: Context, school: School, clock: FakeClock) -> None:
    moment = clock.now() + timedelta(days=2)
    drafts = [
        school.write(kinds.REPORT_CARD, is_draft=True),
        school.write(kinds.REPORT_CARD, is_draft=True, comments=["Mieux."]),
        school.write(kinds.REPORT_CARD, comments=["Sous embargo."], available_at=moment.isoformat()),
    ]
    made = [making.make(ctx, entry=each, language="fr").digest for each in drafts]
    clock.move_to(moment - timedelta(hours=1))
    shown = school.write(kinds.REPORT_CARD, comments=["Enfin."], available_at=moment.isoformat())
    clock.move_to(moment)
    assert verify(ctx, shown.signature) == GENUINE
    assert {verify(ctx, each.signature) for each in drafts} == {NOT_GENUINE}
    assert {verifying.verify_document(ctx, digest=each).status for each in made} == {NOT_GENUINE}
    # Nobody has told of it yet: it was seen all the same, and its correction replaces it.
    clock.advance(timedelta(minutes=1))
    school.write(kinds.REPORT_CARD, comments=["Corrigé."], available_at=moment.isoformat())
    assert verify(ctx, shown.signature) == REPLACED
    assert {verify(ctx, each.signature) for each in drafts} == {NOT_GENUINE}
    assert {verifying.verify_document(ctx, digest=each).status for each in made} == {NOT_GENUINE}


def test_verify_signature_knows_nothing_under_an_embargo(ctx: Context, school: School, clock: FakeClock) -> None:
    moment = clock.now() + timedelta(hours=3)
    signature = school.write(available_at=moment.isoformat()).signature
    clock.move_to(moment - timedelta(microseconds=1))
    assert verifying.verify_signature(ctx, signature=signature) == NOTHING
    clock.move_to(moment)
    assert verify(ctx, signature) == GENUINE


def test_verify_signature_knows_nothing_that_was_withdrawn_before_anybody_saw_it(ctx: Context, school: School) -> None:
    signature = school.write(is_draft=True).signature
    school.withdraw()
    assert verifying.verify_signature(ctx, signature=signature) == NOTHING


@pytest.mark.requirement("RE-04")
def test_verify_signature_knows_no_ministerial_result_before_its_day(
    ctx: Context, school: School, clock: FakeClock
) -> None:
    signature = school.write(kinds.MINISTERIAL_RESULT, session="2026-01", exam_on="2026-01-12").signature
    clock.move_to(datetime(2026, 1, 22, 4, 59, 59, tzinfo=UTC))
    assert verifying.verify_signature(ctx, signature=signature) == NOTHING
    clock.move_to(datetime(2026, 1, 22, 5, tzinfo=UTC))
    assert verify(ctx, signature) == GENUINE


def test_publishing_a_release_makes_all_its_signatures_genuine_at_once(ctx: Context, school: School) -> None:
    signatures = [school.write(source_id=f"r-{number}", release="E1").signature for number in range(5)]
    assert {verify(ctx, each) for each in signatures} == {NOT_GENUINE}
    releases.decide_release(ctx, organisation_code=ORGANISATION_CODE, code="E1", is_published=True, available_at=None)
    assert {verify(ctx, each) for each in signatures} == {GENUINE}


@pytest.mark.parametrize(
    "changed",
    [
        {"content": '{"mark":"100 %"}'},
        {"salt": bytes(16)},
        {"signature": None},
        {"document_digest": "ab" * 32},
        {"kind": kinds.STATEMENT},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_verify_signature_refuses_a_row_that_was_changed_behind_our_back(
    ctx: Context, school: School, changed: dict[str, Any]
) -> None:
    signature = school.write().signature
    with ctx.db.transaction() as session:
        session.execute(update(Entry).values(**changed))
    assert verifying.verify_signature(ctx, signature=signature) == NOTHING


def test_verify_signature_refuses_the_entry_of_an_organisation_that_has_not_signed_it(
    ctx: Context, school: School
) -> None:
    signature = school.write().signature
    with ctx.db.transaction() as session:
        session.execute(update(Organisation).values(code="999000"))
    assert verifying.verify_signature(ctx, signature=signature) == NOTHING


def test_verify_signature_refuses_a_signature_of_another_entry(ctx: Context, school: School) -> None:
    one, other = (school.write(source_id=f"r-{number}") for number in (1, 2))
    with ctx.db.transaction() as session:
        session.execute(update(Entry).where(Entry.id == one.id).values(signature=other.signature))
    assert verify(ctx, one.signature) == NOT_GENUINE
    assert verify(ctx, other.signature) == GENUINE


FORGED: dict[str, dict[str, Any]] = {
    "a revision to come": {"rev": 2},
    "no revision at all": {"rev": 0, "jti": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9ff"},
    "an entry that there is not": {"jti": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9ff"},
    "an entry that is none": {"jti": "' OR 1=1 --"},
    "another kind": {"kind": kinds.REPORT_CARD},
    "another organisation": {"org": "999999"},
    "another content": {"dig": "A" * 43},
    "another moment": {"iat": 1},
}


@pytest.mark.parametrize("changed", FORGED.values(), ids=[*FORGED])
def test_verify_signature_refuses_what_even_our_own_key_has_signed_for_nothing(
    ctx: Context, school: School, changed: dict[str, Any]
) -> None:
    signature = ctx.signing.sign(claims_of(school.write().signature) | changed)
    assert verifying.verify_signature(ctx, signature=signature) == NOTHING


def test_verify_signature_refuses_whatever_was_tampered_with(ctx: Context, school: School) -> None:
    claims = claims_of(school.write().signature)
    forged = forged_statements.of(ctx.signing, claims)
    assert len(forged) >= 20
    verdicts = {name: verifying.verify_signature(ctx, signature=each) for name, each in forged.items()}
    assert {name: verdict for name, verdict in verdicts.items() if verdict != NOTHING} == {}
    assert verify(ctx, ctx.signing.sign(claims)) == GENUINE


def test_verify_signature_refuses_whoever_signs_by_another_key(ctx: Context, school: School) -> None:
    claims = claims_of(school.write().signature)
    for stranger in (SigningKeys([NEW_KEY], purpose="records"), SigningKeys([OLD_KEY], purpose="passports")):
        assert verifying.verify_signature(ctx, signature=stranger.sign(claims)) == NOTHING


def test_signatures_of_a_key_that_left_the_ring_stay_genuine(
    school: School, make_context: Callable[..., Context]
) -> None:
    old = school.write()
    overlapping = make_context(signing_keys=(OLD_KEY, NEW_KEY))
    new = School(overlapping).write(source_id="r-2")
    later = make_context(signing_keys=(NEW_KEY,))
    assert [verify(later, each.signature) for each in (old, new)] == [GENUINE, GENUINE]
    kid = SigningKeys([OLD_KEY], purpose="records").newest_id
    assert [key["kid"] == kid for key in verifying.list_keys(later)["keys"]] == [True, False]


@pytest.mark.requirement("KEY-6")
def test_list_keys_tells_the_next_key_before_it_has_signed(make_context: Callable[..., Context]) -> None:
    keys = verifying.list_keys(make_context(signing_keys=(OLD_KEY, NEW_KEY)))["keys"]
    assert [key["alg"] for key in keys] == ["Ed25519", "Ed25519"]
    assert [name for key in keys for name in key if name in ("d", "k", "p")] == []


@pytest.mark.requirement("KEY-5")
def test_signatures_of_a_revoked_key_are_worth_nothing(ctx: Context, school: School) -> None:
    entry = school.write(kinds.REPORT_CARD)
    made = making.make(ctx, entry=entry, language="fr")
    with ctx.db.transaction() as session:
        session.execute(update(SigningKey).values(revoked_at=ctx.clock.now()))
    assert verify(ctx, entry.signature) == NOT_GENUINE
    assert verifying.verify_document(ctx, digest=made.digest) == NOTHING
    assert verifying.list_keys(ctx)["keys"] == []


def test_document_that_was_made_is_genuine_to_the_byte(ctx: Context, school: School, clock: FakeClock) -> None:
    entry = school.write(kinds.REPORT_CARD)
    french, english = (making.make(ctx, entry=entry, language=each) for each in ("fr", "en"))
    assert french.digest != english.digest
    assert {verifying.verify_document(ctx, digest=each.digest).status for each in (french, english)} == {GENUINE}
    clock.advance(timedelta(days=1))
    school.write(kinds.REPORT_CARD, comments=["Autrement."])
    replaced = verifying.verify_document(ctx, digest=french.digest)
    assert (replaced.status, replaced.kind) == (REPLACED, kinds.REPORT_CARD)
    school.withdraw(kinds.REPORT_CARD)
    assert verifying.verify_document(ctx, digest=french.digest).status == WITHDRAWN


@pytest.mark.parametrize("withdrawn", ["r-1", "r-2"])
def test_verify_document_goes_by_the_entry_where_it_still_stands(
    ctx: Context, school: School, tmp_path: Path, withdrawn: str
) -> None:
    # The same form for two students, of whom one has it no more.
    path = tmp_path / "form.pdf"
    path.write_bytes(b"%PDF-1.7\n%%EOF\n")
    for name in ("r-1", "r-2"):
        school.write(kinds.TAX_SLIP, source_id=name)
        sent = sending.send_document(ctx, **WHOSE, kind=kinds.TAX_SLIP, source_id=name, path=path, name=None)
    entries.withdraw_entry(ctx, **WHOSE, kind=kinds.TAX_SLIP, source_id=withdrawn)
    assert verifying.verify_document(ctx, digest=sent.sha256).status == GENUINE


def test_document_of_a_row_that_was_changed_behind_our_back_is_not_genuine(ctx: Context, school: School) -> None:
    made = making.make(ctx, entry=school.write(kinds.STATEMENT), language="fr")
    with ctx.db.transaction() as session:
        session.execute(update(Entry).values(content='{"balance":"0.00"}'))
    assert verifying.verify_document(ctx, digest=made.digest) == NOTHING


def test_make_keeps_the_same_document_for_whoever_asks_again(ctx: Context, school: School) -> None:
    entry = school.write(kinds.STATEMENT)
    first = making.make(ctx, entry=entry, language="fr")
    assert making.make(ctx, entry=entry, language="fr") == first
    content = b"".join(ctx.objects.get(f"{entry.organisation_id}/{first.digest}"))
    assert content.startswith(b"%PDF-")
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (first.digest, first.size)


def test_make_makes_it_once_for_sixteen_who_ask_at_once(ctx: Context, school: School) -> None:
    entry = school.write(kinds.STATEMENT)
    together = threading.Barrier(16)

    def ask(_number: int) -> str:
        together.wait()
        return making.make(ctx, entry=entry, language="fr").digest

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(ask, range(16)))) == 1


def test_make_makes_no_document_of_other_kinds(ctx: Context, school: School) -> None:
    with pytest.raises(NotFound):
        making.make(ctx, entry=school.write(kinds.TAX_SLIP), language="fr")


def test_make_sends_away_whoever_waits_too_long(make_context: Callable[..., Context], school: School) -> None:
    ctx = make_context(document_patience=timedelta(0))
    with ctx.typesetter.place(), pytest.raises(Unavailable):
        making.make(ctx, entry=school.write(kinds.STATEMENT), language="fr")


# What anybody asks over HTTP.


def test_api_verifies_a_signature_for_somebody_who_is_not_signed_in(anybody: Browser, school: School) -> None:
    answer = anybody.post("/verifications", {"signature": school.write().signature})
    assert (answer.status_code, answer.json) == (
        200,
        {"status": "genuine", "kind": "result", "organisation_code": ORGANISATION_CODE, "issued_on": "2026-01-15"},
    )


def test_api_verifies_a_pdf(ctx: Context, anybody: Browser, school: School) -> None:
    entry = school.write(kinds.REPORT_CARD)
    made = making.make(ctx, entry=entry, language="fr")
    content = b"".join(ctx.objects.get(f"{entry.organisation_id}/{made.digest}"))
    genuine = anybody.call("POST", "/verifications", data=content, content_type="application/pdf")
    assert (genuine.status_code, genuine.json["status"], genuine.json["kind"]) == (200, "genuine", "report_card")
    forged = anybody.call("POST", "/verifications", data=content + b"\n", content_type="application/pdf")
    assert forged.json == {"status": "not_genuine", "kind": None, "organisation_code": None, "issued_on": None}


def test_api_answers_a_draft_and_a_forgery_alike(anybody: Browser, school: School) -> None:
    draft = anybody.post("/verifications", {"signature": school.write(is_draft=True).signature})
    forgery = anybody.post("/verifications", {"signature": "a.b.c"})
    assert (draft.status_code, draft.data) == (forgery.status_code, forgery.data)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"json": {}}, 422),
        ({"json": {"signature": ""}}, 422),
        ({"json": {"signature": None}}, 422),
        ({"json": {"signature": ["a"]}}, 422),
        ({"json": {"signature": "a" * 3000}}, 422),
        ({"json": {"signature": "a.b.c", "more": 1}}, 422),
        ({"json": [1]}, 422),
        ({"data": b"{", "content_type": "application/json"}, 400),
        ({"data": b"x", "content_type": "text/plain"}, 415),
        ({"data": b""}, 415),
        ({"data": b'{"signature": "' + b"a" * 70_000, "content_type": "application/json"}, 413),
        ({"data": b"x" * (10 * 1024 * 1024 + 1), "content_type": "application/pdf"}, 413),
    ],
)
def test_api_refuses_what_is_no_question(anybody: Browser, school: School, asked: dict[str, Any], status: int) -> None:
    answer = anybody.call("POST", "/verifications", **asked)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_api_lists_the_keys_for_everybody_and_lets_them_be_kept_a_while(anybody: Browser, ctx: Context) -> None:
    answer = anybody.get("/verification-keys")
    assert (answer.status_code, answer.mimetype) == (200, "application/jwk-set+json")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert [key["kid"] for key in orjson.loads(answer.data)["keys"]] == [ctx.signing.newest_id]


def test_api_logs_neither_signature_nor_entry(
    anybody: Browser, school: School, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = school.write()
    capsys.readouterr()
    anybody.post("/verifications", {"signature": entry.signature})
    anybody.prefix = ""
    anybody.get(f"/verification/{entry.signature}")
    printed = "".join(capsys.readouterr())
    assert "verified" in printed
    assert [each for each in (entry.signature, entry.signature[:60], entry.id) if each in printed] == []


@pytest.fixture
def reader(anybody: Browser) -> Browser:
    """Somebody who follows a code."""
    anybody.prefix = ""
    return anybody


def test_page_says_in_both_languages_what_the_code_is_worth(reader: Browser, school: School) -> None:
    signature = school.write(kinds.REPORT_CARD).signature
    answer = reader.get(f"/verification/{signature}")
    page = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    for said in (
        '<section lang="fr" class="verdict genuine"><h2>Ce code est authentique</h2>',
        '<section lang="en" class="verdict genuine"><h2>This code is genuine</h2>',
        "<dd>Bulletin ou première communication</dd>",
        f"<dd>code {ORGANISATION_CODE} du ministère de l’Éducation</dd>",
        "<dd>15\u00a0janvier 2026</dd>",
        "<dd>January\u00a015, 2026</dd>",
    ):
        assert said in page, said
    assert signature not in page


@pytest.mark.parametrize(
    ("status", "heading"), [(REPLACED, "remplacé"), (WITHDRAWN, "retiré"), (NOT_GENUINE, "n’est pas")]
)
def test_page_says_so_when_it_is_not_genuine_any_more(
    reader: Browser, school: School, status: str, heading: str
) -> None:
    signature = school.write().signature
    changes = {REPLACED: lambda: school.write(mark="9"), WITHDRAWN: school.withdraw, NOT_GENUINE: lambda: None}
    changes[status]()
    shown = {NOT_GENUINE: signature[:-4]}.get(status, signature)
    page = reader.get(f"/verification/{shown}").get_data(as_text=True)
    assert heading in page
    assert "82" not in page


def test_page_shows_what_an_organisation_is_called_as_text() -> None:
    verdict = Verdict(
        status=GENUINE, kind=kinds.RESULT, organisation_code="<script>1</script>", issued_on=date(2026, 1, 15)
    )
    page = verification_pages.answer(verdict).get_data(as_text=True)
    assert "&lt;script&gt;1&lt;/script&gt;" in page
    assert "<script" not in page


def test_page_runs_nothing_and_is_kept_nowhere(reader: Browser) -> None:
    answer = reader.get("/verification/%3Cscript%3Ealert(1)%3C%2Fscript%3E".replace("%2F", ""))
    assert answer.status_code == 200
    assert "<script" not in answer.get_data(as_text=True)
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; object-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"
