"""Claims that were refused: kept so that the school finds them, and waiting for the school to correct its file."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.enrollment.models.registry import Document, Id, Model
from shared.database import UtcDateTime

_IS_WAITING = text("waits_until IS NOT NULL")


class RejectedClaim(Model):
    """A claim that did not agree with the registry: what the school's secretary finds by its reference (W10, EN-15).

    The fields that differ are named for the school alone. What the parent typed is kept, sealed, for as long as the claim
    waits, so that it can be judged again when the registry changes; then it is forgotten.
    """

    __tablename__ = "rejected_claims"

    reference: Mapped[str] = mapped_column(String(10), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    account_id: Mapped[str] = mapped_column(Id)
    # Whom the claim means, as far as the last judgment can tell.
    student_id: Mapped[str | None] = mapped_column(ForeignKey("students.id"))
    differing: Mapped[list[str]] = mapped_column(Document)
    # When it was made; the last time, of one that was repeated.
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Null: it does not wait (any more).
    waits_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Names, date of birth, number and mailbox (`operations/claims/cases.py`).
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    # Of the child as it was typed, whoever that is: an account has one waiting claim for each.
    identity_digest: Mapped[str | None] = mapped_column(Text)
    # The organisation's `registry_version` that it was last judged by; whatever is lower is judged again. -1: not judged
    # since it was made.
    judged_version: Mapped[int] = mapped_column(Integer, default=-1, server_default="-1")
    # The day in Québec on which that was: some guardianships begin by their date alone.
    judged_on: Mapped[date | None]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Why it waits no more (`operations/claims/cases.py`).
    outcome: Mapped[str | None] = mapped_column(String(16))

    __table_args__ = (
        CheckConstraint("(waits_until IS NULL) = (sealed IS NULL)", name="typed_is_kept_while_it_waits"),
        CheckConstraint("(waits_until IS NULL) = (identity_digest IS NULL)", name="identity_is_kept_while_it_waits"),
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="end_is_whole"),
        CheckConstraint("waits_until IS NULL OR ended_at IS NULL", name="end_is_no_wait"),
        Index(None, "organisation_id", "at"),
        Index(None, "at"),
        Index(
            "uq_rejected_claims_account_id_identity_digest",
            "account_id",
            "identity_digest",
            unique=True,
            sqlite_where=_IS_WAITING,
            postgresql_where=_IS_WAITING,
        ),
        Index(
            "ix_rejected_claims_organisation_id_judged_version",
            "organisation_id",
            "judged_version",
            sqlite_where=_IS_WAITING,
            postgresql_where=_IS_WAITING,
        ),
    )


class ClaimLook(Model):
    """That the school, or an operator for it, looked at refused claims (AUD-3, W10). Only ever added to."""

    __tablename__ = "claim_looks"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    # Null: an operator, by command.
    client_id: Mapped[str | None] = mapped_column(Text)
    # Which one was shown; null: a page of the list, without anything that parents typed.
    reference: Mapped[str | None] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(None, "organisation_id", "at"),
        Index(None, "at"),
    )
