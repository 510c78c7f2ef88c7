"""What parents do: the links between accounts and children, what is disputed of them, and the journal of it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.enrollment.models.registry import Document, Id, Model, SourceId
from shared.database import UtcDateTime


class Link(Model):
    """That an account has proven a child. Ended rows stay: they say who could see the file, and until when (PRV-1).

    Whether a live link opens the file is decided when it is read: the student must still be there, the account's e-mail
    still on the record (CHD-12), and the proof no older than the organisation accepts (CHD-16). What stands here of it,
    `rights` and `suspension`, is what the others were last told; a registry change or a read that finds it otherwise
    tells them (`operations/standings.py`).
    """

    __tablename__ = "links"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    student_id: Mapped[str] = mapped_column(ForeignKey("students.id"))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    account_id: Mapped[str] = mapped_column(Id)
    # What was last told of it; what the account may do is decided when it asks.
    rights: Mapped[list[str]] = mapped_column(Document)
    # Why the others were told that it is suspended (`rules/suspensions.py`); null: it is open.
    suspension: Mapped[str | None] = mapped_column(String(32))
    # The mailbox that the account last showed us, so that a registry change is judged without waiting for its next
    # visit. Null: not known; forgotten when the link ends.
    email_key: Mapped[str | None] = mapped_column(Text)
    # The PIN that stands in for the mailbox while the child's file does not have that, and whom it was issued for by
    # name (`rules/rights.py`). Null: the link stands by the mailbox alone.
    pin_id: Mapped[str | None] = mapped_column(Id)
    guardian_source_id: Mapped[str | None] = mapped_column(SourceId)
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When the account last proved the child again (CHD-16); null: never since it was linked.
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Why it ended (`events.UNLINKED_…`).
    end_reason: Mapped[str | None] = mapped_column(String(32))

    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="end_is_whole"),
        # One live link a child and account, whatever races (CHD-15); it is also the index of every read.
        Index(
            "uq_links_account_id_student_id",
            "account_id",
            "student_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "student_id"),
    )


class Dispute(Model):
    """That a guardian says of a newer link that nobody they know made it: it stays closed until the school decides (CHD-11)."""

    __tablename__ = "disputes"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    link_id: Mapped[str] = mapped_column(ForeignKey("links.id"))
    student_id: Mapped[str] = mapped_column(ForeignKey("students.id"))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    # Whose link it is, and by which mailbox: neither proves the child anew while the school has not decided.
    account_id: Mapped[str] = mapped_column(Id)
    email_key: Mapped[str | None] = mapped_column(Text)
    disputed_by: Mapped[str] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # `lifted` or `upheld`, by the school.
    outcome: Mapped[str | None] = mapped_column(String(16))

    __table_args__ = (
        CheckConstraint("(settled_at IS NULL) = (outcome IS NULL)", name="settlement_is_whole"),
        # One open dispute a link, whoever says it first; of a settled one the mailbox is forgotten.
        Index(
            "uq_disputes_link_id",
            "link_id",
            unique=True,
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
        Index(None, "student_id"),
        Index(None, "organisation_id", "at"),
    )


class JournalEntry(Model):
    """Who did what with a child's file, for its guardians to read (PRV-1). Only ever added to."""

    __tablename__ = "journal_entries"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    student_id: Mapped[str] = mapped_column(ForeignKey("students.id"))
    # Null when the school or the portal itself acted.
    account_id: Mapped[str | None] = mapped_column(Id)
    role: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("role IN ('guardian', 'school')", name="role"),
        CheckConstraint("(role = 'guardian') = (account_id IS NOT NULL)", name="actor"),
        Index(None, "student_id", "at"),
        Index(None, "at"),
    )
