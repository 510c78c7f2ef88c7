"""What those on a child's file were told of a new link to it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.enrollment.models.registry import Model
from shared.database import UtcDateTime


class Announcement(Model):
    """That mailboxes on a child's file were told of a link: the reference that they can give to the school (CHD-11).

    It means the account and the child, not the one link: whoever lets go of the child and claims it again is found by it
    still.
    """

    __tablename__ = "announcements"

    reference: Mapped[str] = mapped_column(String(10), primary_key=True)
    link_id: Mapped[str] = mapped_column(ForeignKey("links.id"))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("uq_announcements_link_id", "link_id", unique=True),
        Index(None, "at"),
    )
