"""Refused claims as schools see them: what differs, what was typed at most, and that somebody looked."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import marshmallow as ma
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from services.enrollment import schemas
from services.enrollment.commands import commands
from services.enrollment.context import Context
from services.enrollment.models import ClaimLook, JournalEntry
from services.enrollment.operations import claims, sweeping
from shared import ids
from shared.problems import Problem
from tests.support.clock import FakeClock
from tests.support.enrollment import ACCOUNT, PARENT, Pupil, Registry, SchoolSystem, environment, make_settings

CODE = "712000"


@pytest.fixture
def organisation_id(registry: Registry) -> str:
    """The organisation whose secretary looks."""
    return registry.make_organisation(code=CODE)


@pytest.fixture
def secretary(make_school_system: Callable[..., SchoolSystem]) -> SchoolSystem:
    """Its system."""
    return make_school_system(CODE, "claims.read")


def fits(schema: type[ma.Schema], document: Any, *, many: bool = False) -> bool:
    return schema(many=many, unknown=ma.RAISE).validate(document) in ({}, [])


def wait(ctx: Context, pupil: Pupil, **overrides: Any) -> str:
    """Have a claim refused, and compared behind the parent's back; return its reference."""
    asker = {"account_id": ACCOUNT, "email": PARENT, "address": "192.0.2.1"}
    with pytest.raises(Problem) as refusal:
        claims.claim_child(ctx, **{**asker, **pupil.claim, **overrides})
    claims.judge_due(ctx)
    reference: str = refusal.value.facts["support_reference"]
    return reference


def looks(ctx: Context) -> list[tuple[str | None, str | None]]:
    with ctx.db.read() as session:
        rows = session.execute(select(ClaimLook.client_id, ClaimLook.reference).order_by(ClaimLook.at, ClaimLook.id))
        return [(row.client_id, row.reference) for row in rows]


@pytest.mark.requirement("EN-14", "EN-15", "AUD-3")
def test_a_school_lists_its_refused_claims_with_the_fields_that_differ(
    ctx: Context, registry: Registry, organisation_id: str, secretary: SchoolSystem, clock: FakeClock
) -> None:
    pupil = registry.make_student(organisation_id=organisation_id, source_id="eleve-7")
    elsewhere = registry.make_student()
    wait(ctx, elsewhere, last_name="X")
    reference = wait(ctx, pupil, last_name="Cote-Gagnon", birth_on=date(2014, 3, 8))
    answer = secretary.get("/claims")
    assert (answer.status_code, fits(schemas.RejectedClaimOut, answer.json, many=True)) == (200, True)
    [shown] = answer.json
    assert shown == {
        "reference": reference,
        "status": "waiting",
        "outcome": None,
        "claimed_at": clock.now().isoformat(),
        "waits_until": (clock.now() + timedelta(days=60)).isoformat(),
        "ended_at": None,
        "differing": ["last_name", "birth_date"],
        "student_source_id": "eleve-7",
    }
    said = answer.get_data(as_text=True)
    assert [word for word in ("Cote-Gagnon", "2014-03-08", ACCOUNT, PARENT, "Éloïse") if word in said] == []
    assert looks(ctx) == [(secretary.passport.client_id, None)]


@pytest.mark.requirement("EN-15", "AUD-3")
def test_a_reference_shows_what_a_guardian_on_file_typed_and_nothing_else(
    ctx: Context, registry: Registry, organisation_id: str, secretary: SchoolSystem
) -> None:
    pupil = registry.make_student(organisation_id=organisation_id, source_id="eleve-7")
    reference = wait(ctx, pupil, last_name="Cote-Gagnon", identifier="7654321")
    # The number is nobody's; by its names without their accents it can mean one child alone.
    shown = secretary.get(f"/support-references/{reference}").json
    assert (shown["differing"], shown["student_source_id"]) == (["last_name", "identifier"], "eleve-7")
    assert shown["typed"] == {"last_name": "Cote-Gagnon", "identifier": "7654321"}
    reference = wait(ctx, pupil, last_name="Cote-Gagnon")
    answer = secretary.get(f"/support-references/{reference.lower()[:5]}-{reference.lower()[5:]}")
    assert (answer.status_code, fits(schemas.SupportReferenceOut, answer.json)) == (200, True)
    assert answer.json["typed"] == {"last_name": "Cote-Gagnon"}
    assert answer.json["identifier_kind"] == "file_number"
    number = wait(ctx, pupil, identifier="7654321")
    shown = secretary.get(f"/support-references/{number}").json
    assert (shown["differing"], shown["typed"]) == (["identifier"], {"identifier": "7654321"})
    assert (shown["student_source_id"], len(looks(ctx))) == ("eleve-7", 3)
    assert looks(ctx)[-1] == (secretary.passport.client_id, number)
    with ctx.db.read() as session:
        # The child's guardians do not learn from their journal that somebody else claims the child.
        assert session.scalars(select(JournalEntry.id)).all() == []


