"""What schools record, what guardians say of it afterwards, and where the two disagree with what was announced."""

from datetime import date, datetime, time

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, Time, text
from sqlalchemy.orm import Mapped, mapped_column

from services.attendance.models.organisations import Document, Id, Model, SourceId
from shared.database import UtcDateTime


class Absence(Model):
    """What the school recorded of a student on a day, as it says it now (AT-01, AT-02).

    `status`, `motivated_by` and `outcome` are computed from it and from what else is known of the day
    (`rules/reconciliation.py`); `present`, which corrects an absence, has none of them.
    """

    __tablename__ = "absences"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation_id: Mapped[str] = mapped_column(Id)
    # The school system's own id of the record: the same again is a correction.
    source_id: Mapped[str] = mapped_column(SourceId)
    student_source_id: Mapped[str] = mapped_column(SourceId)
    school_source_id: Mapped[str | None] = mapped_column(SourceId)
    on: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[time | None] = mapped_column(Time)
    # Codes of the bell times; empty: the whole day.
    periods: Mapped[list[str]] = mapped_column(Document)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Until when its guardians can motivate it, by the cut-off as it was when they could learn of it.
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str | None] = mapped_column(String(16))
    motivated_by: Mapped[str | None] = mapped_column(String(16))
    # The status of each period.
    outcome: Mapped[dict[str, str]] = mapped_column(Document)
    # Its guardians are reminded once.
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("kind IN ('absent', 'late', 'left_early', 'present')", name="kind"),
        CheckConstraint("(kind IN ('late', 'left_early')) = (at IS NOT NULL)", name="time_is_whole"),
        CheckConstraint("status IN ('motivated', 'to_motivate', 'not_motivated')", name="status"),
        CheckConstraint("(kind = 'present') = (status IS NULL)", name="status_is_whole"),
        CheckConstraint(
            "motivated_by IS NULL AND (status IS NULL OR status <> 'motivated')"
            " OR motivated_by IN ('notice', 'guardian') AND status = 'motivated'",
            name="motivated_by_somebody",
        ),
        Index("uq_absences_organisation_id_source_id", "organisation_id", "source_id", unique=True),
        Index("ix_absences_student", "organisation_id", "student_source_id", "on"),
        # What the sweep looks for: whatever is still open, by when it closes.
        Index(
            "ix_absences_open",
            "closes_at",
            sqlite_where=text("status = 'to_motivate'"),
            postgresql_where=text("status = 'to_motivate'"),
        ),
    )


class Motivation(Model):
    """What a guardian says of a recorded absence, and what the school decides (AT-10). Refused ones stay."""

    __tablename__ = "motivations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    absence_id: Mapped[str] = mapped_column(ForeignKey("absences.id"))
    organisation_id: Mapped[str] = mapped_column(Id)
    # Who said it; `rules.accounts.ERASED` once the account is deleted.
    account_id: Mapped[str] = mapped_column(Id)
    reason: Mapped[str] = mapped_column(String(64))
    explanation_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # It counts from the start; a school that refuses it takes it back.
    decision: Mapped[str] = mapped_column(String(16))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    position: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("decision IN ('pending', 'accepted', 'refused')", name="decision"),
        CheckConstraint("(decision = 'pending') = (decided_at IS NULL)", name="decision_is_whole"),
        # One that counts an absence, whatever races.
        Index(
            "uq_motivations_absence_id",
            "absence_id",
            unique=True,
            sqlite_where=text("decision <> 'refused'"),
            postgresql_where=text("decision <> 'refused'"),
        ),
        Index("uq_motivations_organisation_id_position", "organisation_id", "position", unique=True),
        # What a deleted account is taken out of.
        Index("ix_motivations_account_id", "account_id"),
    )


class Contradiction(Model):
    """A period in which what was announced and what was recorded disagree, for the school to look into."""

    __tablename__ = "contradictions"

    organisation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    student_source_id: Mapped[str] = mapped_column(SourceId, primary_key=True)
    on: Mapped[date] = mapped_column(Date, primary_key=True)
    period: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"))
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    position: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("kind IN ('present', 'later_than_announced', 'earlier_than_announced')", name="kind"),
        Index("uq_contradictions_organisation_id_position", "organisation_id", "position", unique=True),
    )
