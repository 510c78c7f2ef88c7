"""Re-registration: the campaigns of an organisation, what was answered, who was told, and who read the answers (RR-01 to RR-03)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.enrollment.models.registry import Document, Id, Model
from shared.database import UtcDateTime


class Campaign(Model):
    """That an organisation asks, from a day to a day, which of its students return."""

    __tablename__ = "campaigns"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    # « 2027-2028 ».
    school_year: Mapped[str] = mapped_column(String(9))
    # Days in Québec, both included.
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    # Whom it concerns; null: all grades, all schools.
    grades: Mapped[list[str] | None] = mapped_column(Document)
    school_ids: Mapped[list[str] | None] = mapped_column(Document)
    # What the school says to the parents in its own words, in both languages or not at all.
    message_fr: Mapped[str | None] = mapped_column(Text)
    message_en: Mapped[str | None] = mapped_column(Text)
    # How many days before the end whoever has not answered is reminded; null: nobody is.
    reminder_days: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When its opening was told by event.
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Up to which state of the registry, on which day, everybody had their first letter: nobody is looked for again
    # before one of them changes.
    told_version: Mapped[int | None]
    told_on: Mapped[date | None]
    # For which day the reminder by itself was begun, so that a campaign that is extended reminds again.
    reminded_for: Mapped[date | None]
    # Reminders are numbered from 1 on; the last one goes on until it has an end.
    reminder_number: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    reminder_began_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminder_ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("opens_on <= closes_on", name="window"),
        CheckConstraint("(message_fr IS NULL) = (message_en IS NULL)", name="message_is_bilingual"),
        CheckConstraint("reminder_days > 0", name="reminder_days"),
        Index(None, "organisation_id", "opens_on"),
        Index(None, "closes_on"),
    )


class CampaignNotice(Model):
    """That a letter of a campaign was written to a mailbox: one of each number, whoever writes them and however often.

    By the mailbox and not by the guardian: the importer deletes guardians who leave and knows them anew when they come
    back, a family with several files has one, and a corrected address has not been told yet.
    """

    __tablename__ = "campaign_notices"

    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    # 0: that it is open; 1, 2, …: the reminders.
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    email_key: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CampaignAnswer(Model):
    """What stands for a student in a campaign: the last answer that was given."""

    __tablename__ = "campaign_answers"

    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    student_id: Mapped[str] = mapped_column(ForeignKey("students.id"), primary_key=True, index=True)
    # Which of the given answers it is.
    given_id: Mapped[str] = mapped_column(Id)
    account_id: Mapped[str] = mapped_column(Id)
    answer: Mapped[str] = mapped_column(String(16))
    leaving_to: Mapped[str | None] = mapped_column(Text)
    explanation: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("answer IN ('returning', 'leaving')", name="answer"),)


class GivenAnswer(Model):
    """Every answer as it was given, those that were amended later too. Only ever added to."""

    __tablename__ = "given_answers"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    student_id: Mapped[str] = mapped_column(ForeignKey("students.id"))
    account_id: Mapped[str] = mapped_column(Id)
    answer: Mapped[str] = mapped_column(String(16))
    leaving_to: Mapped[str | None] = mapped_column(Text)
    explanation: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "campaign_id", "student_id", "at"), Index(None, "student_id"))


class AnswerReading(Model):
    """That somebody of the school, or an operator, read a campaign's answers (AUD-3). Only ever added to."""

    __tablename__ = "answer_readings"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    # The school's system; null: an operator, by command.
    client_id: Mapped[str | None] = mapped_column(Text)
    # `page`, or `csv` for all of them.
    form: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("form IN ('page', 'csv')", name="form"), Index(None, "at"))
