from collections.abc import Callable

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, select

from services.records.commands import commands
from services.records.context import Context
from services.records.models import StoredObject, SupportRequest
from services.records.operations.documents import auditing, storing
from services.records.queries.stored_objects import Named
from services.records.rules import kinds
from shared import ids
from shared.problems import Unavailable
from tests.support.clock import FakeClock
from tests.support.entries import stand
from tests.support.objects import CREDENTIALS

ORGANISATION = "01980a40-2c55-7a90-8a11-6e1c7f20b3d4"


@pytest.fixture
def ctx(make_context: Callable[..., Context], object_store_url: str) -> Context:
    """Records' context on both databases, with documents in a folder and in a store that speaks S3."""
    keys = {"documents_access_key": CREDENTIALS["access_key"], "documents_secret_key": CREDENTIALS["secret_key"]}
    return make_context(documents_url=object_store_url, **keys)


def keep(ctx: Context, content: str, *, whose: str = ORGANISATION) -> str:
    return storing.keep(ctx, organisation_id=whose, content=content.encode()).digest


def name(ctx: Context, digest: str) -> None:
    stand(ctx, kinds.REPORT_CARD, organisation_id=ORGANISATION, document_digest=digest, document_size=1)


def forget_claims(ctx: Context) -> None:
    with ctx.db.transaction() as session:
        session.execute(StoredObject.__table__.delete())


def test_check_documents_finds_nothing_where_all_is_well(ctx: Context, clock: FakeClock) -> None:
    for number in range(5):
        name(ctx, keep(ctx, f"{number}"))
    # On its way: claimed, and not named yet.
    keep(ctx, "coming")

    assert auditing.check_documents(ctx, page_size=2) == auditing.Audit(named=5, missing=(), unnamed=0)


def test_check_documents_names_what_the_store_has_lost(ctx: Context) -> None:
    digests = [keep(ctx, f"{number}") for number in range(5)]
    for digest in digests:
        name(ctx, digest)
        name(ctx, digest)
    screenshot = keep(ctx, "picture", whose="support")
    with ctx.db.transaction() as session:
        request = {"id": ids.new(), "reference": "AAAA-BBBB", "browser": "", "section": "", "language": "fr"}
        picture = {"screenshot_digest": screenshot, "screenshot_size": 1, "screenshot_type": "image/png"}
        session.execute(insert(SupportRequest), {**request, **picture, "submitted_at": ctx.clock.now()})
    lost = sorted([digests[1], digests[3]])
    for digest in lost:
        ctx.objects.delete(storing.key_of(organisation_id=ORGANISATION, digest=digest))
    ctx.objects.delete(storing.key_of(organisation_id="support", digest=screenshot))

    found = auditing.check_documents(ctx, page_size=2)

    assert (found.named, found.unnamed) == (6, 0)
    assert found.missing == (
        *(Named(organisation_id=ORGANISATION, digest=digest) for digest in lost),
        Named(organisation_id="support", digest=screenshot),
    )


def test_check_documents_has_the_sweep_take_what_nobody_names(ctx: Context, clock: FakeClock) -> None:
    named = keep(ctx, "named")
    name(ctx, named)
    for number in range(3):
        keep(ctx, f"left {number}")
    # The same content of another organisation is another file.
    storing.keep(ctx, organisation_id=ids.new(), content=b"named")
    # As after a restore of the database of a day before.
    forget_claims(ctx)
    ctx.objects.put("readme", b"not ours", media_type="text/plain")

    found = auditing.check_documents(ctx, page_size=2)
    early = storing.sweep(ctx)
    clock.advance(storing.GRACE * 2)

    assert (found.unnamed, found.missing, early) == (4, (), 0)
    assert storing.sweep(ctx) == 4
    assert {each.key for each in ctx.objects.list_below()} == {f"{ORGANISATION}/{named}", "readme"}
    with ctx.db.read() as session:
        assert session.scalars(select(StoredObject.key)).all() == []


def test_check_documents_says_when_the_store_is_away(make_context: Callable[..., Context]) -> None:
    with pytest.raises(Unavailable):
        auditing.check_documents(make_context(documents_url="file:///dev/null/documents"))


def test_documents_check_ends_with_1_when_files_are_missing(
    ctx: Context, monkeypatch: pytest.MonkeyPatch, records_url: str, object_store_url: str
) -> None:
    digest = keep(ctx, "one")
    name(ctx, digest)
    settings = {
        "RECORDS_DATABASE_URL": records_url,
        "RECORDS_BROKER_URL": "embedded:///unused",
        "RECORDS_SMTP_URL": "smtp://127.0.0.1:1",
        "RECORDS_DOCUMENTS_URL": object_store_url,
        "RECORDS_DOCUMENTS_ACCESS_KEY": CREDENTIALS["access_key"],
        "RECORDS_DOCUMENTS_SECRET_KEY": CREDENTIALS["secret_key"],
        "PUBLIC_URL": "https://portail.exemple.ca",
        **{
            f"RECORDS_{ring.upper()}_KEYS": f"{ring}-key-of-the-tests-0123456789-0123456789"
            for ring in ("passport", "seal", "pseudonym", "signing")
        },
    }
    for variable, value in settings.items():
        monkeypatch.setenv(variable, value)

    well = CliRunner().invoke(commands, ["documents", "check"])
    ctx.objects.delete(storing.key_of(organisation_id=ORGANISATION, digest=digest))
    ill = CliRunner().invoke(commands, ["documents", "check"])

    assert (well.exit_code, well.stdout) == (0, "1 files are named, 0 of them are missing; 0 have no name.\n")
    assert ill.exit_code == 1
    assert ill.stdout.startswith(f"missing  {ORGANISATION}/{digest}\n1 files are named, 1 of them are missing")
