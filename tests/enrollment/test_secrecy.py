"""What a stranger learns from refused claims: nothing (CHD-1, CHD-2, CHD-3)."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select, text

from services.enrollment.context import Context
from services.enrollment.models import Link, RejectedClaim
from services.enrollment.operations import claims
from shared import ids
from shared.budgets import budgets as budgets_table
from shared.problems import Problem
from tests.support import boards
from tests.support.enrollment import ACCOUNT, PARENT, Browser, Pupil, Registry, as_json

MUTATIONS = 500


def other_letters(draw: random.Random, name: str) -> str:
    """Return the name with one letter replaced, added or left out, or cut in two."""
    place = draw.randrange(len(name))
    # None of these stands in a name of the tests, so that the result is another name.
    letter = draw.choice("kwxz")
    return draw.choice(
        [
            name[:place] + letter + name[place + 1 :],
            name[:place] + letter + name[place:],
            name[:place] + name[place + 1 :] or letter,
            name[: place + 1] + " " + name[place + 1 :] + letter,
        ]
    )


def other_digits(draw: random.Random, number: str) -> str:
    place = draw.randrange(len(number))
    return number[:place] + str((int(number[place]) + draw.randrange(1, 10)) % 10) + number[place + 1 :]


MUTATE: dict[str, Callable[[random.Random, Any], Any]] = {
    "last_name": other_letters,
    "first_name": other_letters,
    "birth_on": lambda draw, born: born + timedelta(days=draw.choice([-1, 1]) * draw.randrange(1, 3000)),
    "identifier": other_digits,
    "email": lambda draw, email: other_letters(draw, email.partition("@")[0]) + "@exemple.ca",
}


@pytest.mark.slow
@pytest.mark.requirement("CHD-1")
@pytest.mark.parametrize("field", [*MUTATE, "organisation_id"])
def test_no_claim_with_one_field_changed_is_ever_granted(
    make_context: Callable[..., Context], registry: Registry, field: str
) -> None:
    most = 10 * MUTATIONS
    ctx = make_context(
        **{f"claims_per_account_{span}": most for span in ("hour", "day", "month")},
        **{f"claims_per_{what}": most for what in ("address_hour", "child_day", "child_month", "number_day")},
    )
    pupil = registry.make_student()
    neighbor = registry.make_student(organisation_id=pupil.organisation_id, given_name="Luc")
    elsewhere = registry.make_student()
    organisations = [elsewhere.organisation_id, registry.make_organisation(), ids.new(), neighbor.id]
    right = {"account_id": ACCOUNT, "email": PARENT, "address": "192.0.2.1", **pupil.claim}
    draw = random.Random(field)
    outcomes: Counter[str] = Counter()
    for _ in range(MUTATIONS):
        value = draw.choice(organisations) if field == "organisation_id" else MUTATE[field](draw, right[field])
        assert value != right[field]
        with pytest.raises(Problem) as refused:
            claims.claim_child(ctx, **{**right, field: value})
        outcomes[refused.value.code()] += 1
    with ctx.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Link)) == 0
    assert sum(outcomes.values()) == MUTATIONS
    assert "too_many_claims" not in outcomes
    assert claims.claim_child(ctx, **right).is_new


# The eight reasons of CHD-2: for each, a claim that is refused for it.

NEIGHBOR = "voisin@exemple.ca"


def no_such_number(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    return {**as_json(pupil), "identifier": "9999999"}


def other_board(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    elsewhere = registry.make_student(given_name="Luc")
    return {**as_json(elsewhere), "organisation_id": pupil.organisation_id}


def other_name(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    return {**as_json(pupil), "last_name": "Tremblay"}


def other_birth_date(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    return {**as_json(pupil), "birth_date": "2013-12-31"}


def email_not_on_record(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    return as_json(registry.make_student(organisation_id=pupil.organisation_id, guardian=None, given_name="Luc"))


def left_school(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    return as_json(registry.make_student(organisation_id=pupil.organisation_id, status="gone", given_name="Luc"))


def held_already(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    # The right claim of a child that is held is answered with the child (api.md); a wrong one like any other.
    claims.claim_child(ctx, account_id=ACCOUNT, email=PARENT, address="192.0.2.9", **pupil.claim)
    return {**as_json(pupil), "first_name": "Eloise"}


def throttled(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    other = registry.make_student(organisation_id=pupil.organisation_id, guardian=None, given_name="Luc")
    registry.make_guardian(pupil, email=NEIGHBOR)
    for _ in range(5):
        with pytest.raises(Problem):
            claims.claim_child(
                ctx,
                account_id=ids.new(),
                email=NEIGHBOR,
                address="192.0.2.9",
                **{**other.claim, "identifier": "8888888"},
            )
    return as_json(other)


def board_exhausted(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    other = registry.make_student(organisation_id=pupil.organisation_id, guardian=None, given_name="Luc")
    registry.make_guardian(pupil, email=NEIGHBOR)
    for index in range(FAILURES_OF_BOARD):
        guess = {"first_name": f"Luc{index}", "identifier": f"888888{index}"}
        with pytest.raises(Problem):
            claims.claim_child(
                ctx, account_id=ids.new(), email=NEIGHBOR, address="192.0.2.9", **{**other.claim, **guess}
            )
    return as_json(other)


FAILURES_OF_BOARD = 6
REASONS = [
    *(no_such_number, other_board, other_name, other_birth_date),
    *(email_not_on_record, left_school, held_already, throttled, board_exhausted),
]


# The same with a PIN, and what may be wrong with that.

WRONG_PIN = "0000-0000"


def with_pin(reason: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def made(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
        return {**reason(ctx, registry, pupil), "pin": registry.issue_pin(pupil).pin}

    return made


def wrong_pin(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    registry.issue_pin(pupil)
    return as_json(pupil, pin=WRONG_PIN)


def no_pin_issued(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    return as_json(pupil, pin=WRONG_PIN)


def no_child_meant(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    return as_json(pupil, pin=WRONG_PIN, identifier="9999999", first_name="X")


def pin_of_another_child(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    sibling = registry.make_student(organisation_id=pupil.organisation_id, given_name="Luc")
    return as_json(pupil, pin=registry.issue_pin(sibling).pin)


def void_pin(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    older = registry.issue_pin(pupil)
    registry.issue_pin(pupil)
    return as_json(pupil, pin=older.pin)


def used_pin(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    pin = registry.issue_pin(pupil).pin
    asker = {"account_id": ids.new(), "email": NEIGHBOR, "address": "192.0.2.9"}
    claims.claim_child(ctx, **asker, **pupil.claim, pin=pin)
    return as_json(pupil, pin=pin)


def last_attempt(ctx: Context, registry: Registry, pupil: Pupil) -> dict[str, Any]:
    registry.issue_pin(pupil)
    for _ in range(4):
        with pytest.raises(Problem):
            claims.claim_child(
                ctx, account_id=ids.new(), email=NEIGHBOR, address="192.0.2.9", pin=WRONG_PIN, **pupil.claim
            )
    return as_json(pupil, pin=WRONG_PIN)


PIN_REASONS = [
    *map(with_pin, (no_such_number, other_name, other_birth_date, left_school, email_not_on_record)),
    *(wrong_pin, no_pin_issued, no_child_meant, pin_of_another_child, void_pin, used_pin, last_attempt),
]


@contextmanager
def statements(ctx: Context) -> Iterator[list[str]]:
    """Yield the statements that reach the database within the block, by their first words."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(" ".join(statement.split()[:3]))

    event.listen(ctx.db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(ctx.db.engine, "before_cursor_execute", note)


def answers_and_works(ctx: Context, registry: Registry, reasons: list[Callable[..., Any]]) -> tuple[set[Any], set[Any]]:
    """Return the different answers to claims that are refused for these reasons, and the different work they made."""
    answers, works = set(), set()
    for number, reason in enumerate(reasons):
        pupil = registry.make_student()
        body = reason(ctx, registry, pupil)
        browser = Browser(ctx, account_id=ACCOUNT, email=PARENT, address=f"192.0.2.{number}")
        with statements(ctx) as seen:
            answer = browser.post("/claims", body)
        document = answer.json
        assert len(document.pop("support_reference")) == 10
        document.pop("request_id")
        document["detail"] = document["detail"][:100]
        headers = {name: value for name, value in answer.headers.items() if name not in ("Date", "Content-Length")}
        answers.add((answer.status_code, str(document), str(sorted(headers.items()))))
        works.add(tuple(seen))
        with ctx.db.transaction() as session:
            session.execute(delete(budgets_table))
    return answers, works


def reasons_kept(ctx: Context) -> set[tuple[str, ...]]:
    with ctx.db.read() as session:
        return {tuple(each) for each in session.scalars(select(RejectedClaim.differing))}


@pytest.mark.requirement("CHD-2", "CHD-3", "CHD-7", "EN-15")
def test_every_reason_has_the_same_answer_and_the_same_work(
    make_context: Callable[..., Context], registry: Registry
) -> None:
    ctx = make_context(claims_per_organisation_hour=FAILURES_OF_BOARD)
    answers, works = answers_and_works(ctx, registry, REASONS)
    assert (len(answers), len(works)) == (1, 1)
    assert "422" in str(answers)
    # They were refused for different reasons indeed.
    kept = reasons_kept(ctx)
    assert kept >= {("identifier",), ("last_name",), ("birth_date",), ("email",), ("status",), ("attempts",)}


@pytest.mark.requirement("CHD-2", "CHD-3", "CHD-14", "EN-02")
def test_every_reason_with_a_pin_has_the_same_answer_and_the_same_work(ctx: Context, registry: Registry) -> None:
    answers, works = answers_and_works(ctx, registry, PIN_REASONS)
    assert (len(answers), len(works)) == (1, 1)
    # The answer of a claim without a PIN.
    without, _ = answers_and_works(ctx, registry, [other_name])
    assert answers == without
    kept = reasons_kept(ctx)
    assert kept >= {("identifier", "pin"), ("last_name", "pin"), ("birth_date", "pin"), ("status", "pin"), ("pin",)}


@pytest.mark.requirement("CHD-2")
def test_a_refusal_shows_nothing_of_a_child(ctx: Context, registry: Registry, browser: Browser) -> None:
    pupil = registry.make_student(guardian=None, given_name="Maximilienne", family_name="Archambault")
    registry.make_student(organisation_id=pupil.organisation_id)
    answer = browser.post("/claims", as_json(pupil, first_name="X"))
    said = (answer.get_data(as_text=True) + str(answer.headers)).lower()
    assert answer.status_code == 422
    assert [word for word in ("maximilienne", "archambault", "phare", pupil.id, "2014") if word in said] == []


# Each look-up finds its index, whatever the size of the province.

INDEXES = {
    "uq_students_organisation_id_file_number",
    "ix_students_organisation_id_permanent_code_digest",
    "ix_students_organisation_id_identity_digest",
}


def test_a_claim_is_looked_up_by_an_index_each(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student(organisation_id=boards.fill(registry, boards.make_children(3000)))
    with ctx.db.transaction() as session:
        session.execute(text("ANALYZE"))
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.extend([(statement, parameters)] if "UNION ALL" in statement else [])

    event.listen(ctx.db.engine, "before_cursor_execute", note)
    with pytest.raises(Problem):
        claims.claim_child(
            ctx, account_id=ACCOUNT, email=PARENT, address="192.0.2.1", **{**pupil.claim, "last_name": "X"}
        )
    event.remove(ctx.db.engine, "before_cursor_execute", note)
    ((statement, parameters),) = seen
    explain = "EXPLAIN QUERY PLAN " if ctx.db.is_sqlite else "EXPLAIN "
    with ctx.db.engine.connect() as connection:
        # The plan that serves any value: a prepared statement is not planned anew for each.
        settings = {} if ctx.db.is_sqlite else {"plan_cache_mode": "force_generic_plan"}
        for name, value in settings.items():
            connection.exec_driver_sql(f"SET {name} = {value}")
        plan = "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters))
    assert {index for index in INDEXES if index in plan} == INDEXES
    assert "SCAN students" not in plan
    assert "Seq Scan on students" not in plan
