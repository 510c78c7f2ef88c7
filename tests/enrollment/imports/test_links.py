"""What an import tells of the links that it shakes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from services.enrollment import events
from services.enrollment.models import Link
from services.enrollment.operations import claims, guardianships, subscriptions
from shared import outbox
from tests.support.enrollment import ACCOUNT
from tests.support.registries import FORMATS, ORGANISATION_CODE, Office, SchoolFile, school_of

PARENT = "parent1@example.com"
FIRST = {"last_name": "Tremblay", "identifier": "1000001", "first_name": "Éloïse-1"}
EVERY_RIGHT = ["re_register", "report_absences", "view_file"]


@pytest.fixture
def claimed(office: Office) -> Office:
    """An office whose first student is held by an account, with nothing left in the outbox."""
    office.hand_over(school_of(3))
    claims.claim_child(
        office.ctx,
        account_id=ACCOUNT,
        email=PARENT,
        address="192.0.2.1",
        organisation_id=office.organisation_id,
        birth_on=office.student("s1").birth_on,
        **FIRST,
    )
    office.told()
    return office


def told(office: Office) -> list[tuple[str, dict[str, Any] | None]]:
    """Return what was told of links and guardianships since the last time, and forget it."""
    with office.ctx.db.read() as session:
        waiting = [each.event for each in outbox.list_unpublished(session, limit=1000)]
    office.told()
    return [(event.type.split(".")[3], event.data) for event in waiting if event.type != events.STUDENT_CHANGED.type]


def suspension(office: Office) -> str | None:
    with office.ctx.db.read() as session:
        return session.scalars(select(Link.suspension)).one()


def without_email(file: SchoolFile) -> SchoolFile:
    return replace(file, parents=tuple(replace(each, email="") for each in file.parents))


CHANGES = pytest.mark.parametrize(
    "change",
    [
        without_email,
        lambda file: file.with_pupil("s1", guardians=("p2",)),
        lambda file: file.without("p1").with_pupil("s1", guardians=()),
        lambda file: file.without("s1"),
        lambda file: file.with_pupil("s1", status="tobedeleted"),
    ],
    ids=["e-mail removed", "another guardian", "guardian gone", "left", "to be deleted"],
)


@pytest.mark.requirement("CHD-12", "EVT-5")
@CHANGES
def test_import_registry_tells_that_a_link_is_suspended_and_restored(
    claimed: Office, change: Callable[[SchoolFile], SchoolFile]
) -> None:
    claimed.hand_over(change(school_of(3)))
    (suspended, facts), (state, ended) = told(claimed)
    assert (suspended, state, ended) == ("link-suspended", "guardianship-changed", None)
    assert (facts["account_id"], facts["child_id"], facts["reason"]) == (ACCOUNT, claimed.student("s1").id, "registry")
    assert suspension(claimed) == "registry"
    claimed.hand_over(school_of(3))
    (restored, facts), (state, guardianship) = told(claimed)
    assert (restored, state) == ("link-restored", "guardianship-changed")
    assert facts["rights"] == guardianship["rights"] == EVERY_RIGHT
    assert guardianship["linked_at"] == claimed.ctx.clock.now().isoformat()
    assert suspension(claimed) is None


@pytest.mark.requirement("CHD-12", "EVT-4")
@CHANGES
def test_import_registry_tells_it_once_however_often_the_file_comes(
    claimed: Office, change: Callable[[SchoolFile], SchoolFile]
) -> None:
    claimed.hand_over(change(school_of(3)))
    told(claimed)
    claimed.hand_over(change(school_of(3)))
    claimed.hand_over(change(school_of(3)).with_pupil("s2", grade="06"))
    assert told(claimed) == []


@pytest.mark.requirement("CHD-12")
def test_import_registry_leaves_links_alone_that_keep_what_they_had(claimed: Office) -> None:
    claimed.hand_over(school_of(3).with_pupil("s1", given_name="Éloïse-Marie"))
    claimed.hand_over(school_of(3).with_pupil("s1", guardians=("p1", "p2")))
    claimed.hand_over(
        without_email(school_of(3)).without("s1", "p1").with_pupil("s2", guardians=("p3",)), is_dry_run=True
    )
    assert told(claimed) == []
    assert suspension(claimed) is None


@pytest.mark.requirement("EVT-5")
def test_import_registry_tells_the_state_of_a_guardian_who_is_no_longer_principal(claimed: Office) -> None:
    claimed.hand_over(school_of(3).with_pupil("s1", guardians=("p2", "p1")))
    [(kind, state)] = told(claimed)
    assert (kind, state["rights"]) == ("guardianship-changed", ["report_absences", "view_file"])


def test_tell_guardianships_leaves_suspended_links_ended(claimed: Office) -> None:
    claimed.hand_over(without_email(school_of(3)))
    told(claimed)
    assert guardianships.tell_guardianships(claimed.ctx, tells_all=True) == 0


@pytest.mark.requirement("CHD-12")
def test_import_registry_judges_no_link_whose_mailbox_nobody_knows(office: Office) -> None:
    office.hand_over(school_of(3))
    office.link("s1")
    office.told()
    office.hand_over(without_email(school_of(3)))
    assert told(office) == []
    # Whoever has left is gone for every mailbox.
    office.hand_over(school_of(3).without("s1"))
    assert [kind for kind, _ in told(office)] == ["link-suspended", "guardianship-changed"]


@pytest.mark.requirement("CHD-12")
def test_import_registry_settles_every_link_that_it_shakes(office: Office) -> None:
    office.hand_over(school_of(5))
    for number in range(1, 6):
        office.link(f"s{number}")
    office.told()
    office.hand_over(school_of(1))
    assert sorted(kind for kind, _ in told(office)) == ["guardianship-changed"] * 4 + ["link-suspended"] * 4


def test_a_claim_tells_what_the_schools_system_calls_the_child(office: Office) -> None:
    office.hand_over(school_of(3))
    office.told()
    claims.claim_child(
        office.ctx,
        account_id=ACCOUNT,
        email=PARENT,
        address="192.0.2.1",
        organisation_id=office.organisation_id,
        birth_on=office.student("s1").birth_on,
        **FIRST,
    )
    (state,) = [facts for kind, facts in told(office) if kind == "guardianship-changed"]
    assert (state["student_source_id"], state["school_source_id"]) == ("s1", "school-1")
    assert (state["level"], state["grade"]) == ("primary", "05")


def test_import_registry_tells_which_school_a_held_child_attends_now(claimed: Office) -> None:
    moved = school_of(3).with_pupil("s1", school="school-2")
    claimed.hand_over(moved)
    [(kind, state)] = told(claimed)
    assert (kind, state["school_source_id"], state["rights"]) == ("guardianship-changed", "school-2", EVERY_RIGHT)
    claimed.hand_over(moved)
    assert told(claimed) == []


def test_import_registry_tells_the_new_school_of_a_link_whose_mailbox_nobody_knows(office: Office) -> None:
    office.hand_over(school_of(3))
    office.link("s1")
    office.told()
    office.hand_over(school_of(3).with_pupil("s1", school="school-2"))
    [(_, state)] = told(office)
    assert (state["school_source_id"], state["student_source_id"]) == ("school-2", "s1")


@pytest.mark.requirement("RE-02", "EVT-5")
@pytest.mark.parametrize("format", FORMATS)
def test_import_registry_tells_which_grade_a_held_child_is_in_now(claimed: Office, format: str) -> None:
    risen = school_of(3).with_pupil("s1", grade="07")
    claimed.hand_over(risen, format=format)
    [(kind, state)] = told(claimed)
    assert (kind, state["level"], state["grade"]) == ("guardianship-changed", "secondary", "07")
    assert (state["school_source_id"], state["rights"]) == ("school-1", EVERY_RIGHT)
    claimed.hand_over(risen, format=format)
    assert told(claimed) == []


def test_import_registry_tells_one_state_of_a_child_whose_school_grade_and_rights_change(claimed: Office) -> None:
    changed = school_of(3).with_pupil("s1", school="school-2", grade="07", guardians=("p2", "p1"))
    claimed.hand_over(changed)
    [(_, state)] = told(claimed)
    assert (state["school_source_id"], state["level"]) == ("school-2", "secondary")
    assert state["rights"] == ["report_absences", "view_file"]


def test_import_registry_tells_no_level_of_a_grade_that_has_none(claimed: Office) -> None:
    claimed.hand_over(school_of(3).with_pupil("s1", grade="UG"))
    [(_, state)] = told(claimed)
    assert ("level" in state, state["grade"]) == (False, "UG")
    claimed.hand_over(school_of(3).with_pupil("s1", grade=""))
    [(_, state)] = told(claimed)
    assert not {"level", "grade"} & state.keys()


@pytest.mark.requirement("RE-02", "EVT-5")
def test_a_call_that_changes_the_grade_of_a_held_child_tells_it(claimed: Office) -> None:
    claimed.put(school_of(3).with_pupil("s1", grade="S4", school="school-2"), "s1")
    [(kind, state)] = told(claimed)
    assert (kind, state["grade"], state["level"]) == ("guardianship-changed", "S4", "secondary")
    assert state["school_source_id"] == "school-2"
    claimed.put(school_of(3).with_pupil("s1", grade="S4", school="school-2"), "s1")
    assert told(claimed) == []


@pytest.mark.requirement("RE-02")
def test_tell_guardianships_tells_the_grade_of_links_that_are_older_than_its_telling(claimed: Office) -> None:
    assert guardianships.tell_guardianships(claimed.ctx, tells_all=True) == 1
    [(_, state)] = told(claimed)
    assert (state["level"], state["grade"]) == ("primary", "05")


def test_import_registry_tells_no_school_or_grade_of_a_suspended_link_before_it_is_restored(claimed: Office) -> None:
    claimed.hand_over(without_email(school_of(3)))
    told(claimed)
    moved = school_of(3).with_pupil("s1", school="school-2", grade="06")
    claimed.hand_over(without_email(moved))
    assert told(claimed) == []
    claimed.hand_over(moved)
    [_, (kind, state)] = told(claimed)
    assert (kind, state["school_source_id"], state["grade"]) == ("guardianship-changed", "school-2", "06")


def only(file: SchoolFile, *source_ids: str) -> SchoolFile:
    """Return what of a file a system hands over that sends what changed alone."""
    return replace(
        file,
        pupils=tuple(each for each in file.pupils if each.source_id in source_ids),
        parents=tuple(each for each in file.parents if each.source_id in source_ids),
        is_delta=True,
    )


RIGHTS = {"p1": {"restrictions": ["no_access"]}}


@pytest.mark.requirement("CHD-12", "EVT-5")
@pytest.mark.parametrize("format", ["oneroster-1.1", "oneroster-1.2"])
@pytest.mark.parametrize(
    ("change", "names"),
    [
        (without_email, ["p1"]),
        (lambda file: replace(file, parents=(replace(file.parents[0], status="tobedeleted"),)), ["p1"]),
        (lambda file: file.with_pupil("s1", guardians=("p2",)), ["s1"]),
        (lambda file: file.with_pupil("s1", rights=RIGHTS), ["s1"]),
        (lambda file: file.with_pupil("s1", status="tobedeleted"), ["s1"]),
    ],
    ids=["e-mail removed", "guardian to be deleted", "another guardian", "no access", "to be deleted"],
)
def test_a_delta_that_names_one_person_suspends_and_restores_the_link(
    claimed: Office, format: str, change: Callable[[SchoolFile], SchoolFile], names: list[str]
) -> None:
    claimed.hand_over(only(change(school_of(3)), *names), format=format)
    assert [kind for kind, _ in told(claimed)] == ["link-suspended", "guardianship-changed"]
    # Somebody else's line, and none at all, change nothing of it.
    claimed.hand_over(only(school_of(3).with_pupil("s2", grade="06"), "s2"), format=format)
    claimed.hand_over(only(school_of(3)), format=format)
    assert told(claimed) == []
    claimed.hand_over(only(school_of(3), "s1", "p1"), format=format)
    assert [kind for kind, _ in told(claimed)] == ["link-restored", "guardianship-changed"]
    assert suspension(claimed) is None


@pytest.mark.requirement("CHD-12")
def test_a_mailbox_that_two_guardians_share_holds_the_link_until_both_lose_it(office: Office) -> None:
    both = school_of(2)
    both = replace(both, parents=(both.parents[0], replace(both.parents[1], email=PARENT)))
    both = both.with_pupil("s1", guardians=("p1", "p2"))
    office.hand_over(both)
    claims.claim_child(
        office.ctx,
        account_id=ACCOUNT,
        email=PARENT,
        address="192.0.2.1",
        organisation_id=office.organisation_id,
        birth_on=office.student("s1").birth_on,
        **FIRST,
    )
    office.told()
    office.put(both.with_pupil("s1", guardians=("p2",)), "s1")
    assert told(office) == []
    office.put(both.with_pupil("s1", guardians=()), "s1")
    assert [kind for kind, _ in told(office)] == ["link-suspended", "guardianship-changed"]


@pytest.mark.requirement("CHD-12", "EN-24")
def test_links_stay_and_follow_the_registry_of_an_organisation_that_takes_part_no_more(claimed: Office) -> None:
    assert subscriptions.unsubscribe(claimed.ctx, organisation_code=ORGANISATION_CODE)
    assert [kind for kind, _ in told(claimed)] == ["organisation-unsubscribed"]
    assert suspension(claimed) is None
    claimed.hand_over(without_email(school_of(3)))
    assert [kind for kind, _ in told(claimed)] == ["link-suspended", "guardianship-changed"]
    claimed.put(school_of(3), "s1")
    assert [kind for kind, _ in told(claimed)] == ["link-restored", "guardianship-changed"]
