"""PINs (« NIP »): what a school hands to a guardian whose address its file does not have (EN-02, W14)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.enrollment.models.registry import Id, Model, SourceId
from shared.database import UtcDateTime


class Pin(Model):
    """A PIN for one child of one organisation, as a keyed digest. Used and void rows stay: they say what a link stands by."""

    __tablename__ = "pins"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    student_id: Mapped[str] = mapped_column(ForeignKey("students.id"))
    # Whom on the child's file it was issued for, by the school's own identifier: a guardian who leaves the file and comes
    # back is another row. Null: for nobody by name.
    guardian_source_id: Mapped[str | None] = mapped_column(SourceId)
    # `rules/pins.py`, under the newest digest key.
    digest: Mapped[str] = mapped_column(Text, unique=True)
    # The client that asked for it, or `operator`.
    issued_by: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Claims that it was compared with, the right one too.
    attempts: Mapped[int] = mapped_column(Integer)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_by: Mapped[str | None] = mapped_column(Id)
    # Replaced by a newer one, tried too often, or taken back by the school, which ends the link that it made.
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("(used_at IS NULL) = (used_by IS NULL)", name="use_is_whole"),
        Index(None, "student_id"),
        Index(None, "expires_at"),
    )
