"""What attendance says of a child's absences, in the child's journal."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.event import listen, remove

from services.attendance import events as attendance
from services.enrollment import consumers
from services.enrollment.context import Context
from services.enrollment.models import JournalEntry
from services.enrollment.operations import journal
from services.enrollment.schemas import JournalEntryOut
from shared import ids, messages
from shared.messages import Event, EventType, UnreadableMessage
from tests.support.enrollment import ACCOUNT, MOMENT, Browser, Registry, as_json

OTHER_ACCOUNT = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9bb"
TYPES = {each.type: each for each in attendance.TYPES}
BY_GUARDIANS = {each.type for each in attendance.TYPES if "account_id" in each.sample}
NOTED = [name for name in consumers.NOTED if name.startswith("ca.vitrail.attendance.")]
RECORDED, CORRECTED = attendance.ABSENCE_RECORDED, attendance.ABSENCE_CORRECTED
WHO = {True: ("you", "guardian"), False: ("school", "school")}


def told(type_: EventType, **changed: Any) -> Event:
    event = type_.about(key="register:1", data={**type_.sample, **changed})
    return messages.decode(messages.encode(replace(event, occurred_at=MOMENT, version=1)))


def of_me(type_: EventType) -> dict[str, str]:
    return {name: ACCOUNT for name in type_.sample if name == "account_id"}


def hear(ctx: Context, *events: Event) -> None:
    handlers = consumers.handlers(ctx)
    for event in events:
        handlers[event.type](event)
    handlers.flush()


@pytest.mark.requirement("PRV-1")
@pytest.mark.parametrize("name", NOTED)
def test_what_was_done_with_an_absence_is_noted_once(
    ctx: Context, registry: Registry, browser: Browser, name: str
) -> None:
    pupil = registry.make_student()
    browser.post("/claims", as_json(pupil))
    facts = {"child_id": pupil.id, "organisation_id": pupil.organisation_id}
    event = told(TYPES[name], **facts, **of_me(TYPES[name]))
    for _ in range(2):
        hear(ctx, event)
    entries = [
        each
        for each in browser.get(f"/children/{pupil.id}/access-journal").json
        if each["action"] == consumers.NOTED[name]
    ]
    assert [(each["who"], each["role"]) for each in entries] == [WHO[name in BY_GUARDIANS]]


@pytest.mark.requirement("PRV-1")
def test_what_another_guardian_did_is_noted_without_saying_who(
    ctx: Context, registry: Registry, browser: Browser
) -> None:
    pupil = registry.make_student()
    browser.post("/claims", as_json(pupil))
    hear(ctx, told(attendance.NOTICE_SUBMITTED, child_id=pupil.id, account_id=OTHER_ACCOUNT))
    entry = browser.get(f"/children/{pupil.id}/access-journal").json[-1]
    assert (entry["action"], entry["who"]) == ("absence_announced", "other_guardian")


def test_what_is_heard_together_is_noted_together_and_each_event_once(ctx: Context, registry: Registry) -> None:
    pupils = [registry.make_student() for _ in range(3)]
    heard = [told(type_, child_id=each.id) for each in pupils for type_ in (RECORDED, CORRECTED)]
    hear(ctx, heard[0])
    hear(ctx, *heard, *heard, told(RECORDED, child_id=ids.new()))
    with ctx.db.read() as session:
        noted = session.execute(select(JournalEntry.student_id, JournalEntry.action)).all()
    both = (journal.ABSENCE_CORRECTED, journal.ABSENCE_RECORDED)
    assert sorted(noted) == sorted((each.id, action) for each in pupils for action in both)


def test_what_cannot_be_noted_now_is_noted_when_it_comes_again(
    ctx: Context, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = told(RECORDED, child_id=registry.make_student().id)
    handlers = consumers.handlers(ctx)
    with monkeypatch.context() as broken:
        broken.setattr(journal, "write_notes", unwilling)
        handlers[event.type](event)
        with pytest.raises(ConnectionError):
            handlers.flush()
    # Nothing of it is left here: whoever has the partition by then hears it.
    assert count_statements(ctx, handlers.flush) == 0
    handlers[event.type](event)
    handlers.flush()
    handlers.flush()
    with ctx.db.read() as session:
        assert session.scalars(select(JournalEntry.action)).all() == [journal.ABSENCE_RECORDED]


def test_what_was_collected_is_let_go_of_once_it_is_written(ctx: Context, registry: Registry) -> None:
    event = told(RECORDED, child_id=registry.make_student().id)
    handlers = consumers.handlers(ctx)
    handlers[event.type](event)
    assert count_statements(ctx, handlers.flush) > 0
    assert count_statements(ctx, handlers.flush) == 0


def count_statements(ctx: Context, act: Callable[[], None]) -> int:
    said: list[object] = []

    def note(*statement: object) -> None:
        said.append(statement)

    listen(ctx.db.engine, "before_cursor_execute", note)
    act()
    remove(ctx.db.engine, "before_cursor_execute", note)
    return len(said)


def unwilling(*_: Any, **__: Any) -> None:
    raise ConnectionError


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["child_id", "account_id"])
def test_an_event_about_what_is_no_id_is_unreadable_and_holds_nothing_up(ctx: Context, name: str) -> None:
    event = told(attendance.NOTICE_SUBMITTED)
    with pytest.raises(UnreadableMessage):
        hear(ctx, replace(event, data={**(event.data or {}), name: "x" * 200}))


def test_an_absence_of_a_child_that_nobody_holds_or_knows_is_not_noted(ctx: Context) -> None:
    without = {name: value for name, value in attendance.ABSENCE_RECORDED.sample.items() if name != "child_id"}
    event = attendance.ABSENCE_RECORDED.about(key="register:1", data=without)
    hear(ctx, messages.decode(messages.encode(replace(event, occurred_at=MOMENT, version=1))))
    hear(ctx, told(attendance.ABSENCE_RECORDED, child_id=ids.new()))
    with ctx.db.read() as session:
        assert session.scalars(select(JournalEntry.id)).all() == []


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_an_event_without_its_moment_is_unreadable(ctx: Context) -> None:
    event = replace(told(attendance.ABSENCE_RECORDED), occurred_at=None)
    with pytest.raises(UnreadableMessage):
        hear(ctx, event)


def test_every_type_that_is_noted_is_one_of_attendances() -> None:
    assert set(NOTED) <= set(TYPES)
    assert {name.split(".")[3] for name in BY_GUARDIANS & set(NOTED)} == {
        "notice-submitted",
        "notice-withdrawn",
        "motivation-submitted",
    }


def test_the_journals_description_names_every_action() -> None:
    written = {value for name, value in vars(journal).items() if name.isupper() and isinstance(value, str)}
    described = JournalEntryOut().fields["action"].metadata["description"]
    assert "absence_announced" in written
    assert {action for action in written if f"`{action}`" not in described} == set()
