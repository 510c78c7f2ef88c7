import ipaddress
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from services.enrollment import events
from services.enrollment.context import Context
from services.enrollment.errors import (
    ClaimMismatch,
    EmailNotOnFile,
    IdentifierMalformed,
    OrganisationNotSubscribed,
    TooManyChildren,
    TooManyClaims,
)
from services.enrollment.models import Guardianship, JournalEntry, Link, RejectedClaim, Student
from services.enrollment.operations import children, claims, guardianships, journal, sweeping
from shared import ids, outbox
from shared.messages import Event
from shared.problems import NotFound, Problem, ValidationFailed
from tests.support.clock import FakeClock
from tests.support.enrollment import ACCOUNT, PARENT, Pupil, Registry

STRANGER = "stranger@exemple.ca"
OTHER_ACCOUNT = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9bb"


def claim(ctx: Context, pupil: Pupil, **overrides: Any) -> claims.Claimed:
    asker = {"account_id": ACCOUNT, "email": PARENT, "address": "192.0.2.1"}
    return claims.claim_child(ctx, **{**asker, **pupil.claim, **overrides})


def refusal_of(ctx: Context, pupil: Pupil, **overrides: Any) -> Problem:
    with pytest.raises(Problem) as refused:
        claim(ctx, pupil, **overrides)
    return refused.value


def count(ctx: Context, model: type) -> int:
    with ctx.db.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def told(ctx: Context, topic: str) -> list[Event]:
    with ctx.db.read() as session:
        waiting = [each.event for each in outbox.list_unpublished(session, limit=100)]
    return [event for event in waiting if event.topic == topic]


def published(ctx: Context) -> list[tuple[str, str, dict[str, Any]]]:
    return [(event.type, event.key, dict(event.data)) for event in told(ctx, events.TOPIC)]


def differing(ctx: Context, reference: str) -> list[str]:
    with ctx.db.read() as session:
        return session.scalars(select(RejectedClaim.differing).where(RejectedClaim.reference == reference)).one()


# Claims that are right


@pytest.mark.requirement("EN-09", "EN-10", "EN-11", "EN-12", "EN-22")
def test_claim_child_links_the_child(ctx: Context, registry: Registry) -> None:
    school_id = registry.make_school(name="École du Phare-Bleu", organisation_id=registry.make_organisation())
    pupil = registry.make_student(school_id=school_id)
    claimed = claim(ctx, pupil)
    assert claimed.is_new
    assert claimed.child["id"] == pupil.id
    assert claimed.child["school"] == {"id": school_id, "name": "École du Phare-Bleu"}
    assert claimed.child["status"] == "active"
    assert claimed.child["rights"] == ["report_absences", "view_file"]


def test_claim_child_says_so_with_the_fact(ctx: Context, registry: Registry, clock: FakeClock) -> None:
    pupil = registry.make_student()
    claim(ctx, pupil)
    ((type_, key, data),) = published(ctx)
    assert (type_, key) == (events.CHILD_LINKED.type, f"student:{pupil.id}")
    assert (data["child_id"], data["account_id"]) == (pupil.id, ACCOUNT)
    assert data["linked_at"] == clock.now().isoformat()
    assert count(ctx, JournalEntry) == 1


@pytest.mark.requirement("EN-11")
@pytest.mark.parametrize("typed", ["TREZ71531101", "trez71531101", " TREZ 7153 1101\u00a0"])
def test_claim_child_takes_a_permanent_code(ctx: Context, registry: Registry, typed: str) -> None:
    pupil = registry.make_student(permanent_code="TREZ71531101", file_number=None)
    assert claim(ctx, pupil, identifier=typed).child["id"] == pupil.id


