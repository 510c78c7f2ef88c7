"""What enrollment and identity say and attendance reads, by their own declarations and samples."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from event_catalogue.declarations import gather
from services.attendance import consumers as heard, events as said
from services.attendance.context import Context
from services.attendance.models import GUARDIANSHIPS
from services.attendance.rules import rights as understood
from services.enrollment import events as enrollment
from services.enrollment.rules import rights as granted
from services.identity import events as identity
from shared import handling, messages
from shared.handling import Dead
from shared.messages import Event, EventType
from tests.support.attendance import make_settings

AT = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)


def received(type_: EventType, key: str) -> Event:
    """Return the sample of a type as it comes out of a log."""
    event = type_.about(key=key, data=type_.sample)
    return messages.decode(messages.encode(replace(event, occurred_at=AT, version=1)))


def test_attendance_reads_a_guardianship_as_enrollment_tells_it() -> None:
    sample = enrollment.GUARDIANSHIP_CHANGED.sample
    event = received(enrollment.GUARDIANSHIP_CHANGED, key="account:a/student:s")
    assert (event.type, event.topic) == (heard.GUARDIANSHIP_CHANGED, GUARDIANSHIPS.topic)
    state = GUARDIANSHIPS.state(event)
    assert state is not None
    assert dict(state) == {name: sample[name] for name in state}


def test_attendance_reads_a_guardianship_without_a_school() -> None:
    without = {
        name: value for name, value in enrollment.GUARDIANSHIP_CHANGED.sample.items() if name != "school_source_id"
    }
    event = enrollment.GUARDIANSHIP_CHANGED.about(key="account:a/student:s", data=without)
    state = GUARDIANSHIPS.state(messages.decode(messages.encode(replace(event, occurred_at=AT, version=1))))
    assert state is not None
    assert state["school_source_id"] is None


def test_a_guardianship_has_room_for_every_id_that_a_school_may_give() -> None:
    declared = enrollment.GUARDIANSHIP_CHANGED.schema["properties"]
    columns = GUARDIANSHIPS.table.c
    for name in ("student_source_id", "school_source_id"):
        assert columns[name].type.length == declared[name]["maxLength"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        (enrollment.ORGANISATION_SUBSCRIBED, heard.ORGANISATION_SUBSCRIBED),
        (enrollment.ORGANISATION_UNSUBSCRIBED, heard.ORGANISATION_UNSUBSCRIBED),
    ],
)
def test_attendance_reads_which_organisation_it_is(type_: EventType, name: str) -> None:
    event = received(type_, key="organisation:o")
    told = messages.read(event, heard.AboutOrganisation)
    assert event.type == name
    assert (told.organisation_id, told.organisation_code) == (
        type_.sample["organisation_id"],
        type_.sample["organisation_code"],
    )


@pytest.mark.requirement("AT-11")
def test_attendance_understands_the_rights_that_enrollment_grants() -> None:
    silent = granted.Guardianship(is_principal=False, rights=None, restrictions=[], starts_on=None, ends_on=None)
    words = granted.of([silent], on=AT.date())
    assert (understood.may_see(words), understood.may_act(words)) == (True, True)


@pytest.mark.requirement("EVT-1")
@pytest.mark.parametrize("type_", said.TYPES, ids=lambda type_: type_.type)
def test_attendance_tells_neither_reasons_nor_a_schools_own_ids(type_: EventType) -> None:
    fields = set(type_.schema["properties"])
    assert not {name for name in fields if "reason" in name or "explanation" in name or "source" in name}
    assert {"register_id", "child_id", "organisation_id"} <= fields


def test_attendance_hears_what_the_catalogue_says_it_does() -> None:
    hearing = {each.type for each in gather().events if "attendance" in each.consumers}
    assert hearing == {
        heard.ACCOUNT_DELETED,
        heard.GUARDIANSHIP_CHANGED,
        heard.ORGANISATION_SUBSCRIBED,
        heard.ORGANISATION_UNSUBSCRIBED,
    }


@pytest.mark.requirement("ACC-12", "PRV-5")
def test_attendance_reads_whose_account_identity_says_is_deleted() -> None:
    event = received(identity.ACCOUNT_DELETED, key="account:a")
    assert (event.type, identity.ACCOUNT_DELETED.topic in heard.TOPICS) == (heard.ACCOUNT_DELETED, True)
    assert messages.read(event, heard.AboutAccount).account_id == identity.ACCOUNT_DELETED.sample["account_id"]


@pytest.mark.requirement("EVT-4")
@pytest.mark.parametrize("said_of", [{}, {"account_id": "\0"}, {"account_id": "parent@exemple.ca"}])
def test_attendance_puts_aside_an_end_that_does_not_say_whose(said_of: dict[str, str]) -> None:
    ctx = Context.open(make_settings("sqlite://"))
    event = replace(received(identity.ACCOUNT_DELETED, key="account:a"), data=said_of)
    with pytest.raises(Dead):
        handling.handle(event, handlers=heard.handlers(ctx), known_types=())
