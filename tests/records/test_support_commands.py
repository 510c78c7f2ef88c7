"""What an operator types about the requests for help that are no school's."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.records.commands import commands
from services.records.context import Context
from services.records.operations import support
from tests.support import pictures
from tests.support.passports import ORGANISATION_CODE
from tests.support.records import Child
from tests.support.support_requests import ASKED, asked

_RINGS = ("passport_keys", "seal_keys", "pseudonym_keys", "signing_keys")


@pytest.fixture
def run(ctx: Context, tmp_path: Path) -> Callable[..., str]:
    """Type a command beside the service; return what it said."""
    settings = ctx.settings
    variables = {
        "RECORDS_DATABASE_URL": settings.database_url,
        "RECORDS_BROKER_URL": f"embedded:///{tmp_path}/log.db",
        "RECORDS_SMTP_URL": settings.smtp_url,
        "RECORDS_DOCUMENTS_URL": settings.documents_url,
        "PUBLIC_URL": settings.public_url,
        **{f"RECORDS_{ring.upper()}": ",".join(getattr(settings, ring)) for ring in _RINGS},
    }

    def type_in(*words: str, status: int = 0) -> str:
        result = CliRunner().invoke(commands, ["support-requests", *words], env=variables)
        assert result.exit_code == status, result.output
        return result.output

    return type_in


@pytest.mark.requirement("XC-02")
def test_an_operator_lists_shows_and_deals_with_what_is_no_schools(
    ctx: Context, run: Callable[..., str], tmp_path: Path
) -> None:
    assert "No request waits" in run("list")
    reference = support.submit_request(ctx, **asked(screenshot=pictures.PNG))
    listed = run("list")
    assert f"{reference}  {ctx.clock.now():%Y-%m-%d}  fr  with a screenshot" in listed
    assert [said for said in ASKED.values() if said in listed] == []
    file = tmp_path / "capture.png"
    shown = run("show", reference.lower(), "--screenshot", str(file))
    assert f"child_name: {ASKED['child_name']}" in shown
    assert file.read_bytes() == pictures.PNG
    run("handle", reference)
    assert "No request waits" in run("list")
    assert "dealt with" in run("list", "--all")


@pytest.mark.requirement("XC-02")
def test_an_operator_sends_a_request_to_a_school_and_sees_it_no_more(
    ctx: Context, organisation_id: str, run: Callable[..., str]
) -> None:
    reference = support.submit_request(ctx, **asked())
    assert "organisation_not_subscribed" in run("send", reference, "999000", status=1)
    assert "Sent." in run("send", reference, ORGANISATION_CODE, "--school", "ecole-1")
    fed = support.list_requests(ctx, organisation_code=ORGANISATION_CODE, since=0, limit=10)
    assert [(each["reference"], each["school_source_id"]) for each in fed.items] == [(reference, "ecole-1")]
    for words in (("show",), ("handle",), ("send", ORGANISATION_CODE)):
        assert "not_found" in run(words[0], reference, *words[1:], status=1)


def test_an_operator_is_shown_nothing_of_a_schools(ctx: Context, child: Child, run: Callable[..., str]) -> None:
    reference = support.submit_request(ctx, **asked(child_id=child.id))
    assert "No request waits" in run("list", "--all")
    assert "not_found" in run("show", reference, status=1)