@pytest.mark.requirement("EN-11")
def test_claim_child_takes_a_permanent_code_that_no_longer_fits_the_name(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student(family_name="Roy", permanent_code="TREZ71531101")
    assert claim(ctx, pupil, identifier="TREZ71531101").child["last_name"] == "Roy"


def test_claim_child_finds_a_permanent_code_under_an_older_key(
    make_context: Callable[..., Context], registry: Registry
) -> None:
    pupil = registry.make_student(permanent_code="TREZ71531101")
    keys = (*registry.ctx.settings.digest_keys, "a-newer-digest-key-of-the-tests-0123")
    rotated = make_context(digest_keys=keys)
    assert claim(rotated, pupil, identifier="TREZ71531101").is_new


@pytest.mark.requirement("EN-13", "CHD-9")
@pytest.mark.parametrize(
    ("last_name", "first_name"),
    [
        ("CÔTÉ-GAGNON", "éloïse"),
        ("Co\u0302te\u0301-Gagnon", "E\u0301loi\u0308se"),
        (" Côté\u2010Gagnon ", "\u00a0Éloïse"),
    ],
)
def test_claim_child_folds_what_is_no_typo(ctx: Context, registry: Registry, last_name: str, first_name: str) -> None:
    assert claim(ctx, registry.make_student(), last_name=last_name, first_name=first_name).is_new


def test_claim_child_answers_the_same_child_when_it_is_held(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    first, second = claim(ctx, pupil), claim(ctx, pupil)
    assert (second.is_new, second.child) == (False, first.child)
    assert (count(ctx, Link), len(published(ctx)), count(ctx, JournalEntry)) == (1, 1, 1)


@pytest.mark.requirement("EN-25", "ID-36")
def test_claim_child_links_children_of_two_boards_under_one_email(ctx: Context, registry: Registry) -> None:
    here, there = registry.make_student(), registry.make_student()
    elsewhere = registry.make_student(guardian=STRANGER)
    assert here.organisation_id != there.organisation_id != elsewhere.organisation_id
    assert claim(ctx, here).is_new
    assert claim(ctx, there).is_new
    assert isinstance(refusal_of(ctx, elsewhere), EmailNotOnFile)
    held = children.list_children(ctx, account_id=ACCOUNT, email=PARENT)
    assert [child["id"] for child in held] == [here.id, there.id]


def test_claim_child_takes_each_guardian_of_a_child(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    registry.make_guardian(pupil, email="autre@exemple.ca", is_principal=True)
    assert claim(ctx, pupil).is_new
    other = claim(ctx, pupil, account_id=OTHER_ACCOUNT, email="autre@exemple.ca")
    assert other.is_new
    assert other.child["rights"] == ["re_register", "report_absences", "view_file"]
    assert count(ctx, Link) == 2


def test_claim_child_takes_a_child_again_that_was_let_go(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    claim(ctx, pupil)
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=pupil.id)
    assert claim(ctx, pupil).is_new
    assert [type_ for type_, _, _ in published(ctx)] == [
        events.CHILD_LINKED.type,
        events.CHILD_UNLINKED.type,
        events.CHILD_LINKED.type,
    ]


def test_claim_child_means_the_student_who_is_there_when_a_number_was_given_again(
    ctx: Context, registry: Registry
) -> None:
    organisation_id = registry.make_organisation()
    shared = {"organisation_id": organisation_id, "file_number": "1234567"}
    registry.make_student(**shared, status="gone", given_name="Luc")
    pupil = registry.make_student(**shared)
    assert claim(ctx, pupil).child["id"] == pupil.id


# Claims that are refused before a child is looked at


@pytest.mark.requirement("CHD-10", "EN-11")
@pytest.mark.parametrize("typed", ["123456", "12345678", "123456a", "TREZ7153110", "", "x" * 100])
def test_claim_child_refuses_a_malformed_number_for_nothing(ctx: Context, registry: Registry, typed: str) -> None:
    pupil = registry.make_student()
    for _ in range(30):
        assert isinstance(refusal_of(ctx, pupil, identifier=typed), IdentifierMalformed)
    assert claim(ctx, pupil).is_new


@pytest.mark.requirement("CHD-10")
@pytest.mark.parametrize("born", [date(2026, 1, 16), date(2003, 1, 15), date(1, 1, 1), date(9999, 12, 31)])
def test_claim_child_refuses_a_date_that_is_no_students_for_nothing(
    ctx: Context, registry: Registry, born: date
) -> None:
    pupil = registry.make_student()
    for _ in range(30):
        refused = refusal_of(ctx, pupil, birth_on=born)
        assert isinstance(refused, ValidationFailed)
        assert [error["pointer"] for error in refused.errors] == ["#/birth_date"]
    assert claim(ctx, pupil).is_new


@pytest.mark.parametrize("organisation_id", [ids.new(), "unknown", "", "' OR 1=1 --"])
def test_claim_child_refuses_an_unknown_organisation(ctx: Context, registry: Registry, organisation_id: str) -> None:
    assert isinstance(refusal_of(ctx, registry.make_student(), organisation_id=organisation_id), NotFound)


@pytest.mark.requirement("EN-24", "ID-33")
def test_claim_child_refuses_an_organisation_that_does_not_subscribe(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student(organisation_id=registry.make_organisation(subscribed_at=None))
    assert isinstance(refusal_of(ctx, pupil), OrganisationNotSubscribed)


@pytest.mark.requirement("ID-29", "EN-12", "EN-23")
@pytest.mark.parametrize(
    "overrides",
    [{}, {"last_name": "Autre"}, {"identifier": "9999999"}, {"birth_on": date(2013, 1, 1)}],
    ids=["right", "name", "number", "date"],
)
def test_claim_child_refuses_an_email_that_is_on_no_file_whatever_was_typed(
    ctx: Context, registry: Registry, overrides: dict[str, Any]
) -> None:
    pupil = registry.make_student()
    registry.make_student(guardian=STRANGER)
    for _ in range(30):
        assert isinstance(refusal_of(ctx, pupil, email=STRANGER, **overrides), EmailNotOnFile)
    # All of them wait as one.
    assert count(ctx, RejectedClaim) == 1
    assert claim(ctx, pupil).is_new


def test_claim_child_refuses_an_email_that_is_only_on_the_file_of_a_child_who_left(
    ctx: Context, registry: Registry
) -> None:
    assert isinstance(refusal_of(ctx, registry.make_student(status="gone")), EmailNotOnFile)


@pytest.mark.requirement("EN-12")
@pytest.mark.parametrize("email", ["", "nobody", "@exemple.ca"])
def test_claim_child_takes_no_address_for_nobodys(ctx: Context, registry: Registry, email: str) -> None:
    pupil = registry.make_student(guardian=None)
    registry.make_guardian(pupil, email="nobody@")
    assert isinstance(refusal_of(ctx, pupil, email=email), EmailNotOnFile)


# Claims that do not agree

WRONG: dict[str, dict[str, Any]] = {
    "last_name": {"last_name": "Cote-Gagnon"},
    "first_name": {"first_name": "Eloise"},
    "birth_date": {"birth_on": date(2014, 3, 10)},
    "identifier": {"identifier": "9999999"},
}


@pytest.mark.requirement("EN-13", "EN-14", "EN-15")
@pytest.mark.parametrize("field", WRONG)
def test_claim_child_refuses_any_field_that_differs(ctx: Context, registry: Registry, field: str) -> None:
    pupil = registry.make_student()
    refused = refusal_of(ctx, pupil, **WRONG[field])
    assert isinstance(refused, ClaimMismatch)
    assert differing(ctx, refused.facts["support_reference"]) == [field]
    assert count(ctx, Link) == 0


@pytest.mark.requirement("EN-15")
def test_claim_child_tells_the_school_every_field_that_differs(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    refused = refusal_of(ctx, pupil, last_name="X", first_name="Y", birth_on=date(2012, 1, 1))
    assert differing(ctx, refused.facts["support_reference"]) == ["last_name", "first_name", "birth_date"]


@pytest.mark.requirement("EN-12", "EN-25")
def test_claim_child_refuses_a_parent_of_another_child_of_the_organisation(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    registry.make_student(organisation_id=pupil.organisation_id, guardian=STRANGER, given_name="Luc")
    refused = refusal_of(ctx, pupil, email=STRANGER)
    assert isinstance(refused, ClaimMismatch)
    assert differing(ctx, refused.facts["support_reference"]) == ["email"]


def test_claim_child_refuses_a_student_of_another_organisation(ctx: Context, registry: Registry) -> None:
    here, there = registry.make_student(), registry.make_student()
    assert isinstance(refusal_of(ctx, there, organisation_id=here.organisation_id), ClaimMismatch)


def test_claim_child_refuses_a_student_who_left(ctx: Context, registry: Registry) -> None:
    here = registry.make_student()
    gone = registry.make_student(organisation_id=here.organisation_id, status="gone", given_name="Luc")
    refused = refusal_of(ctx, gone)
    assert isinstance(refused, ClaimMismatch)
    assert differing(ctx, refused.facts["support_reference"]) == ["status"]


def test_claim_child_refuses_a_guardian_whom_a_judgment_keeps_away(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student(guardian=None)
    registry.make_guardian(pupil, rights=[], restrictions=["no_access"])
    assert isinstance(refusal_of(ctx, pupil), ClaimMismatch)


def test_claim_child_refuses_a_student_without_a_date_of_birth(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student(birth_on=None)
    assert isinstance(refusal_of(ctx, pupil, birth_on=date(2014, 3, 9)), ClaimMismatch)


@pytest.mark.requirement("CHD-2")
def test_claim_child_gives_one_reference_for_each_child_as_it_was_typed(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    references = [refusal_of(ctx, pupil, last_name=name).facts["support_reference"] for name in ("X", "Y", "X", "Z")]
    assert (references[0], len(set(references))) == (references[2], 3)
    assert count(ctx, RejectedClaim) == 3


# Limits


@pytest.mark.requirement("CHD-4")
@pytest.mark.parametrize(
    ("limit", "pause", "wait"),
    [
        ("claims_per_account_hour", timedelta(0), timedelta(hours=1)),
        ("claims_per_account_day", timedelta(minutes=61), timedelta(days=1)),
        ("claims_per_account_month", timedelta(hours=25), timedelta(days=30)),
    ],
)
def test_claim_child_stops_an_account_that_fails_too_often(
    make_context: Callable[..., Context],
    registry: Registry,
    clock: FakeClock,
    limit: str,
    pause: timedelta,
    wait: timedelta,
) -> None:
    ctx = make_context(**{limit: 3})
    pupil = registry.make_student()
    for _ in range(3):
        assert isinstance(refusal_of(ctx, pupil, last_name="X"), ClaimMismatch)
        clock.advance(pause)
    refused = refusal_of(ctx, pupil)
    assert isinstance(refused, TooManyClaims)
    assert refused.retry_after is not None
    assert timedelta(0) < refused.retry_after <= wait * 62 / 60
    clock.advance(refused.retry_after)
    assert claim(ctx, pupil).is_new


@pytest.mark.requirement("CHD-4")
def test_claim_child_allows_five_failures_an_hour_and_ten_a_day(
    ctx: Context, registry: Registry, clock: FakeClock
) -> None:
    pupil = registry.make_student()
    outcomes = []
    for _ in range(4):
        for _ in range(6):
            outcomes.append(type(refusal_of(ctx, pupil, last_name="X")))
        clock.advance(timedelta(hours=2))
    assert outcomes.count(ClaimMismatch) == 10
    assert outcomes[:6] == [ClaimMismatch] * 5 + [TooManyClaims]


def test_claim_child_does_not_count_what_succeeds(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    for _ in range(40):
        claim(ctx, pupil)
    assert isinstance(refusal_of(ctx, pupil, last_name="X"), ClaimMismatch)


@pytest.mark.requirement("CHD-6", "CHD-7")
def test_claim_child_stops_an_address_but_not_its_neighbor(
    make_context: Callable[..., Context], registry: Registry
) -> None:
    ctx = make_context(claims_per_address_hour=3)
    pupil = registry.make_student()
    *strangers, late, elsewhere = neighbors(registry, pupil, number=5)
    for email in strangers:
        assert isinstance(refusal_of(ctx, pupil, account_id=ids.new(), email=email), ClaimMismatch)
    assert isinstance(refusal_of(ctx, pupil, account_id=ids.new(), email=late), TooManyClaims)
    refused = refusal_of(ctx, pupil, account_id=ids.new(), email=elsewhere, address="192.0.2.2")
    assert isinstance(refused, ClaimMismatch)
    # Whoever is on the child's file is stopped by nobody else's failures, not even from the same address.
    assert claim(ctx, pupil).is_new


@pytest.mark.requirement("CHD-7")
def test_claim_child_gives_a_network_that_many_share_more_room(
    make_context: Callable[..., Context], registry: Registry
) -> None:
    ctx = make_context(wide_networks=(ipaddress.ip_network("10.0.0.0/8"),), claims_per_address_hour=2)
    pupil = registry.make_student()
    for email in neighbors(registry, pupil, number=30):
        refused = refusal_of(ctx, pupil, account_id=ids.new(), email=email, address="10.1.2.3", last_name="X")
        assert isinstance(refused, ClaimMismatch)


def neighbors(registry: Registry, pupil: Pupil, *, number: int) -> list[str]:
    """E-mails that are on a file of the organisation, each on another child's."""
    emails = [f"voisin{index}@exemple.ca" for index in range(number)]
    other = registry.make_student(organisation_id=pupil.organisation_id, guardian=None, given_name="Autre")
    for email in emails:
        registry.make_guardian(other, email=email)
    return emails


@pytest.mark.requirement("CHD-5", "CHD-6")
def test_claim_child_compares_no_more_than_five_strangers_a_day_and_never_stops_the_parent(
    ctx: Context, registry: Registry, clock: FakeClock
) -> None:
    pupil = registry.make_student()
    reasons = []
    for index, email in enumerate(neighbors(registry, pupil, number=8)):
        refused = refusal_of(
            ctx, pupil, account_id=ids.new(), email=email, identifier=f"{2_000_000 + index}", address=f"192.0.2.{index}"
        )
        assert isinstance(refused, ClaimMismatch)
        reasons.append(differing(ctx, refused.facts["support_reference"]))
    assert reasons == [["identifier"]] * 5 + [["attempts"]] * 3
    assert isinstance(refusal_of(ctx, pupil, last_name="X"), ClaimMismatch)
    assert claim(ctx, pupil).is_new


@pytest.mark.requirement("CHD-5")
def test_claim_child_compares_no_more_than_fifteen_strangers_a_month(
    ctx: Context, registry: Registry, clock: FakeClock
) -> None:
    pupil = registry.make_student()
    compared = 0
    for index, email in enumerate(neighbors(registry, pupil, number=40)):
        refused = refusal_of(
            ctx, pupil, account_id=ids.new(), email=email, identifier=f"{2_000_000 + index}", address=f"192.0.2.{index}"
        )
        compared += differing(ctx, refused.facts["support_reference"]) == ["identifier"]
        clock.advance(timedelta(hours=6))
    assert compared == 15


@pytest.mark.requirement("CHD-5")
def test_claim_child_compares_no_more_than_five_names_with_one_number_a_day(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    reasons = []
    for index, email in enumerate(neighbors(registry, pupil, number=8)):
        refused = refusal_of(
            ctx, pupil, account_id=ids.new(), email=email, first_name=f"Nom{index}", address=f"192.0.2.{index}"
        )
        reasons.append(differing(ctx, refused.facts["support_reference"]))
    assert reasons == [["first_name", "email"]] * 5 + [["attempts"]] * 3
    assert claim(ctx, pupil).is_new


@pytest.mark.requirement("CHD-5")
def test_claim_child_compares_no_more_than_ten_permanent_codes_of_one_child_ever(
    make_context: Callable[..., Context], registry: Registry, clock: FakeClock
) -> None:
    ctx = make_context(claims_per_child_day=100, claims_per_child_month=1000, claims_per_number_day=100)
    pupil = registry.make_student(permanent_code="TREZ71531101")
    compared = 0
    for index, email in enumerate(neighbors(registry, pupil, number=101)):
        refused = refusal_of(
            ctx,
            pupil,
            account_id=ids.new(),
            email=email,
            identifier=f"TREZ715311{index % 100:02}",
            address=f"192.0.2.{index}",
        )
        assert isinstance(refused, ClaimMismatch)
        compared += differing(ctx, refused.facts["support_reference"]) != ["attempts"]
        clock.advance(timedelta(days=2))
    assert compared == 10
    assert claim(ctx, pupil, identifier="TREZ71531101").is_new


@pytest.mark.requirement("CHD-5")
def test_claim_child_counts_the_spellings_of_one_child_together(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    spellings = ["Éloïse", "Eloise", "ÉLOISE", "Elo-ïse", "È loïse", "Élôise", "Elöise"]
    reasons = []
    for index, (spelling, email) in enumerate(zip(spellings, neighbors(registry, pupil, number=7), strict=True)):
        refused = refusal_of(
            ctx,
            pupil,
            account_id=ids.new(),
            email=email,
            first_name=spelling,
            identifier=f"{2_000_000 + index}",
            address=f"192.0.2.{index}",
        )
        reasons.append(differing(ctx, refused.facts["support_reference"]))
    assert reasons == [["identifier"]] * 5 + [["attempts"]] * 2


@pytest.mark.requirement("CHD-15")
def test_claim_child_refuses_one_child_too_many(make_context: Callable[..., Context], registry: Registry) -> None:
    ctx = make_context(most_children=2)
    first, second, third = (registry.make_student() for _ in range(3))
    claim(ctx, first)
    claim(ctx, second)
    refused = refusal_of(ctx, third)
    assert isinstance(refused, TooManyChildren)
    assert refused.facts == {"most_children": 2}
    # It was right: nothing was spent, and what is held can be claimed again.
    for _ in range(20):
        refusal_of(ctx, third)
    assert not claim(ctx, first).is_new
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=first.id)
    assert claim(ctx, third).is_new


# Children


def test_list_children_shows_only_ones_own(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    claim(ctx, pupil)
    assert [child["id"] for child in children.list_children(ctx, account_id=ACCOUNT, email=PARENT)] == [pupil.id]
    assert children.list_children(ctx, account_id=OTHER_ACCOUNT, email=PARENT) == []


def test_list_children_shows_a_child_once_whose_guardians_share_a_mailbox(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    registry.make_guardian(pupil, is_principal=True)
    claim(ctx, pupil)
    (child,) = children.list_children(ctx, account_id=ACCOUNT, email=PARENT)
    assert child["rights"] == ["re_register", "report_absences", "view_file"]


def suspend_by_email(ctx: Context, pupil: Pupil) -> str:
    return "moved@exemple.ca"


def suspend_by_status(ctx: Context, pupil: Pupil) -> str:
    with ctx.db.transaction() as session:
        session.execute(update(Student).where(Student.id == pupil.id).values(status="gone"))
    return PARENT


def suspend_by_restriction(ctx: Context, pupil: Pupil) -> str:
    with ctx.db.transaction() as session:
        session.execute(
            update(Guardianship).where(Guardianship.student_id == pupil.id).values(restrictions=["no_access"])
        )
    return PARENT


def suspend_by_date(ctx: Context, pupil: Pupil) -> str:
    with ctx.db.transaction() as session:
        session.execute(
            update(Guardianship).where(Guardianship.student_id == pupil.id).values(ends_on=date(2026, 1, 14))
        )
    return PARENT


SUSPENSIONS = [suspend_by_email, suspend_by_status, suspend_by_restriction, suspend_by_date]


@pytest.mark.requirement("CHD-12")
@pytest.mark.parametrize("suspend", SUSPENSIONS)
def test_a_link_is_suspended_by_the_next_read(
    ctx: Context, registry: Registry, suspend: Callable[[Context, Pupil], str]
) -> None:
    pupil = registry.make_student(school_id=None)
    claim(ctx, pupil)
    email = suspend(ctx, pupil)
    (child,) = children.list_children(ctx, account_id=ACCOUNT, email=email)
    assert (child["id"], child["first_name"], child["status"]) == (pupil.id, "Éloïse", "suspended")
    assert (child["school"], child["grade"], child["level"], child["rights"]) == (None, None, None, [])
    with pytest.raises(NotFound):
        children.open_child(ctx, account_id=ACCOUNT, email=email, child_id=pupil.id)
    with pytest.raises(NotFound):
        children.list_journal(ctx, account_id=ACCOUNT, email=email, child_id=pupil.id, offset=0, limit=20)
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=pupil.id)
    assert children.list_children(ctx, account_id=ACCOUNT, email=email) == []


@pytest.mark.requirement("CHD-12")
def test_a_suspended_link_opens_again_with_the_email(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    claim(ctx, pupil)
    assert children.list_children(ctx, account_id=ACCOUNT, email="")[0]["status"] == "suspended"
    assert children.list_children(ctx, account_id=ACCOUNT, email=PARENT.upper())[0]["status"] == "active"


@pytest.mark.requirement("CHD-13")
@pytest.mark.parametrize("child_id", ["", "x", ids.new(), "0" * 36, "' OR 1=1 --", "\x00" * 36])
def test_open_child_refuses_what_is_not_held(ctx: Context, registry: Registry, child_id: str) -> None:
    registry.make_student()
    with pytest.raises(NotFound):
        children.open_child(ctx, account_id=ACCOUNT, email=PARENT, child_id=child_id)
    with pytest.raises(NotFound):
        children.unlink_child(ctx, account_id=ACCOUNT, child_id=child_id)


def test_unlink_child_ends_the_link_once(ctx: Context, registry: Registry, clock: FakeClock) -> None:
    pupil = registry.make_student()
    claim(ctx, pupil)
    clock.advance(timedelta(days=1))
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=pupil.id)
    with pytest.raises(NotFound):
        children.unlink_child(ctx, account_id=ACCOUNT, child_id=pupil.id)
    _, (type_, key, data) = published(ctx)
    assert (type_, key) == (events.CHILD_UNLINKED.type, f"student:{pupil.id}")
    assert (data["reason"], data["unlinked_at"]) == ("parent", clock.now().isoformat())
    with ctx.db.read() as session:
        link = session.scalars(select(Link)).one()
    assert (link.ended_at, link.end_reason) == (clock.now(), "parent")


def test_unlink_child_leaves_the_other_guardians_link(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    registry.make_guardian(pupil, email="autre@exemple.ca")
    claim(ctx, pupil)
    claim(ctx, pupil, account_id=OTHER_ACCOUNT, email="autre@exemple.ca")
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=pupil.id)
    (child,) = children.list_children(ctx, account_id=OTHER_ACCOUNT, email="autre@exemple.ca")
    assert child["id"] == pupil.id


def ends_of_links(ctx: Context) -> list[tuple[str, str | None]]:
    with ctx.db.read() as session:
        rows = session.execute(select(Link.account_id, Link.end_reason).order_by(Link.id))
        return [(row.account_id, row.end_reason) for row in rows]


@pytest.mark.requirement("ACC-12", "EVT-5")
def test_unlink_children_ends_every_link_of_the_account_and_says_so(
    ctx: Context, registry: Registry, clock: FakeClock
) -> None:
    pupils = [registry.make_student() for _ in range(3)]
    for pupil in pupils:
        claim(ctx, pupil)
    # One let go of before, one suspended, one open: the first is not told again.
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=pupils[0].id)
    with ctx.db.transaction() as session:
        session.execute(update(Student).where(Student.id == pupils[1].id).values(status="gone"))
    before = len(published(ctx))
    clock.advance(timedelta(days=1))
    assert children.unlink_children(ctx, account_id=ACCOUNT, cause=ids.new()) == 2
    said = published(ctx)[before:]
    assert sorted(key for _, key, _ in said) == sorted(f"student:{pupil.id}" for pupil in pupils[1:])
    assert {type_ for type_, _, _ in said} == {events.CHILD_UNLINKED.type}
    assert {(data["reason"], data["unlinked_at"]) for _, _, data in said} == {
        ("account_deleted", clock.now().isoformat())
    }
    assert [state for _, _, state in states(ctx)][-2:] == [None, None]
    assert {key for key, _, _ in states(ctx)[-2:]} == {f"account:{ACCOUNT}/student:{pupil.id}" for pupil in pupils[1:]}
    with ctx.db.read() as session:
        entries = select(JournalEntry.student_id).where(
            JournalEntry.action == journal.CHILD_UNLINKED, JournalEntry.at == clock.now()
        )
        assert set(session.scalars(entries)) == {pupil.id for pupil in pupils[1:]}


@pytest.mark.requirement("ACC-12", "EVT-4")
def test_unlink_children_does_it_once_for_each_cause(ctx: Context, registry: Registry) -> None:
    claim(ctx, registry.make_student())
    cause = ids.new()
    assert children.unlink_children(ctx, account_id=ACCOUNT, cause=cause) == 1
    said = published(ctx), states(ctx), count(ctx, JournalEntry)
    assert children.unlink_children(ctx, account_id=ACCOUNT, cause=cause) == 0
    # Told again after the inbox has forgotten: there is nothing left to end.
    assert children.unlink_children(ctx, account_id=ACCOUNT, cause=ids.new()) == 0
    assert (published(ctx), states(ctx), count(ctx, JournalEntry)) == said


def test_unlink_children_leaves_the_other_guardians_link(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    registry.make_guardian(pupil, email="autre@exemple.ca")
    claim(ctx, pupil)
    claim(ctx, pupil, account_id=OTHER_ACCOUNT, email="autre@exemple.ca")
    children.unlink_children(ctx, account_id=ACCOUNT, cause=ids.new())
    assert ends_of_links(ctx) == [(ACCOUNT, "account_deleted"), (OTHER_ACCOUNT, None)]
    page = children.list_journal(
        ctx, account_id=OTHER_ACCOUNT, email="autre@exemple.ca", child_id=pupil.id, offset=0, limit=1
    )
    assert [(entry["who"], entry["action"]) for entry in page.items] == [("other_guardian", "child_unlinked")]


def test_unlink_children_does_nothing_for_an_account_without_children(ctx: Context) -> None:
    assert children.unlink_children(ctx, account_id=ids.new(), cause=ids.new()) == 0
    assert told(ctx, events.TOPIC) == []


# Guardianships


def states(ctx: Context) -> list[tuple[str, int | None, dict[str, Any] | None]]:
    return [(event.key, event.version, event.data) for event in told(ctx, events.GUARDIANSHIPS_TOPIC)]


@pytest.mark.requirement("EVT-5")
def test_a_claim_and_its_end_tell_the_guardianship_as_a_state(
    ctx: Context, registry: Registry, clock: FakeClock
) -> None:
    pupil = registry.make_student()
    claim(ctx, pupil)
    linked_at = clock.now()
    clock.advance(timedelta(days=1))
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=pupil.id)
    claim(ctx, pupil)
    key = f"account:{ACCOUNT}/student:{pupil.id}"
    state = {
        "account_id": ACCOUNT,
        "child_id": pupil.id,
        "organisation_id": pupil.organisation_id,
        "student_source_id": registry.source_id_of(Student, pupil.id),
        "level": "primary",
        "grade": "05",
        "rights": ["report_absences", "view_file"],
        "linked_at": linked_at.isoformat(),
    }
    again = {**state, "linked_at": clock.now().isoformat()}
    assert states(ctx) == [(key, 1, state), (key, 2, None), (key, 3, again)]


def forget_what_was_told(ctx: Context) -> None:
    """Make the database one that is older than the topic."""
    with ctx.db.transaction() as session:
        for table in (outbox.outbox, outbox.aggregates):
            session.execute(delete(table).where(table.c.aggregate.startswith(events.GUARDIANSHIPS_TOPIC)))


def test_tell_guardianships_tells_live_links_that_were_never_told(ctx: Context, registry: Registry) -> None:
    pupils = [registry.make_student() for _ in range(6)]
    for pupil in pupils:
        claim(ctx, pupil)
    told_at_first = states(ctx)
    forget_what_was_told(ctx)
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=pupils[0].id)
    claim(ctx, registry.make_student())
    before = states(ctx)
    steps: list[tuple[int, int]] = []
    told_now = guardianships.tell_guardianships(ctx, progress=lambda *step: steps.append(step), page_size=2)
    assert told_now == 5
    assert steps == [(0, 5), (2, 5), (4, 5), (5, 5)]
    assert sorted(states(ctx)[len(before) :]) == sorted(told_at_first[1:])
    assert guardianships.tell_guardianships(ctx) == 0


def test_tell_guardianships_tells_all_again_when_the_topic_was_lost(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    claim(ctx, pupil)
    assert guardianships.tell_guardianships(ctx, tells_all=True) == 1
    (key, first, state), again = states(ctx)
    assert (first, again) == (1, (key, 2, state))


# The journal


@pytest.mark.requirement("PRV-1")
def test_list_journal_tells_who_did_what_without_naming_the_other(
    ctx: Context, registry: Registry, clock: FakeClock
) -> None:
    pupil = registry.make_student()
    registry.make_guardian(pupil, email="autre@exemple.ca")
    claim(ctx, pupil)
    clock.advance(timedelta(minutes=1))
    claim(ctx, pupil, account_id=OTHER_ACCOUNT, email="autre@exemple.ca")
    for _ in range(3):
        clock.advance(timedelta(minutes=1))
        children.open_child(ctx, account_id=OTHER_ACCOUNT, email="autre@exemple.ca", child_id=pupil.id)
    page = children.list_journal(ctx, account_id=ACCOUNT, email=PARENT, child_id=pupil.id, offset=0, limit=20)
    assert [(entry["who"], entry["action"]) for entry in page.items] == [
        ("other_guardian", "file_opened"),
        ("other_guardian", "child_linked"),
        ("you", "child_linked"),
    ]
    assert page.item_count == 3
    assert page.items[-1]["at"] == datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
    assert OTHER_ACCOUNT not in str(page)


@pytest.mark.requirement("PRV-1")
def test_open_child_is_one_entry_a_day_however_many_processes_see_it(
    make_context: Callable[..., Context], registry: Registry, clock: FakeClock
) -> None:
    pupil = registry.make_student()
    here, there = make_context(), make_context()
    claim(here, pupil)
    for ctx in (here, there, here, there):
        children.open_child(ctx, account_id=ACCOUNT, email=PARENT, child_id=pupil.id)
    clock.advance(timedelta(days=1))
    children.open_child(here, account_id=ACCOUNT, email=PARENT, child_id=pupil.id)
    with here.db.read() as session:
        actions = session.scalars(select(JournalEntry.action)).all()
    assert actions.count("file_opened") == 2


def test_list_journal_is_cut_into_pages(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    claim(ctx, pupil)
    children.open_child(ctx, account_id=ACCOUNT, email=PARENT, child_id=pupil.id)
    asked = {"account_id": ACCOUNT, "email": PARENT, "child_id": pupil.id}
    beyond = children.list_journal(ctx, **asked, offset=10, limit=5)
    assert (beyond.items, beyond.item_count) == ([], 2)
    second = children.list_journal(ctx, **asked, offset=1, limit=1)
    assert (len(second.items), second.item_count) == (1, 2)


# Sweeping


def test_sweep_deletes_what_has_served_its_time(ctx: Context, registry: Registry, clock: FakeClock) -> None:
    pupil = registry.make_student()
    claim(ctx, pupil)
    refusal_of(ctx, pupil, last_name="X")
    clock.advance(timedelta(days=89))
    assert sweeping.sweep(ctx)["rejected_claims"] == 0
    clock.advance(timedelta(days=2))
    swept = sweeping.sweep(ctx)
    assert swept["rejected_claims"] == 1
    assert swept["journal_entries"] == 0
    clock.advance(timedelta(days=5 * 365))
    assert sweeping.sweep(ctx)["journal_entries"] == 1
    assert count(ctx, Link) == 1
