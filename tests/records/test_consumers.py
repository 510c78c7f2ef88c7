"""What records hears: doubled, late, and of whom it may show what."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.enrollment import events as enrollment
from services.records import queries
from services.records.context import Context
from services.records.models import Organisation
from shared.problems import NotFound
from tests.support.passports import ORGANISATION_CODE
from tests.support.records import ACCOUNT, MOMENT, Child, Enrollment


def sees(ctx: Context, child: Child) -> bool:
    try:
        with ctx.db.look() as connection:
            found = queries.get_to_see(connection, account_id=ACCOUNT, child_id=child.id)
    except NotFound:
        return False
    return found.student_source_id == child.student_source_id


@pytest.mark.requirement("CHD-12", "EVT-4")
def test_a_guardianship_opens_and_closes_the_child_at_once(
    ctx: Context, told: Enrollment, organisation_id: str
) -> None:
    child = told.make_child(organisation_id)
    assert not sees(ctx, child)
    linked = told.link(child)
    assert sees(ctx, child)
    ended = told.unlink(child)
    for event in (linked, ended, linked):
        told.hear(event)
    assert not sees(ctx, child)
    told.link(child, rights=("report_absences",))
    assert not sees(ctx, child)


@pytest.mark.requirement("EVT-4")
def test_a_guardianship_tells_the_place_at_school_anew(ctx: Context, told: Enrollment, child: Child) -> None:
    with ctx.db.look() as connection:
        found = queries.get_to_see(connection, account_id=ACCOUNT, child_id=child.id)
    assert (found.school_source_id, found.level, found.grade) == ("ecole-1", "secondary", "10")
    told.link(Child(**vars(child) | {"school_source_id": None, "level": None, "grade": None}))
    with ctx.db.look() as connection:
        found = queries.get_to_see(connection, account_id=ACCOUNT, child_id=child.id)
    assert (found.school_source_id, found.level, found.grade) == (None, None, None)


@pytest.mark.requirement("EVT-4")
def test_an_organisation_is_known_by_its_newest_word(ctx: Context, told: Enrollment, organisation_id: str) -> None:
    asked = {"organisation_id": organisation_id, "code": ORGANISATION_CODE}
    ended = told.say(enrollment.organisation_unsubscribed(**asked, at=MOMENT))
    told.say(enrollment.organisation_subscribed(**asked, at=MOMENT + timedelta(days=1)))
    told.hear(ended)
    with ctx.db.read() as session:
        (kept,) = session.scalars(select(Organisation))
    assert (kept.id, kept.is_subscribed, kept.version) == (organisation_id, True, 3)
