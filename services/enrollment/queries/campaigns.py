"""Re-registration: campaigns, what was answered, and who is to be written to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from services.enrollment.models import CampaignAnswer, CampaignNotice
from services.enrollment.models.campaigns import Campaign
from services.enrollment.queries.tables import ACTIVE, Page, organisations, schools, students
from services.enrollment.rules.campaigns import UNANSWERED, Reach, Window, reminds_on

campaigns = Campaign.__table__
answers = CampaignAnswer.__table__
notices = CampaignNotice.__table__


@dataclass(frozen=True, kw_only=True)
class CampaignRow(Window):
    """A campaign as it stands."""

    id: str
    organisation_id: str
    school_year: str
    grades: list[str] | None
    school_ids: list[str] | None
    message_fr: str | None = field(repr=False)
    message_en: str | None = field(repr=False)
    reminder_days: int | None
    changed_at: datetime
    opened_at: datetime | None
    told_version: int | None
    told_on: date | None
    reminded_for: date | None
    reminder_number: int
    reminder_began_at: datetime | None
    reminder_ended_at: datetime | None
    # Of its organisation.
    organisation_code: str
    organisation_name: str
    network: str | None
    registry_version: int

    @property
    def reach(self) -> Reach:
        """Return whom it concerns."""
        return Reach(grades=self.grades, school_ids=self.school_ids)

    @property
    def message(self) -> dict[str, str] | None:
        """Return what the school says to the parents, by language."""
        if self.message_fr is None or self.message_en is None:
            return None
        return {"fr": self.message_fr, "en": self.message_en}

    @property
    def reminds_on(self) -> date | None:
        """Return the day on which it reminds by itself."""
        return reminds_on(self, days_before=self.reminder_days)

    @property
    def is_reminding(self) -> bool:
        """Tell whether a reminder was begun and has not reached everybody yet."""
        return self.reminder_began_at is not None and self.reminder_ended_at is None


_OF_CAMPAIGN: Final = tuple(name for name in CampaignRow.__dataclass_fields__ if name in campaigns.c)
_campaigns = select(
    *(campaigns.c[name] for name in _OF_CAMPAIGN),
    organisations.c.code.label("organisation_code"),
    organisations.c.name.label("organisation_name"),
    organisations.c.network,
    organisations.c.registry_version,
).join(organisations, organisations.c.id == campaigns.c.organisation_id)
_list_campaigns = _campaigns.where(campaigns.c.organisation_id == bindparam("organisation_id")).order_by(
    campaigns.c.opens_on, campaigns.c.id
)
_list_open_campaigns = _campaigns.where(
    campaigns.c.opens_on <= bindparam("day"), campaigns.c.closes_on >= bindparam("day")
).order_by(campaigns.c.id)
_find_campaign = _campaigns.where(campaigns.c.id == bindparam("campaign_id"))
_lock_campaign_to_change = _find_campaign.with_for_update(of=campaigns)
# Many answers, and those who write letters, hold a campaign as it is side by side; whoever changes it waits for them.
_lock_campaign_to_use = _find_campaign.with_for_update(of=campaigns, read=True)


def list_campaigns(session: Connection | Session, *, organisation_id: str) -> list[CampaignRow]:
    """Return the campaigns of an organisation, in the order in which they open; there are few."""
    return _rows(session.execute(_list_campaigns, {"organisation_id": organisation_id}))


def list_open_campaigns(session: Session, *, on: date) -> list[CampaignRow]:
    """Return the campaigns of all organisations that take answers on a day."""
    return _rows(session.execute(_list_open_campaigns, {"day": on}))


def find_campaign(session: Session, *, campaign_id: str) -> CampaignRow | None:
    """Return a campaign."""
    return _one(session.execute(_find_campaign, {"campaign_id": campaign_id}))


def lock_campaign_to_change(session: Session, *, campaign_id: str) -> CampaignRow | None:
    """Return a campaign that nobody else answers, tells of or changes until the transaction ends."""
    return _one(session.execute(_lock_campaign_to_change, {"campaign_id": campaign_id}))


def lock_campaign_to_use(session: Session, *, campaign_id: str) -> CampaignRow | None:
    """Return a campaign that nobody changes until the transaction ends."""
    return _one(session.execute(_lock_campaign_to_use, {"campaign_id": campaign_id}))


def _rows(result: Any) -> list[CampaignRow]:
    return [CampaignRow(**row) for row in result.mappings()]


def _one(result: Any) -> CampaignRow | None:
    found = _rows(result)
    return found[0] if found else None


_list_school_names = (
    select(schools.c.id, schools.c.source_id, schools.c.code)
    .where(schools.c.organisation_id == bindparam("organisation_id"))
    .order_by(schools.c.id)
)


def list_school_names(session: Session, *, organisation_id: str) -> dict[str, list[str]]:
    """Return, by their ids, what an organisation's system and the ministry call its schools, the former first."""
    rows = session.execute(_list_school_names, {"organisation_id": organisation_id})
    return {row.id: [name for name in (row.source_id, row.code) if name is not None] for row in rows}


