"""Issuing, listing and taking back PINs: the operation, the schools' door, the command (EN-02, CHD-14)."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from services.enrollment.__main__ import commands
from services.enrollment.context import Context
from services.enrollment.errors import ClaimMismatch, GuardianNotOnFile, PinUnknown, StudentUnknown
from services.enrollment.models import Guardian, JournalEntry, Pin
from services.enrollment.operations import claims, pins, sweeping
from services.enrollment.rules import pins as forms
from services.enrollment.schemas import IssuedPinOut, PinOut
from shared import ids
from tests.support.clock import FakeClock
from tests.support.databases import SqliteDatabases
from tests.support.enrollment import (
    ACCOUNT,
    Browser,
    Pupil,
    Registry,
    SchoolSystem,
    as_json,
    environment,
    make_settings,
    migrate,
)

CODE = "712000"
ELSEWHERE = "799000"
NEWCOMER = "nouveau@exemple.ca"


@pytest.fixture
def pupil(registry: Registry) -> Pupil:
    """A student of a school whose system knows it as `eleve-1`."""
    return registry.make_student(organisation_id=registry.make_organisation(code=CODE), source_id="eleve-1")


@pytest.fixture
def school(make_school_system: Callable[..., SchoolSystem], pupil: Pupil) -> SchoolSystem:
    """The system of that school, which may issue PINs."""
    return make_school_system(CODE, "pins.write")


def issue(ctx: Context, **overrides: Any) -> pins.IssuedPin:
    return pins.issue_pin(ctx, **{"organisation_code": CODE, "source_id": "eleve-1", "issued_by": "c", **overrides})


def listed(ctx: Context, **overrides: Any) -> list[dict[str, Any]]:
    return pins.list_pins(ctx, **{"organisation_code": CODE, "offset": 0, "limit": 50, **overrides}).items


def states(ctx: Context) -> list[str]:
    return [pin["state"] for pin in listed(ctx)]


def claim(ctx: Context, pupil: Pupil, pin: str) -> claims.Claimed:
    return claims.claim_child(ctx, account_id=ACCOUNT, email=NEWCOMER, address="192.0.2.1", pin=pin, **pupil.claim)


# The operation.


@pytest.mark.requirement("CHD-14", "AUD-3")
def test_issue_pin_keeps_a_digest_and_says_who_asked(ctx: Context, pupil: Pupil, clock: FakeClock) -> None:
    issued = issue(ctx, issued_by="system-of-the-school")
    assert forms.parse(issued.pin) is not None
    with ctx.db.read() as session:
        [row] = session.scalars(select(Pin))
        entries = [tuple(each) for each in session.execute(select(JournalEntry.role, JournalEntry.action))]
    typed = str(forms.parse(issued.pin))
    assert ctx.digester.agrees(row.digest, *forms.of_child(pupil.organisation_id, pupil.id, typed))
    assert (row.issued_by, row.attempts, row.expires_at) == (
        "system-of-the-school",
        0,
        clock.now() + timedelta(days=14),
    )
    assert entries == [("school", "pin_issued")]


@pytest.mark.requirement("CHD-14")
def test_issue_pin_voids_the_one_before_it_for_the_same_guardian_alone(
    ctx: Context, registry: Registry, pupil: Pupil
) -> None:
    mother, father = (
        registry.issue_pin(pupil, guardian_id=registry.make_guardian(pupil, email=None)) for _ in range(2)
    )
    nobody = issue(ctx)
    newer = issue(ctx, guardian_source_id=mother.guardian_source_id)
    again = issue(ctx)
    by_id = {pin["id"]: pin["state"] for pin in listed(ctx)}
    assert [by_id[pin.id] for pin in (mother, father, nobody, newer, again)] == ["void", "live", "void", "live", "live"]


def test_issue_pin_refuses_whoever_is_not_there(ctx: Context, registry: Registry, pupil: Pupil) -> None:
    registry.make_student(organisation_id=pupil.organisation_id, source_id="eleve-parti", status="gone")
    registry.make_organisation(code=ELSEWHERE)
    unknown: list[dict[str, Any]] = [
        {"source_id": "eleve-2"},
        {"source_id": "eleve-parti"},
        {"organisation_code": ELSEWHERE},
        {"organisation_code": "000000"},
    ]
    for asked in unknown:
        with pytest.raises(StudentUnknown):
            issue(ctx, **asked)
    of_another = registry.make_student(organisation_id=pupil.organisation_id, guardian=None)
    stranger = registry.source_id_of(Guardian, registry.make_guardian(of_another))
    for source_id in ("guardian-999", stranger):
        with pytest.raises(GuardianNotOnFile):
            issue(ctx, guardian_source_id=source_id)


def test_list_pins_says_what_became_of_each(ctx: Context, registry: Registry, pupil: Pupil, clock: FakeClock) -> None:
    claim(ctx, pupil, issue(ctx).pin)
    clock.advance(timedelta(minutes=1))
    issue(ctx)
    clock.advance(timedelta(minutes=1))
    issue(ctx)
    other = registry.make_student(organisation_id=pupil.organisation_id, source_id="eleve-2")
    registry.issue_pin(other)
    assert [(pin["student_source_id"], pin["state"], pin["has_link"]) for pin in listed(ctx)] == [
        ("eleve-1", "used", True),
        ("eleve-1", "void", False),
        ("eleve-1", "live", False),
        ("eleve-2", "live", False),
    ]
    assert [pin["state"] for pin in listed(ctx, source_id="eleve-1", offset=1)] == ["void", "live"]
    clock.advance(timedelta(days=14))
    assert states(ctx) == ["used", "void", "expired", "expired"]


@pytest.mark.requirement("CHD-14", "AUD-3")
def test_revoke_pin_voids_it_before_its_use(ctx: Context, pupil: Pupil) -> None:
    issued = issue(ctx)
    for _ in range(2):
        pins.revoke_pin(ctx, organisation_code=CODE, pin_id=issued.id)
    with pytest.raises(ClaimMismatch):
        claim(ctx, pupil, issued.pin)
    with ctx.db.read() as session:
        assert session.scalars(select(JournalEntry.action).order_by(JournalEntry.id)).all() == [
            "pin_issued",
            "pin_voided",
        ]


def test_revoke_pin_knows_no_other_schools_pins(ctx: Context, registry: Registry, pupil: Pupil) -> None:
    registry.make_organisation(code=ELSEWHERE)
    issued = issue(ctx)
    unknown: list[dict[str, Any]] = [
        {"organisation_code": ELSEWHERE},
        {"source_id": "eleve-2"},
        {"pin_id": ids.new()},
        {"pin_id": "x"},
    ]
    for asked in unknown:
        with pytest.raises(PinUnknown):
            pins.revoke_pin(ctx, **{"organisation_code": CODE, "pin_id": issued.id, **asked})
    assert states(ctx) == ["live"]


def test_sweep_keeps_a_pin_for_as_long_as_a_link_stands_by_it(
    ctx: Context, registry: Registry, pupil: Pupil, clock: FakeClock
) -> None:
    used = issue(ctx)
    claim(ctx, pupil, used.pin)
    issue(ctx)
    clock.advance(ctx.settings.journal_kept)
    assert sweeping.sweep(ctx)["pins"] == 0
    clock.advance(timedelta(days=15))
    assert sweeping.sweep(ctx)["pins"] == 1
    assert [pin["id"] for pin in listed(ctx)] == [used.id]


# The schools' door.


@pytest.mark.requirement("EN-02", "CHD-14")
def test_a_school_issues_a_pin_by_which_a_parent_proves_the_child(
    ctx: Context, registry: Registry, pupil: Pupil, school: SchoolSystem, make_browser: Callable[..., Browser]
) -> None:
    guardian_id = registry.make_guardian(pupil, email=None)
    named = {"guardian_source_id": registry.issue_pin(pupil, guardian_id=guardian_id).guardian_source_id}
    answer = school.post("/students/eleve-1/pins", named)
    assert (answer.status_code, IssuedPinOut().validate(answer.json)) == (201, {})
    assert answer.headers["Cache-Control"] == "no-store"
    parent = make_browser(email=NEWCOMER)
    claimed = parent.post("/claims", {**as_json(pupil), "pin": answer.json["pin"]})
    assert (claimed.status_code, claimed.json["child"]["status"]) == (201, "active")
    assert parent.get(f"/children/{pupil.id}").status_code == 200


def test_a_school_may_leave_the_guardian_out(school: SchoolSystem) -> None:
    answer = school.post("/students/eleve-1/pins", {})
    assert (answer.status_code, answer.json["guardian_source_id"]) == (201, None)


def test_a_repeated_request_gets_the_same_pin(ctx: Context, school: SchoolSystem) -> None:
    first, again = (
        school.post("/students/eleve-1/pins", {}, headers={"Idempotency-Key": "une-fois"}) for _ in range(2)
    )
    assert (first.json, first.status_code) == (again.json, again.status_code)
    assert states(ctx) == ["live"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/students/eleve-2/pins", {}, 404, "student_unknown"),
        ("/students/eleve-1/pins", {"guardian_source_id": "x"}, 422, "guardian_not_on_file"),
        ("/students/eleve-1/pins", {"guardian_source_id": ""}, 422, "validation_failed"),
        ("/students/eleve-1/pins", {"guardian_source_id": "a\x00"}, 422, "validation_failed"),
        ("/students/eleve-1/pins", {"pin": "ABCD-1234"}, 422, "validation_failed"),
    ],
)
def test_the_schools_door_says_what_is_wrong(
    school: SchoolSystem, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = school.post(path, body)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_a_school_lists_its_pins_and_takes_one_back(
    ctx: Context, pupil: Pupil, school: SchoolSystem, make_browser: Callable[..., Browser]
) -> None:
    issued = school.post("/students/eleve-1/pins", {}).json
    make_browser(email=NEWCOMER).post("/claims", {**as_json(pupil), "pin": issued["pin"]})
    answer = school.get("/students/eleve-1/pins")
    [pin] = answer.json
    assert PinOut().validate(pin) == {}
    assert (pin["id"], pin["state"], pin["has_link"]) == (issued["id"], "used", True)
    assert issued["pin"] not in answer.text
    assert school.delete(f"/students/eleve-1/pins/{issued['id']}").status_code == 204
    assert make_browser(email=NEWCOMER).get("/children").json == []
    assert school.get("/students/eleve-1/pins").json[0]["state"] == "void"


@pytest.mark.requirement("CHD-13")
def test_a_school_meets_its_own_pins_alone(
    registry: Registry, school: SchoolSystem, make_school_system: Callable[..., SchoolSystem]
) -> None:
    registry.make_organisation(code=ELSEWHERE)
    issued = school.post("/students/eleve-1/pins", {}).json
    other = make_school_system(ELSEWHERE, "pins.write")
    path = "/students/eleve-1/pins"
    answers = [other.get(path), other.post(path, {}), other.delete(f"{path}/{issued['id']}")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    poor = make_school_system(CODE, "registry.write")
    answers = [poor.get(path), poor.post(path, {}), poor.delete(f"{path}/{issued['id']}")]
    assert [(answer.status_code, answer.json["code"]) for answer in answers] == [(403, "scope_missing")] * 3


@pytest.mark.requirement("S2S-3")
def test_a_parent_issues_no_pin(browser: Browser, pupil: Pupil) -> None:
    for answer in (
        browser.call("POST", "/students/eleve-1/pins", prefix="/school/v1", json={}),
        browser.call("GET", "/students/eleve-1/pins", prefix="/school/v1"),
    ):
        assert answer.status_code == 403


# The command.


@pytest.mark.requirement("CHD-14")
def test_an_operator_issues_lists_and_takes_back(
    sqlite_databases: SqliteDatabases, clock: FakeClock, tmp_path: Path
) -> None:
    # The command opens a database of its own, which a program closes by ending.
    settings = make_settings(sqlite_databases.create(migrate))
    ctx = Context.open(settings, clock=clock)
    registry = Registry(ctx)
    pupil = registry.make_student(organisation_id=registry.make_organisation(code=CODE), source_id="eleve-1")
    guardian = registry.issue_pin(pupil, guardian_id=registry.make_guardian(pupil)).guardian_source_id

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(commands, ["pins", *arguments], env=environment(settings, tmp_path))

    issued = run("issue", CODE, "eleve-1", "--guardian", str(guardian))
    assert issued.exit_code == 0
    shown = issued.output.splitlines()[-1].split()[0]
    assert forms.parse(shown) is not None
    report = run("list", CODE, "--student", "eleve-1").output
    assert (report.count(" void "), report.count(" live "), report.count(f"guardian {guardian}")) == (1, 1, 2)
    assert shown not in report
    [pin_id] = [line.split()[0] for line in report.splitlines() if " live " in line]
    assert [run("revoke", CODE, each).exit_code for each in (pin_id, pin_id, ids.new())] == [0, 0, 1]
    assert " live " not in run("list", CODE).output
    refused = run("issue", CODE, "eleve-2")
    assert (refused.exit_code, "student_unknown" in refused.output) == (1, True)
    assert run("list", CODE, "--student", "eleve-2").exit_code == 1
    with ctx.db.read() as session:
        assert "operator" in session.scalars(select(Pin.issued_by)).all()
    ctx.db.close()


# Nothing is done that cannot be written down.


@pytest.mark.requirement("AUD-3", "CHD-14")
def test_without_a_journal_no_pin_is_issued_used_or_taken_back(ctx: Context, pupil: Pupil) -> None:
    issued = issue(ctx)

    def rename(old: str, new: str) -> None:
        with ctx.db.transaction() as session:
            session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    rename("journal_entries", "journal_entries_away")
    actions: list[Callable[[], Any]] = [
        lambda: issue(ctx),
        lambda: claim(ctx, pupil, issued.pin),
        lambda: pins.revoke_pin(ctx, organisation_code=CODE, pin_id=issued.id),
    ]
    for act in actions:
        with pytest.raises(DBAPIError):
            act()
    rename("journal_entries_away", "journal_entries")
    assert states(ctx) == ["live"]
    assert claim(ctx, pupil, issued.pin).is_new


@pytest.mark.requirement("CHD-13", "CHD-14")
def test_two_schools_that_call_a_student_alike_each_list_their_own(
    ctx: Context, school: SchoolSystem, make_school_system: Callable[..., SchoolSystem], registry: Registry
) -> None:
    registry.make_student(organisation_id=registry.make_organisation(code=ELSEWHERE), source_id="eleve-1")
    elsewhere = make_school_system(ELSEWHERE, "pins.write")
    issued = school.post("/students/eleve-1/pins", {}).json["id"]
    theirs = elsewhere.get("/students/eleve-1/pins")
    assert (theirs.json, '"total": 0' in theirs.headers["X-Pagination"]) == ([], True)
    assert [pin["id"] for pin in listed(ctx)] == [issued]
    assert listed(ctx, organisation_code=ELSEWHERE) == []
