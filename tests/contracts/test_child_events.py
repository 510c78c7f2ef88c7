"""What enrollment says of a child and what the others read of it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.enrollment import events as said
from services.enrollment.registry_files import cells
from services.identity import consumers as heard
from shared import ids, messages
from shared.messages import Event

AT = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
FACTS = {name: ids.new() for name in ("link_id", "student_id", "account_id", "organisation_id")}


def received(event: Event) -> Event:
    """Return the event as it comes out of a log."""
    return messages.decode(messages.encode(replace(event, occurred_at=AT, version=1)))


@pytest.mark.parametrize(
    ("event", "type_"),
    [
        (said.child_linked(**FACTS, rights=("view_file",), at=AT), heard.CHILD_LINKED),
        (said.link_confirmed(**FACTS, at=AT), heard.LINK_CONFIRMED),
        (said.child_unlinked(**FACTS, reason=said.UNLINKED_BY_PARENT, at=AT), heard.CHILD_UNLINKED),
    ],
    ids=["linked", "confirmed", "unlinked"],
)
def test_identity_reads_whose_account_it_is(event: Event, type_: str) -> None:
    arrived = received(event)
    assert arrived.type == type_
    assert messages.read(arrived, heard.AboutAccount).account_id == FACTS["account_id"]


@pytest.mark.parametrize(
    "event",
    [
        said.child_linked(**FACTS, rights=(), at=AT),
        said.child_unlinked(**FACTS, reason=said.UNLINKED_BY_PARENT, at=AT),
        said.student_changed(
            student_id=FACTS["student_id"], organisation_id=FACTS["organisation_id"], changes=["school", "school"]
        ),
    ],
    ids=lambda event: event.type,
)
def test_everything_about_one_student_keeps_its_order(event: Event) -> None:
    assert event.key == f"student:{FACTS['student_id']}"
    assert event.organisation_id == FACTS["organisation_id"]


def test_every_kind_of_change_can_be_said() -> None:
    told = said.student_changed(
        student_id=FACTS["student_id"], organisation_id=FACTS["organisation_id"], changes=said.CHANGES
    )
    assert tuple(told.data["changes"]) == said.CHANGES


def test_a_change_that_is_not_declared_is_not_said() -> None:
    with pytest.raises(messages.EventRefused):
        said.student_changed(
            student_id=FACTS["student_id"], organisation_id=FACTS["organisation_id"], changes=["email"]
        )


GUARDIANSHIP = {name: FACTS[name] for name in ("student_id", "account_id", "organisation_id")}
PLACEMENT = {"student_source_id": "eleve-4821", "school_source_id": "ecole-12", "level": "secondary", "grade": "S4"}


@pytest.mark.requirement("EVT-5")
def test_a_guardianship_and_its_end_have_one_key_and_the_end_no_data() -> None:
    told = received(said.guardianship_changed(**GUARDIANSHIP, **PLACEMENT, rights=("view_file",), linked_at=AT))
    ended = received(said.guardianship_ended(**GUARDIANSHIP))
    assert told.key == ended.key == f"account:{FACTS['account_id']}/student:{FACTS['student_id']}"
    assert (told.topic, ended.topic) == (said.GUARDIANSHIPS_TOPIC, said.GUARDIANSHIPS_TOPIC)
    assert told.organisation_id == ended.organisation_id == FACTS["organisation_id"]
    assert ended.data is None


def test_a_guardianship_says_of_a_link_what_child_linked_says() -> None:
    linked = said.child_linked(**FACTS, rights=("view_file",), at=AT).data
    state = said.guardianship_changed(**GUARDIANSHIP, **PLACEMENT, rights=("view_file",), linked_at=AT).data
    assert state == {name: linked[name] for name in state.keys() - PLACEMENT.keys()} | PLACEMENT


@pytest.mark.parametrize("unknown", ["school_source_id", "level", "grade"])
def test_a_guardianship_does_not_name_what_the_registry_does_not_say(unknown: str) -> None:
    nowhere = PLACEMENT | {unknown: None}
    state = said.guardianship_changed(**GUARDIANSHIP, **nowhere, rights=(), linked_at=AT).data
    assert PLACEMENT.keys() - state.keys() == {unknown}
    assert state["student_source_id"] == "eleve-4821"


def test_a_guardianship_takes_the_longest_grade_that_a_registry_may_hold() -> None:
    grade, level = cells.grade("programme d’accueil francisation")
    placed = PLACEMENT | {"level": level, "grade": grade}
    state = received(said.guardianship_changed(**GUARDIANSHIP, **placed, rights=(), linked_at=AT)).data
    assert (len(state["grade"]), "level" in state) == (20, False)


def test_a_guardianship_never_leaves() -> None:
    assert said.GUARDIANSHIP_CHANGED.outside == {}