@pytest.mark.requirement("EN-15", "CHD-2")
@pytest.mark.parametrize(
    "typed",
    [{}, {"last_name": "Canari"}, {"identifier": "7654321"}, {"first_name": "Canari", "identifier": "7654321"}],
    ids=["right", "name", "number", "name and number"],
)
@pytest.mark.parametrize("is_on_another_file", [True, False])
def test_of_somebody_on_no_file_of_the_child_the_school_sees_no_word(
    ctx: Context,
    registry: Registry,
    organisation_id: str,
    secretary: SchoolSystem,
    is_on_another_file: bool,
    typed: dict[str, Any],
) -> None:
    pupil = registry.make_student(organisation_id=organisation_id, source_id="eleve-7")
    registry.make_student(
        organisation_id=organisation_id,
        given_name="Luc",
        guardian={True: "inconnu@exemple.ca", False: "autre@exemple.ca"}[is_on_another_file],
    )
    reference = wait(ctx, pupil, email="inconnu@exemple.ca", **typed)
    shown = secretary.get(f"/support-references/{reference}")
    assert (shown.status_code, shown.json["typed"]) == (200, {})
    said = shown.get_data(as_text=True)
    assert [word for word in ("Canari", "7654321", "inconnu", ACCOUNT) if word in said] == []


def test_a_permanent_code_is_never_shown(
    ctx: Context, registry: Registry, organisation_id: str, secretary: SchoolSystem
) -> None:
    pupil = registry.make_student(organisation_id=organisation_id)
    reference = wait(ctx, pupil, identifier="TREZ71531101")
    shown = secretary.get(f"/support-references/{reference}")
    assert (shown.json["differing"], shown.json["identifier_kind"]) == (["identifier"], "permanent_code")
    assert shown.json["typed"] == {}
    assert "TREZ" not in shown.get_data(as_text=True)


