"""What records says of a child's file, in the child's journal."""

from dataclasses import replace
from typing import Any, Final

import pytest
from sqlalchemy import select

from services.enrollment import consumers
from services.enrollment.context import Context
from services.enrollment.models import JournalEntry
from services.records import events as records
from shared import ids, messages
from shared.messages import Event, EventType
from tests.support.enrollment import ACCOUNT, MOMENT, Browser, Registry, as_json

TYPES = {each.type: each for each in records.TYPES}
NOTED = [name for name in consumers.NOTED if name.startswith("ca.vitrail.records.")]
BY_GUARDIANS = {each.type for each in records.TYPES if "account_id" in each.sample}
WHO = {True: ("you", "guardian"), False: ("school", "school")}
TILES: Final = records.TILE_VIEWED.schema["properties"]["tile"]["enum"]


def told(type_: EventType, **changed: Any) -> Event:
    data = {**type_.sample, **changed}
    event = type_.about(key=type_.key_form.replace("<id>", data["child_id"]), data=data)
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
def test_what_was_done_with_a_record_is_noted_once(
    ctx: Context, registry: Registry, browser: Browser, name: str
) -> None:
    pupil = registry.make_student()
    browser.post("/claims", as_json(pupil))
    event = told(TYPES[name], child_id=pupil.id, organisation_id=pupil.organisation_id, **of_me(TYPES[name]))
    for _ in range(2):
        hear(ctx, event)
    action = consumers.TILES_VIEWED.get(TYPES[name].sample.get("tile", ""), consumers.NOTED[name])
    entries = browser.get(f"/children/{pupil.id}/access-journal").json
    assert [(each["who"], each["role"]) for each in entries if each["action"] == action] == [WHO[name in BY_GUARDIANS]]


@pytest.mark.requirement("PRV-1")
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("tile", TILES)
def test_a_look_at_a_tile_is_noted_by_the_tiles_own_word(
    ctx: Context, registry: Registry, browser: Browser, tile: str
) -> None:
    pupil = registry.make_student()
    browser.post("/claims", as_json(pupil))
    hear(ctx, told(records.TILE_VIEWED, child_id=pupil.id, account_id=ACCOUNT, tile=tile))
    [noted] = [
        each for each in browser.get(f"/children/{pupil.id}/access-journal").json if each["action"].endswith("_viewed")
    ]
    assert (noted["action"], noted["who"]) == (f"{tile}_viewed", "you")


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_look_at_a_tile_that_came_later_is_noted_all_the_same(ctx: Context, registry: Registry) -> None:
    event = told(records.TILE_VIEWED, child_id=registry.make_student().id)
    hear(ctx, replace(event, data={**(event.data or {}), "tile": "cafeteria"}))
    with ctx.db.read() as session:
        assert session.scalars(select(JournalEntry.action)).all() == ["tile_viewed"]


def test_what_is_for_a_whole_school_or_about_a_child_that_nobody_knows_is_in_no_journal(ctx: Context) -> None:
    published = records.RECORD_PUBLISHED
    without = {name: value for name, value in published.sample.items() if name != "child_id"}
    event = published.about(key="record:1", data=without)
    hear(ctx, messages.decode(messages.encode(replace(event, occurred_at=MOMENT, version=1))))
    hear(ctx, told(published, child_id=ids.new()))
    with ctx.db.read() as session:
        assert session.scalars(select(JournalEntry.id)).all() == []


def test_every_type_that_is_noted_is_one_of_records() -> None:
    assert set(NOTED) == set(TYPES) - {records.SUPPORT_REQUESTED.type}
    assert {name.split(".")[3] for name in BY_GUARDIANS} == {"tile-viewed", "document-viewed"}
    assert set(TILES) == set(consumers.TILES_VIEWED)
