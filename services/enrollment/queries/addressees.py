"""Re-registration: who is to be written to, and who has been."""

from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import Session

from services.enrollment.models import CampaignNotice
from services.enrollment.queries.campaigns import CampaignRow, answers, concerned
from services.enrollment.queries.tables import guardians, guardianships, students
from services.enrollment.rules import days, rights

notices = CampaignNotice.__table__


class Place(NamedTuple):
    """How far a search has come among the addresses of an organisation."""

    email_key: str
    guardian_id: str
    student_id: str


START: Final = Place("", "", "")


class Addressee(NamedTuple):
    """A guardian on the file of a student whom a letter may be about, and whether they may re-register that student."""

    place: Place
    email: str
    rights: tuple[str, ...]


_place = (guardians.c.email_key, guardians.c.id, students.c.id)


def list_addressees(
    session: Session, campaign: CampaignRow, *, number: int, after: Place, on: date, limit: int
) -> list[Addressee]:
    """Return guardians of the students whom a campaign concerns, by their addresses, whom letter `number` has not reached.

    Of a reminder, only those whom the first letter had reached before the day on which it began, and students without an
    answer. What a guardian may do with their student on the day `on` stands beside them.
    """
    rows = session.execute(_addressees(campaign, number).limit(limit), _addressees_asked(campaign, number, after))
    return [
        Addressee(Place(row.email_key, row.guardian_id, row.student_id), row.email, _rights(row, on)) for row in rows
    ]


def _rights(row: Any, on: date) -> tuple[str, ...]:
    guardianship = rights.Guardianship(
        is_principal=row.is_principal,
        rights=row.rights,
        restrictions=row.restrictions,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )
    return rights.of([guardianship], on=on)


def count_addressees(session: Session, campaign: CampaignRow, *, number: int) -> int:
    """Return how many guardianships `list_addressees` goes through from the start."""
    counted = select(func.count()).select_from(_addressees(campaign, number).order_by(None).subquery())
    return session.scalar(counted, _addressees_asked(campaign, number, START)) or 0


def _addressees_asked(campaign: CampaignRow, number: int, after: Place) -> dict[str, Any]:
    return {
        "campaign_id": campaign.id,
        "organisation_id": campaign.organisation_id,
        "number": number,
        # Whoever was told on the day of the reminder need not be reminded on it.
        "told_before": days.begins_at(days.today(campaign.reminder_began_at)) if campaign.reminder_began_at else None,
        **{f"after_{name}": value for name, value in after._asdict().items()},
    }


def _addressees(campaign: CampaignRow, number: int) -> Select[Any]:
    reached = select(1).where(notices.c.campaign_id == bindparam("campaign_id"), notices.c.email_key == _place[0])
    after = [bindparam(f"after_{name}", type_=students.c.id.type) for name in Place._fields]
    found = (
        select(
            guardians.c.email_key,
            guardians.c.email,
            guardians.c.id.label("guardian_id"),
            students.c.id.label("student_id"),
            guardianships.c.is_principal,
            guardianships.c.rights,
            guardianships.c.restrictions,
            guardianships.c.starts_on,
            guardianships.c.ends_on,
        )
        .select_from(guardians)
        .join(guardianships, guardianships.c.guardian_id == guardians.c.id)
        .join(students, students.c.id == guardianships.c.student_id)
        .where(
            guardians.c.organisation_id == bindparam("organisation_id"),
            # What the index over addresses can begin from; the next line alone is the condition.
            guardians.c.email_key >= after[0],
            tuple_(*_place) > tuple_(*after),
            # Nobody else can have the right (`rules/rights.py`).
            or_(guardianships.c.is_principal, guardianships.c.rights.is_not(None)),
            *concerned(campaign),
            ~reached.where(notices.c.number == bindparam("number")).exists(),
        )
        .order_by(*_place)
    )
    if number == 0:
        return found
    is_answered = select(1).where(
        answers.c.campaign_id == bindparam("campaign_id"), answers.c.student_id == students.c.id
    )
    was_told = reached.where(notices.c.number == 0, notices.c.at < bindparam("told_before", type_=notices.c.at.type))
    return found.where(~is_answered.exists(), was_told.exists())
