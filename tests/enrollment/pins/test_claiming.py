"""Claims with a PIN: what it stands in for, and what it does not (EN-02, CHD-14)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from services.enrollment.context import Context
from services.enrollment.errors import ClaimMismatch, EmailNotOnFile, TooManyClaims
from services.enrollment.models import JournalEntry, Link, Pin, RejectedClaim
from services.enrollment.operations import children, claims
from shared import ids, outbox
from shared.problems import Problem, ValidationFailed
from tests.support.clock import FakeClock
from tests.support.enrollment import ACCOUNT, PARENT, Pupil, Registry

# On nobody's file.
NEWCOMER = "nouveau@exemple.ca"
EVERY_GUARDIAN = ["report_absences", "view_file"]
# Of the form of a PIN, and none that the tests draw.
WRONG = "0000-0000"


def claim(ctx: Context, pupil: Pupil, **overrides: Any) -> claims.Claimed:
    asker = {"account_id": ACCOUNT, "email": NEWCOMER, "address": "192.0.2.1"}
    return claims.claim_child(ctx, **{**asker, **pupil.claim, **overrides})


def refusal_of(ctx: Context, pupil: Pupil, **overrides: Any) -> Problem:
    with pytest.raises(Problem) as refused:
        claim(ctx, pupil, **overrides)
    return refused.value


def differing(ctx: Context, refused: Problem) -> list[str]:
    with ctx.db.read() as session:
        wanted = RejectedClaim.reference == refused.facts["support_reference"]
        return session.scalars(select(RejectedClaim.differing).where(wanted)).one()


def row_of(ctx: Context, pin_id: str) -> Pin:
    with ctx.db.read() as session:
        return session.scalars(select(Pin).where(Pin.id == pin_id)).one()


def actions(ctx: Context, pupil: Pupil) -> list[tuple[str, str | None, str]]:
    with ctx.db.read() as session:
        entries = select(JournalEntry.role, JournalEntry.account_id, JournalEntry.action)
        rows = session.execute(
            entries.where(JournalEntry.student_id == pupil.id).order_by(JournalEntry.at, JournalEntry.action)
        )
        return [tuple(row) for row in rows]


def count_links(ctx: Context) -> int:
    with ctx.db.read() as session:
        return session.scalar(select(func.count()).select_from(Link).where(Link.ended_at.is_(None))) or 0


@pytest.mark.requirement("EN-02", "CHD-14")
def test_claim_child_takes_a_pin_instead_of_an_email_on_file(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    assert isinstance(refusal_of(ctx, pupil), EmailNotOnFile)
    pin = registry.issue_pin(pupil)
    claimed = claim(ctx, pupil, pin=pin.pin)
    assert claimed.is_new
    assert (claimed.child["status"], claimed.child["rights"]) == ("active", EVERY_GUARDIAN)
    # Read as well as claimed.
    assert children.open_child(ctx, account_id=ACCOUNT, email=NEWCOMER, child_id=pupil.id) == claimed.child
    with ctx.db.read() as session:
        told = [each.event for each in outbox.list_unpublished(session, limit=10)]
    assert [event.type.split(".")[3] for event in told] == ["child-linked", "guardianship-changed"]
    assert {tuple(event.data["rights"]) for event in told} == {tuple(EVERY_GUARDIAN)}


@pytest.mark.requirement("EN-02", "CHD-14")
@pytest.mark.parametrize(
    "typed", [str.lower, lambda pin: f" {pin.replace('-', ' – ')}\u00a0", lambda pin: pin[:4] + pin[5:]]
)
def test_claim_child_takes_a_pin_however_it_was_typed(
    ctx: Context, registry: Registry, typed: Callable[[str], str]
) -> None:
    pupil = registry.make_student()
    assert claim(ctx, pupil, pin=typed(registry.issue_pin(pupil).pin)).is_new


@pytest.mark.requirement("EN-02", "CHD-1", "CHD-14")
@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"last_name": "Tremblay"}, ["last_name"]),
        ({"first_name": "Eloise"}, ["first_name"]),
        ({"birth_on": "other"}, ["birth_date"]),
        ({"identifier": "9999999"}, ["identifier"]),
    ],
)
def test_claim_child_lets_no_pin_stand_in_for_the_matching(
    ctx: Context, registry: Registry, wrong: dict[str, Any], expected: list[str]
) -> None:
    pupil = registry.make_student()
    pin = registry.issue_pin(pupil)
    other = {"birth_on": pupil.claim["birth_on"] + timedelta(days=1)} if "birth_on" in wrong else wrong
    refused = refusal_of(ctx, pupil, pin=pin.pin, **other)
    assert isinstance(refused, ClaimMismatch)
    assert differing(ctx, refused) == [*expected, "pin"]
    assert claim(ctx, pupil, pin=pin.pin).is_new


@pytest.mark.requirement("CHD-14")
def test_claim_child_takes_a_pin_for_its_own_child_alone(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    sibling = registry.make_student(organisation_id=pupil.organisation_id, given_name="Luc")
    elsewhere = registry.make_student()
    pin = registry.issue_pin(pupil)
    for other in (sibling, elsewhere):
        assert differing(ctx, refusal_of(ctx, other, pin=pin.pin)) == ["pin"]
    assert row_of(ctx, pin.id).attempts == 0


@pytest.mark.requirement("CHD-14")
def test_claim_child_uses_a_pin_once(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    pin = registry.issue_pin(pupil)
    assert claim(ctx, pupil, pin=pin.pin).is_new
    assert differing(ctx, refusal_of(ctx, pupil, pin=pin.pin, account_id=ids.new())) == ["pin"]
    # The form sent twice: the account holds the child already.
    assert not claim(ctx, pupil, pin=pin.pin).is_new
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=pupil.id)
    assert isinstance(refusal_of(ctx, pupil, pin=pin.pin), ClaimMismatch)
    assert count_links(ctx) == 0


@pytest.mark.requirement("CHD-14")
def test_claim_child_takes_no_pin_that_another_account_has_used(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    on_file = {"account_id": ids.new(), "email": PARENT}
    pin = registry.issue_pin(pupil)
    assert claim(ctx, pupil, pin=pin.pin).is_new
    # Whoever holds the child by a mailbox on file, too.
    assert claim(ctx, pupil, **on_file).is_new
    assert differing(ctx, refusal_of(ctx, pupil, **on_file, pin=pin.pin)) == ["pin"]


@pytest.mark.requirement("CHD-14")
def test_claim_child_uses_a_pin_although_the_email_is_on_file(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    pin = registry.issue_pin(pupil)
    assert claim(ctx, pupil, email=PARENT, pin=pin.pin).is_new
    assert row_of(ctx, pin.id).used_by == ACCOUNT
    assert isinstance(refusal_of(ctx, pupil, account_id=ids.new(), pin=pin.pin), ClaimMismatch)
    with ctx.db.read() as session:
        # The file knows the mailbox: it alone says who may.
        assert session.scalars(select(Link.pin_id)).all() == [None]


@pytest.mark.requirement("CHD-14")
def test_claim_child_refuses_a_wrong_pin_although_the_email_is_on_file(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    assert differing(ctx, refusal_of(ctx, pupil, email=PARENT, pin=WRONG)) == ["pin"]
    assert claim(ctx, pupil, email=PARENT).is_new


@pytest.mark.requirement("CHD-14")
@pytest.mark.parametrize(("seconds", "expected"), [(-1, "new"), (0, "claim_mismatch"), (1, "claim_mismatch")])
def test_claim_child_takes_a_pin_for_fourteen_days(
    ctx: Context, registry: Registry, clock: FakeClock, seconds: int, expected: str
) -> None:
    pupil = registry.make_student()
    pin = registry.issue_pin(pupil)
    assert pin.expires_at == clock.now() + timedelta(days=14)
    clock.advance(timedelta(days=14, seconds=seconds))
    assert outcome(ctx, pupil, pin=pin.pin) == expected


def outcome(ctx: Context, pupil: Pupil, **overrides: Any) -> str:
    try:
        return "new" if claim(ctx, pupil, **overrides).is_new else "held"
    except Problem as refused:
        return refused.code()


@pytest.mark.requirement("CHD-14", "AUD-3")
@pytest.mark.parametrize(("wrong_ones", "expected"), [(4, "new"), (5, "claim_mismatch")])
def test_claim_child_tries_a_pin_five_times(ctx: Context, registry: Registry, wrong_ones: int, expected: str) -> None:
    pupil = registry.make_student()
    pin = registry.issue_pin(pupil)
    for _ in range(wrong_ones):
        assert differing(ctx, refusal_of(ctx, pupil, account_id=ids.new(), pin=WRONG)) == ["pin"]
    assert outcome(ctx, pupil, pin=pin.pin) == expected
    told = [action for _, _, action in actions(ctx, pupil)]
    assert told.count("pin_voided") == int(expected == "claim_mismatch")
    assert row_of(ctx, pin.id).attempts == 5


@pytest.mark.requirement("CHD-14")
def test_claim_child_lets_no_noise_of_strangers_spend_a_pin(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    pin = registry.issue_pin(pupil)
    for field, value in (("last_name", "Tremblay"), ("first_name", "X"), ("identifier", "9999999")) * 4:
        assert isinstance(refusal_of(ctx, pupil, account_id=ids.new(), pin=WRONG, **{field: value}), ClaimMismatch)
    assert row_of(ctx, pin.id).attempts == 0
    assert claim(ctx, pupil, pin=pin.pin).is_new


@pytest.mark.requirement("CHD-14", "CHD-5")
def test_whoever_found_a_pin_has_five_tries_at_the_number_or_the_name(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    pin = registry.issue_pin(pupil)
    guesses: list[dict[str, Any]] = [{"identifier": f"{2_000_000 + index}"} for index in range(3)]
    for guess in (*guesses, {"last_name": "Roy"}, {"last_name": "Côté"}):
        assert isinstance(refusal_of(ctx, pupil, account_id=ids.new(), pin=pin.pin, **guess), ClaimMismatch)
    assert row_of(ctx, pin.id).voided_at is not None
    assert isinstance(refusal_of(ctx, pupil, pin=pin.pin), ClaimMismatch)


@pytest.mark.requirement("CHD-14")
def test_a_right_pin_costs_the_other_guardians_pin_no_attempt(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student(guardian=None)
    mine, others = (registry.issue_pin(pupil, guardian_id=registry.make_guardian(pupil, email=None)) for _ in range(2))
    assert claim(ctx, pupil, pin=mine.pin).is_new
    assert (row_of(ctx, mine.id).attempts, row_of(ctx, others.id).attempts) == (1, 0)
    assert claim(ctx, pupil, account_id=ids.new(), pin=others.pin).is_new


@pytest.mark.requirement("CHD-10", "CHD-14")
@pytest.mark.parametrize("typed", ["1234", "ABCD-EFGH-J", "ÀÉ12-3456"])
def test_claim_child_says_of_a_pin_its_form_alone_and_spends_nothing(
    ctx: Context, registry: Registry, typed: str
) -> None:
    pupil = registry.make_student()
    pin = registry.issue_pin(pupil)
    for _ in range(12):
        refused = refusal_of(ctx, pupil, pin=typed)
        assert isinstance(refused, ValidationFailed)
    assert [each["pointer"] for each in refused.errors] == ["#/pin"]
    assert claim(ctx, pupil, pin=pin.pin).is_new


# Budgets.


@pytest.mark.requirement("CHD-4", "CHD-14")
def test_a_right_pin_stands_in_for_the_used_up_budgets_of_its_account(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    for _ in range(5):
        refusal_of(ctx, pupil, email=PARENT, last_name="X")
    assert isinstance(refusal_of(ctx, pupil, email=PARENT), TooManyClaims)
    assert claim(ctx, pupil, pin=registry.issue_pin(pupil).pin).is_new


@pytest.mark.requirement("CHD-5", "CHD-7", "CHD-14")
def test_a_right_pin_stands_in_for_what_strangers_used_up(
    make_context: Callable[..., Context], registry: Registry
) -> None:
    ctx = make_context(claims_per_organisation_hour=8)
    pupil = registry.make_student(permanent_code="COTE14530901")
    other = registry.make_student(organisation_id=pupil.organisation_id, guardian=None, given_name="Autre")
    registry.make_guardian(other, email="voisin@exemple.ca")
    for _ in range(12):
        refusal_of(ctx, pupil, account_id=ids.new(), email="voisin@exemple.ca", identifier="COTE14530999")
    pin = registry.issue_pin(pupil)
    assert claim(ctx, pupil, identifier="COTE14530901", pin=pin.pin).is_new


@pytest.mark.requirement("CHD-4", "CHD-7", "CHD-14")
def test_made_up_pins_are_bounded_like_claims_without(make_context: Callable[..., Context], registry: Registry) -> None:
    ctx = make_context(claims_per_address_hour=8)
    pupil = registry.make_student()
    told = [outcome(ctx, pupil, pin=WRONG) for _ in range(7)]
    assert told == ["claim_mismatch"] * 5 + ["too_many_claims"] * 2
    told = [outcome(ctx, pupil, pin=WRONG, account_id=ids.new()) for _ in range(4)]
    assert told == ["claim_mismatch"] * 3 + ["too_many_claims"]
    assert outcome(ctx, pupil, pin=WRONG, account_id=ids.new(), address="198.51.100.7") == "claim_mismatch"


@pytest.mark.requirement("CHD-4", "CHD-14")
def test_a_made_up_pin_is_no_way_to_another_guess(ctx: Context, registry: Registry) -> None:
    # All that a claim says is right, and its e-mail on file: with a made-up PIN nothing is ever granted.
    pupil = registry.make_student()
    for _ in range(5):
        refusal_of(ctx, pupil, email=PARENT, last_name="X")
    assert isinstance(refusal_of(ctx, pupil, email=PARENT, pin=WRONG), ClaimMismatch)
    assert count_links(ctx) == 0


@pytest.mark.requirement("CHD-14")
def test_a_used_pin_leaves_no_attempt_spent(ctx: Context, registry: Registry) -> None:
    pupils = [registry.make_student() for _ in range(8)]
    pins = [registry.issue_pin(pupil) for pupil in pupils]
    assert [claim(ctx, pupil, pin=pin.pin).is_new for pupil, pin in zip(pupils, pins, strict=True)] == [True] * 8


@pytest.mark.requirement("CHD-15", "CHD-14")
def test_an_account_without_room_keeps_its_pin(make_context: Callable[..., Context], registry: Registry) -> None:
    ctx = make_context(most_children=1)
    first, second = registry.make_student(), registry.make_student()
    claim(ctx, first, pin=registry.issue_pin(first).pin)
    pin = registry.issue_pin(second)
    # As often as the parent tries.
    for _ in range(ctx.settings.pin_attempts + 1):
        assert outcome(ctx, second, pin=pin.pin) == "too_many_children"
    assert row_of(ctx, pin.id).used_at is None
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=first.id)
    assert claim(ctx, second, pin=pin.pin).is_new


# What stands of it.


@pytest.mark.requirement("CHD-14", "AUD-3")
def test_the_journal_tells_of_a_pin_from_its_issuance_to_its_use(
    ctx: Context, registry: Registry, clock: FakeClock
) -> None:
    pupil = registry.make_student()
    registry.issue_pin(pupil)
    clock.advance(timedelta(minutes=1))
    pin = registry.issue_pin(pupil)
    clock.advance(timedelta(minutes=1))
    claim(ctx, pupil, pin=pin.pin)
    assert actions(ctx, pupil) == [
        ("school", None, "pin_issued"),
        ("school", None, "pin_issued"),
        ("school", None, "pin_voided"),
        ("guardian", ACCOUNT, "child_linked"),
        ("guardian", ACCOUNT, "pin_used"),
    ]


@pytest.mark.requirement("CHD-14", "EVT-7")
def test_a_pin_stands_nowhere_as_it_is(ctx: Context, registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    pupil = registry.make_student()
    pin = registry.issue_pin(pupil)
    refusal_of(ctx, pupil, pin=pin.pin, last_name="X")
    claim(ctx, pupil, pin=pin.pin)
    with ctx.db.engine.connect() as connection:
        names = [table.name for table in Pin.metadata.sorted_tables]
        rows = [str(connection.exec_driver_sql(f"SELECT * FROM {name}").all()) for name in names]
    said = "\n".join([*rows, capsys.readouterr().out, repr(pin)])
    assert "pin_used" in said
    assert [form for form in (pin.pin, pin.pin.replace("-", "")) if form in said] == []
