"""Claims that heal: the school corrects its file, and the child is linked without another word of the parent."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, select

from services.enrollment import events
from services.enrollment.context import Context
from services.enrollment.models import JournalEntry, Link, RejectedClaim
from services.enrollment.operations import claims, imports
from shared import ids, outbox
from shared.problems import Problem
from tests.support.enrollment import ACCOUNT
from tests.support.registries import ORGANISATION_CODE, Office, SchoolFile, school_of

PARENT = "parent1@example.com"
RIGHT = {
    "last_name": "Tremblay",
    "first_name": "Éloïse-1",
    "birth_on": date(2011, 3, 9),
    "identifier": "1000001",
}


def claim(office: Office, **overrides: Any) -> Problem:
    """Make a claim that must be refused, and return the refusal."""
    asker = {"account_id": ACCOUNT, "email": PARENT, "address": "192.0.2.1"}
    with pytest.raises(Problem) as refused:
        claims.claim_child(office.ctx, organisation_id=office.organisation_id, **{**asker, **RIGHT, **overrides})
    return refused.value


def case(office: Office) -> RejectedClaim:
    with office.ctx.db.read() as session:
        return session.scalars(select(RejectedClaim)).one()


def links(ctx: Context) -> list[tuple[str, str]]:
    with ctx.db.read() as session:
        return [(row.account_id, row.student_id) for row in session.scalars(select(Link).order_by(Link.linked_at))]


def told(ctx: Context) -> list[tuple[str, dict[str, Any]]]:
    with ctx.db.read() as session:
        waiting = [each.event for each in outbox.list_unpublished(session, limit=1000)]
    return [(each.type, each.data) for each in waiting if each.type == events.CHILD_LINKED.type]


def without_email(file: SchoolFile) -> SchoolFile:
    return replace(file, parents=tuple(replace(each, email="") for each in file.parents))


# What stands in the school's file first; the claim of the guides' parent then agrees with `school_of(3)`.
MISTAKES = {
    "a last name with a typo": (lambda file: file.with_pupil("s1", family_name="Trembley"), ["last_name"]),
    "a first name without its accent": (lambda file: file.with_pupil("s1", given_name="Eloïse-1"), ["first_name"]),
    "another birth date": (lambda file: file.with_pupil("s1", birth_on=date(2011, 9, 3)), ["birth_date"]),
    "no birth date": (lambda file: file.with_pupil("s1", birth_on=None), ["birth_date"]),
    "another number": (lambda file: file.with_pupil("s1", file_number="1000009"), ["identifier"]),
    "everything": (
        lambda file: file.with_pupil("s1", family_name="T", given_name="E", birth_on=None, file_number="1000008"),
        ["identifier"],
    ),
    "a guardian with another e-mail": (lambda file: file.with_pupil("s1", guardians=("p2",)), ["email"]),
    "no access": (
        lambda file: file.with_pupil("s1", rights={"p1": {"restrictions": ["no_access"]}}),
        ["email"],
    ),
    "a student who has left": (lambda file: file.with_pupil("s1", status="tobedeleted"), ["status"]),
    "a student who is not in the file": (lambda file: file.without("s1"), ["status"]),
}
# The parent is on the file of another child, as in a family: else the door refuses before anything is compared.
SIBLING = {"guardians": ("p3", "p1")}


@pytest.mark.requirement("EN-13", "EN-14", "EN-15")
@pytest.mark.parametrize(("mistake", "differing"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_corrected_file_links_the_child_without_a_new_claim(
    office: Office, mistake: Callable[[SchoolFile], SchoolFile], differing: list[str]
) -> None:
    right = school_of(3).with_pupil("s3", **SIBLING)
    # The student was there once, so that somebody can have left.
    office.hand_over(right)
    office.hand_over(mistake(right))
    refusal = claim(office)
    assert refusal.code() == "claim_mismatch"
    assert claims.judge_due(office.ctx) == claims.Healed(judged=1, linked=0)
    assert case(office).differing == differing
    assert links(office.ctx) == []
    office.hand_over(right)
    assert claims.judge_due(office.ctx) == claims.Healed(judged=1, linked=1)
    assert links(office.ctx) == [(ACCOUNT, office.student("s1").id)]
    [(_, facts)] = told(office.ctx)
    assert (facts["account_id"], facts["occasion"]) == (ACCOUNT, events.BY_CORRECTION)
    assert claims.judge_due(office.ctx) == claims.Healed()


@pytest.mark.requirement("EN-23", "EN-25")
@pytest.mark.parametrize("source_id", ["s1", "s2"])
def test_an_email_put_on_file_links_the_child_that_was_claimed(office: Office, source_id: str) -> None:
    office.hand_over(without_email(school_of(3)))
    refusal = claim(office)
    assert refusal.code() == "email_not_on_file"
    assert len(refusal.facts["support_reference"]) == 10
    # Compared behind the parent's back: the school sees whom it means, and that the e-mail alone is missing.
    claims.judge_due(office.ctx)
    assert (case(office).student_id, case(office).differing) == (office.student("s1").id, ["email"])
    office.hand_over(without_email(school_of(3)).with_pupil("s2", grade="06"))
    claims.judge_due(office.ctx)
    assert links(office.ctx) == []
    parents = tuple(replace(each, email=PARENT) if each.source_id == "p1" else each for each in school_of(3).parents)
    file = replace(school_of(3), parents=parents)
    other = {"s1": ("p2",), "s2": ("p1", "p2")}
    moved = file.with_pupil("s1", guardians=other["s1"]).with_pupil("s2", guardians=other["s2"])
    office.hand_over({"s1": file, "s2": moved}[source_id])
    claims.judge_due(office.ctx)
    # On the file of another child it opens nothing.
    assert len(links(office.ctx)) == {"s1": 1, "s2": 0}[source_id]


@pytest.mark.requirement("EN-14", "AUD-3")
def test_what_was_typed_is_forgotten_when_the_child_is_linked(office: Office) -> None:
    office.hand_over(school_of(3).with_pupil("s1", family_name="Trembley"))
    reference = claim(office).facts["support_reference"]
    office.hand_over(school_of(3))
    claims.judge_due(office.ctx)
    settled = case(office)
    assert (settled.reference, settled.outcome, settled.ended_at) == (reference, "linked", office.ctx.clock.now())
    assert (settled.sealed, settled.identity_digest, settled.waits_until) == (None, None, None)
    with office.ctx.db.read() as session:
        entry = session.scalars(select(JournalEntry)).one()
    assert (entry.account_id, entry.role, entry.action) == (ACCOUNT, "guardian", "waiting_claim_settled")


@pytest.mark.requirement("EN-14")
def test_a_permanent_code_heals_as_a_file_number_does(office: Office) -> None:
    office.hand_over(school_of(3).with_pupil("s1", family_name="Trembley"))
    claim(office, identifier="TREZ71531001")
    office.hand_over(school_of(3))
    claims.judge_due(office.ctx)
    assert links(office.ctx) == [(ACCOUNT, office.student("s1").id)]


@pytest.mark.requirement("EN-14", "CHD-1")
@pytest.mark.parametrize(
    "typed",
    [
        {"identifier": "1000002"},
        {"identifier": "9999999"},
        {"last_name": "Roy"},
        {"first_name": "Luc"},
        {"birth_on": date(2011, 3, 8)},
    ],
    ids=lambda typed: next(iter(typed)),
)
def test_a_wrong_claim_stays_wrong_however_often_the_file_changes(office: Office, typed: dict[str, Any]) -> None:
    office.hand_over(school_of(3))
    claim(office, **typed)
    for grade in ("06", "07", "08"):
        office.hand_over(school_of(3).with_pupil("s1", grade=grade))
        assert claims.judge_due(office.ctx) == claims.Healed(judged=1, linked=0)
    assert links(office.ctx) == []


@pytest.mark.requirement("EN-14", "EN-25")
def test_two_guardians_of_one_child_are_both_linked(office: Office) -> None:
    file = school_of(3).with_pupil("s1", guardians=("p1", "p2"))
    office.hand_over(file.with_pupil("s1", family_name="Trembley"))
    other = ids.new()
    claim(office)
    claim(office, account_id=other, email="parent2@example.com", address="192.0.2.2")
    office.hand_over(file)
    assert claims.judge_due(office.ctx) == claims.Healed(judged=2, linked=2)
    student_id = office.student("s1").id
    assert sorted(links(office.ctx)) == sorted([(ACCOUNT, student_id), (other, student_id)])


@pytest.mark.requirement("EN-14")
def test_a_correction_by_call_heals_as_an_import_does(office: Office) -> None:
    office.hand_over(school_of(3).with_pupil("s1", family_name="Trembley"))
    claim(office)
    claims.judge_due(office.ctx)
    whose = {"organisation_code": ORGANISATION_CODE, "source_id": "s1"}
    on_file = imports.read_student(office.ctx, client_id="c", **whose).document
    imports.replace_student(office.ctx, student={**on_file, "family_name": "Tremblay"}, **whose)
    assert claims.judge_due(office.ctx) == claims.Healed(judged=1, linked=1)
    assert links(office.ctx) == [(ACCOUNT, office.student("s1").id)]


@pytest.mark.requirement("EN-14")
@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_claim_refused_and_judged_while_an_import_writes_heals_once_it_is_through(office: Office) -> None:
    office.hand_over(school_of(3).with_pupil("s1", family_name="Trembley"))
    healed = []

    def meanwhile() -> None:
        # The import has written the student and not committed: everybody else still sees the typo.
        claim(office)
        healed.append(claims.judge_due(office.ctx))

    during = {("writing", 3): meanwhile}
    office.hand_over(school_of(3), progress=lambda phase, done, _total: during.pop((phase, done), lambda: None)())
    assert healed == [claims.Healed(judged=1, linked=0)]
    assert claims.judge_due(office.ctx) == claims.Healed(judged=1, linked=1)


def test_only_the_organisation_whose_registry_changed_is_judged(office: Office) -> None:
    office.hand_over(school_of(3))
    claim(office, last_name="Roy")
    assert claims.judge_due(office.ctx).judged == 1
    assert claims.judge_due(office.ctx).judged == 0
    office.hand_over(school_of(3).with_pupil("s2", grade="06"), is_dry_run=True)
    assert claims.judge_due(office.ctx).judged == 0
    office.hand_over(school_of(3).with_pupil("s2", grade="06"))
    assert claims.judge_due(office.ctx).judged == 1


class Killed(BaseException):
    """The worker is gone in the middle of its work; nothing that it could catch."""


@contextmanager
def killed_at(ctx: Context, statement_number: int) -> Iterator[None]:
    """Die at one of the statements that reach the database within the block."""
    seen = iter(range(1, 1_000_000))

    def strike(*_arguments: Any) -> None:
        if next(seen) == statement_number:
            raise Killed

    event.listen(ctx.db.engine, "before_cursor_execute", strike)
    try:
        yield
    finally:
        event.remove(ctx.db.engine, "before_cursor_execute", strike)


def is_killed(ctx: Context, statement_number: int) -> bool:
    """Judge what is due and die at a statement; return whether there was such a one."""
    try:
        with killed_at(ctx, statement_number):
            claims.judge_due(ctx, page_size=2)
    except Killed:
        return True
    return False


def claim_all_wrongly(office: Office, count: int) -> None:
    """Have each parent claim their child while the file has a typo in each last name, and correct the file."""
    wrong = school_of(count)
    for number in range(1, count + 1):
        wrong = wrong.with_pupil(f"s{number}", family_name="Trembley")
    office.hand_over(wrong)
    for number in range(1, count + 1):
        typed = {"first_name": f"Éloïse-{number}", "identifier": f"{1_000_000 + number}"}
        asker = {"account_id": ids.new(), "email": f"parent{number}@example.com", "address": f"192.0.2.{number}"}
        claim(office, **asker, **typed)
    office.hand_over(school_of(count))


@pytest.mark.requirement("EN-14", "CHD-15", "EVT-4")
def test_a_worker_killed_at_any_statement_loses_nobody_and_links_nobody_twice(office: Office) -> None:
    count = 4
    claim_all_wrongly(office, count)
    struck = 0
    # Until a worker came to its end: each is struck one statement later than the one before.
    while is_killed(office.ctx, struck + 1):
        struck += 1
    # The last one found nothing left to do.
    assert struck > 20
    assert len(set(links(office.ctx))) == len(links(office.ctx)) == count
    assert [facts["occasion"] for _, facts in told(office.ctx)] == [events.BY_CORRECTION] * count
    assert office.count(JournalEntry) == count
    assert claims.judge_due(office.ctx) == claims.Healed()


@pytest.mark.requirement("EN-14", "CHD-15")
def test_several_workers_share_the_work_and_link_once(office: Office) -> None:
    count = 12
    claim_all_wrongly(office, count)
    with ThreadPoolExecutor(6) as threads:
        healed = list(threads.map(lambda work: work(), [partial(claims.judge_due, office.ctx, page_size=3)] * 6))
    assert sum(each.linked for each in healed) == count
    assert len(set(links(office.ctx))) == len(links(office.ctx)) == count
    assert len(told(office.ctx)) == count
    assert office.count(JournalEntry) == count
