"""What enrollment says of a child and what the others read of it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.enrollment import events as said
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
        (said.child_unlinked(**FACTS, reason=said.UNLINKED_BY_PARENT, at=AT), heard.CHILD_UNLINKED),
    ],
    ids=["linked", "unlinked"],
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
