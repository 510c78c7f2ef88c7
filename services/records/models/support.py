"""What parents ask of their school when the portal does not do what they want (XC-01, XC-02)."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.records.models.organisations import Id, Model, SourceId
from shared.database import UtcDateTime


class SupportRequest(Model):
    """One request with its six items; what names somebody is sealed for its row."""

    __tablename__ = "support_requests"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    # What the parent reads over the telephone.
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    # Whose school answers; null where no child was named whom the account holds.
    organisation_id: Mapped[str | None] = mapped_column(Id)
    school_source_id: Mapped[str | None] = mapped_column(SourceId)
    student_source_id: Mapped[str | None] = mapped_column(SourceId)
    # Who asked, told to nobody; null once the account is deleted.
    account_id: Mapped[str | None] = mapped_column(Id)
    # When that was: whoever helps has some days left (PRV-5).
    account_deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    child_id: Mapped[str | None] = mapped_column(Id)
    child_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    error_message_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    browser: Mapped[str] = mapped_column(String(400))
    section: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(2))
    # In the store, sealed.
    screenshot_digest: Mapped[str | None] = mapped_column(String(64))
    screenshot_size: Mapped[int | None] = mapped_column(Integer)
    screenshot_type: Mapped[str | None] = mapped_column(String(32))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Which of the school's clients said so.
    handled_by: Mapped[str | None] = mapped_column(String(64))
    # Where its last change stands in the organisation's feed.
    position: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("(organisation_id IS NULL) = (position IS NULL)", name="in_a_feed"),
        CheckConstraint(
            "(screenshot_digest IS NULL) = (screenshot_size IS NULL)"
            " AND (screenshot_digest IS NULL) = (screenshot_type IS NULL)",
            name="screenshot_is_whole",
        ),
        Index(
            "uq_support_requests_organisation_id_position",
            "organisation_id",
            "position",
            unique=True,
            sqlite_where=text("position IS NOT NULL"),
            postgresql_where=text("position IS NOT NULL"),
        ),
        # What is forgotten in time, and what the operator lists.
        Index("ix_support_requests_submitted_at", "submitted_at"),
        # What is erased with an account, at once or in time.
        Index("ix_support_requests_account_id", "account_id"),
        Index(
            "ix_support_requests_account_deleted_at",
            "account_deleted_at",
            sqlite_where=text("account_deleted_at IS NOT NULL"),
            postgresql_where=text("account_deleted_at IS NOT NULL"),
        ),
    )