# What stands for a student


class StandingAnswer(NamedTuple):
    """The answer that stands for a student, and whose it is."""

    account_id: str
    answer: str
    leaving_to: str | None
    explanation: str | None
    answered_at: datetime


_find_answer = select(*(answers.c[name] for name in StandingAnswer._fields)).where(
    answers.c.campaign_id == bindparam("campaign_id"), answers.c.student_id == bindparam("student_id")
)


def find_answer(session: Session, *, campaign_id: str, student_id: str) -> StandingAnswer | None:
    """Return what was last answered for a student in a campaign."""
    row = session.execute(_find_answer, {"campaign_id": campaign_id, "student_id": student_id}).one_or_none()
    return None if row is None else StandingAnswer._make(row)


# The answers of a campaign, for its school


_ANSWER: Final = (
    students.c.source_id,
    students.c.file_number,
    students.c.family_name.label("last_name"),
    students.c.given_name.label("first_name"),
    schools.c.source_id.label("school_source_id"),
    schools.c.name.label("school"),
    students.c.grade,
    answers.c.answer,
    answers.c.leaving_to,
    answers.c.explanation,
    answers.c.answered_at,
)
ANSWER_NAMES: Final = tuple(column.key for column in _ANSWER)


def list_answers(session: Session, campaign: CampaignRow, *, answer: str | None, offset: int, limit: int) -> Page:
    """Return a page of the students whom a campaign concerns, in the order of their source ids, each with its answer.

    Whoever answered and left, or is concerned no more, is still among them. `answer`: only these; `none`: those without.
    """
    asked = _answers_asked(campaign)
    wanted = _answers(campaign, answer)
    page = wanted.add_columns(func.count().over().label("item_count")).limit(limit).offset(offset)
    rows = session.execute(page, asked).all()
    if rows:
        item_count = rows[0].item_count
    else:
        item_count = session.scalar(select(func.count()).select_from(wanted.order_by(None).subquery()), asked) or 0
    return Page(items=[dict(zip(ANSWER_NAMES, row, strict=False)) for row in rows], item_count=item_count)


def list_answers_after(
    session: Session, campaign: CampaignRow, *, answer: str | None, after: str, limit: int
) -> Sequence[Any]:
    """Return as `list_answers`, beginning behind a source id: however many there are, a page costs the same."""
    page = _answers(campaign, answer).where(students.c.source_id > bindparam("after")).limit(limit)
    return session.execute(page, {**_answers_asked(campaign), "after": after}).all()


def count_answers(session: Session, campaign: CampaignRow, *, answer: str | None) -> int:
    """Return how many students `list_answers` finds."""
    counted = select(func.count()).select_from(_answers(campaign, answer).order_by(None).subquery())
    return session.scalar(counted, _answers_asked(campaign)) or 0


def _answers(campaign: CampaignRow, answer: str | None) -> Select[Any]:
    is_of_campaign = and_(answers.c.student_id == students.c.id, answers.c.campaign_id == bindparam("campaign_id"))
    wanted = (
        select(*_ANSWER)
        .select_from(students)
        .outerjoin(schools, schools.c.id == students.c.school_id)
        .outerjoin(answers, is_of_campaign)
        .where(
            students.c.organisation_id == bindparam("organisation_id"),
            or_(answers.c.student_id.is_not(None), and_(*concerned(campaign))),
        )
        .order_by(students.c.source_id)
    )
    if answer == UNANSWERED:
        return wanted.where(answers.c.student_id.is_(None))
    return wanted if answer is None else wanted.where(answers.c.answer == answer)


def _answers_asked(campaign: CampaignRow) -> dict[str, Any]:
    return {"campaign_id": campaign.id, "organisation_id": campaign.organisation_id}


def concerned(campaign: CampaignRow) -> list[Any]:
    """Return the conditions of the students whom a campaign concerns (`rules.campaigns.Reach`, in SQL)."""
    conditions = [students.c.status == ACTIVE]
    if campaign.grades is not None:
        conditions.append(students.c.grade.in_(campaign.grades))
    if campaign.school_ids is not None:
        conditions.append(students.c.school_id.in_(campaign.school_ids))
    return conditions
