"""How long a campaign is kept, and what goes with it."""

from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.enrollment.models import AnswerReading, Campaign, CampaignAnswer, CampaignNotice, GivenAnswer
from shared.database import rows_changed


def delete_old(session: Session, *, closed_before: date, read_before: datetime) -> int:
    """Delete the campaigns that closed before a day, with their letters and answers; return how many.

    Who read answers is kept by the rule of the journal, and a campaign for as long as that refers to it.
    """
    session.execute(delete(AnswerReading).where(AnswerReading.at < read_before))
    old = select(Campaign.id).where(Campaign.closes_on < closed_before)
    for table in (CampaignNotice, CampaignAnswer, GivenAnswer):
        session.execute(delete(table).where(table.campaign_id.in_(old)))
    is_read = select(AnswerReading.id).where(AnswerReading.campaign_id == Campaign.id).exists()
    return rows_changed(session.execute(delete(Campaign).where(Campaign.closes_on < closed_before, ~is_read)))
