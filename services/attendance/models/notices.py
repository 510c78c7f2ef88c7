"""What guardians announce."""

from datetime import date, datetime, time

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, LargeBinary, String, Time
from sqlalchemy.orm import Mapped, mapped_column

from services.attendance.models.organisations import Id, Model, SourceId
from shared.database import UtcDateTime


class Notice(Model):
    """That a guardian announces an absence, a late arrival or an early departure (AT-03 to AT-09).

    Withdrawn ones stay: the school has read them.
    """

    __tablename__ = "notices"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation_id: Mapped[str] = mapped_column(Id)
    student_source_id: Mapped[str] = mapped_column(SourceId)
    # Whose bell times it was announced by.
    school_source_id: Mapped[str | None] = mapped_column(SourceId)
    child_id: Mapped[str] = mapped_column(Id)
    # Who announced it; `rules.accounts.ERASED` once the account is deleted.
    account_id: Mapped[str] = mapped_column(Id)
    type: Mapped[str] = mapped_column(String(16))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    at: Mapped[time | None] = mapped_column(Time)
    reason: Mapped[str] = mapped_column(String(64))
    # A child's health, often: sealed for this row.
    explanation_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # From then on it cannot be withdrawn.
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Where its last change stands in the organisation's feed.
    position: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("type IN ('full_day', 'late_arrival', 'early_departure')", name="type"),
        CheckConstraint("(type = 'full_day') = (at IS NULL)", name="time_is_whole"),
        CheckConstraint("first_on <= last_on", name="days_in_order"),
        Index("uq_notices_organisation_id_position", "organisation_id", "position", unique=True),
        Index("ix_notices_student", "organisation_id", "student_source_id", "last_on"),
        # What a deleted account is taken out of.
        Index("ix_notices_account_id", "account_id"),
    )