@pytest.mark.requirement("EN-15", "CHD-13")
def test_a_reference_of_another_organisation_is_the_same_as_none(
    ctx: Context, registry: Registry, organisation_id: str, secretary: SchoolSystem
) -> None:
    elsewhere = wait(ctx, registry.make_student(), last_name="X")
    answers = [secretary.get(f"/support-references/{each}") for each in (elsewhere, "K7M2Q9X4TZ", "x")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({str({**answer.json, "request_id": ""}) for answer in answers}) == 1
    # That somebody tried is written down, whatever it was.
    assert [reference for _, reference in looks(ctx)] == [elsewhere, "K7M2Q9X4TZ", None]


@pytest.mark.requirement("CHD-13")
def test_a_school_is_not_told_how_many_claims_others_refused(
    ctx: Context, registry: Registry, organisation_id: str, secretary: SchoolSystem
) -> None:
    wait(ctx, registry.make_student(organisation_id=registry.make_organisation()), last_name="X")
    page = secretary.get("/claims")
    assert (page.json, '"total": 0' in page.headers["X-Pagination"]) == ([], True)


def test_an_organisation_that_nobody_knows_has_no_claims(
    ctx: Context, make_school_system: Callable[..., SchoolSystem]
) -> None:
    stranger = make_school_system("999999", "claims.read")
    assert (stranger.get("/claims").status_code, stranger.get("/support-references/K7M2Q9X4TZ").status_code) == (
        404,
        404,
    )
    assert looks(ctx) == []


@pytest.mark.parametrize("path", ["/claims", "/support-references/K7M2Q9X4TZ"])
def test_a_system_without_the_scope_is_refused(
    ctx: Context, organisation_id: str, make_school_system: Callable[..., SchoolSystem], path: str
) -> None:
    answer = make_school_system(CODE, "claims.write", "registry.read").get(path)
    assert (answer.status_code, answer.json["code"], answer.json["scope"]) == (403, "scope_missing", "claims.read")
    assert looks(ctx) == []


def test_claims_are_listed_by_page_newest_first(
    ctx: Context, registry: Registry, organisation_id: str, secretary: SchoolSystem, clock: FakeClock
) -> None:
    pupil = registry.make_student(organisation_id=organisation_id)
    references = []
    for name in ("A", "B", "C"):
        references.append(wait(ctx, pupil, last_name=name, account_id=ids.new()))
        clock.advance(timedelta(minutes=1))
    pages = [secretary.get("/claims", query_string={"page": page, "page_size": 2}) for page in (1, 2, 3)]
    assert [[each["reference"] for each in page.json] for page in pages] == [references[:0:-1], references[:1], []]
    assert {'"total": 3' in page.headers["X-Pagination"] for page in pages} == {True}
    assert secretary.get("/claims", query_string={"status": "open"}).status_code == 422


@pytest.mark.requirement("EN-14")
def test_settled_and_expired_claims_are_listed_apart_without_what_was_typed(
    ctx: Context, registry: Registry, organisation_id: str, secretary: SchoolSystem, clock: FakeClock
) -> None:
    pupil = registry.make_student(organisation_id=organisation_id)
    expired = wait(ctx, pupil, first_name="Luc", account_id=ids.new())
    clock.advance(timedelta(days=59))
    settled = wait(ctx, pupil, last_name="X")
    claims.claim_child(ctx, account_id=ACCOUNT, email=PARENT, address="192.0.2.1", **pupil.claim)
    clock.advance(timedelta(days=2))
    sweeping.sweep(ctx)
    listed = {
        status: [(each["reference"], each["outcome"]) for each in secretary.get(f"/claims?status={status}").json]
        for status in ("waiting", "settled", "expired")
    }
    assert listed == {"waiting": [], "settled": [(settled, "claimed")], "expired": [(expired, "expired")]}
    shown = secretary.get(f"/support-references/{settled}")
    assert fits(schemas.SupportReferenceOut, shown.json)
    assert (shown.json["status"], shown.json["identifier_kind"], shown.json["typed"]) == ("settled", None, {})


def test_looks_are_forgotten_with_the_journal(
    ctx: Context, organisation_id: str, secretary: SchoolSystem, clock: FakeClock
) -> None:
    secretary.get("/claims")
    clock.advance(timedelta(days=5 * 365, seconds=1))
    assert sweeping.sweep(ctx)["claim_looks"] == 1
    assert looks(ctx) == []


# What an operator types


@pytest.fixture
def run(enrollment_url: str, tmp_path: Path) -> Callable[..., str]:
    """Type a command and return what it prints."""
    variables = environment(make_settings(enrollment_url), tmp_path)

    def type_in(*words: str, status: int = 0) -> str:
        result = CliRunner().invoke(commands, list(words), env=variables)
        assert result.exit_code == status, result.output
        return result.output

    return type_in


@pytest.mark.requirement("AUD-3")
def test_an_operator_lists_shows_and_judges_claims(
    make_context: Callable[..., Context], registry: Registry, organisation_id: str, run: Callable[..., str]
) -> None:
    # A command has a clock of its own.
    ctx = make_context(claims_wait=timedelta(days=36_500))
    pupil = registry.make_student(organisation_id=organisation_id, source_id="eleve-7")
    reference = wait(ctx, pupil, last_name="Cote-Gagnon")
    listed = run("claims", "list", CODE)
    assert reference in listed
    assert "last_name  student eleve-7" in listed
    assert "Cote-Gagnon" not in listed
    shown = run("claims", "show", reference)
    assert "typed last_name: Cote-Gagnon" in shown
    assert "1 judged, 0 settled." in run("claims", "judge", CODE)
    assert sorted(looks(ctx), key=str) == [(None, reference), (None, None)]
    run("claims", "show", "K7M2Q9X4TZ", status=1)
    for command in ("judge", "list"):
        assert "organisation_unknown" in run("claims", command, "999999", status=1)
