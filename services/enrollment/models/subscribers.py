"""Who outside reads events: the subscribers of organisations, what each was granted, and what for."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.enrollment.models.registry import Document, Id, Model
from shared.database import UtcDateTime


class Subscriber(Model):
    """Another system that reads some of an organisation's events. Ended rows stay: they say who could read what, until when.

    A name is never given again: topics, rights and consumer groups are named after it, and what an earlier subscriber
    of that name left behind must not become somebody else's.
    """

    __tablename__ = "subscribers"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    # What the organisation lets it read these events for, in its own words (Law 25: a purpose for each communication).
    purpose: Mapped[str] = mapped_column(Text)
    # The fields of each type, as they were granted.
    fields_by_type: Mapped[dict[str, list[str]]] = mapped_column(Document)
    # Since when, where it is not since its beginning; and each purpose and grant before that, first to last.
    granted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    earlier_grants: Mapped[list[dict[str, Any]]] = mapped_column(Document, server_default=text("'[]'"))
    # Which root key its pseudonyms are derived from: a newer one serves newer subscribers alone.
    root_key_id: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Null while its topics and rights are being made; from then on it is told to the exporters.
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("ended_at IS NULL OR ended_at >= created_at", name="span"),)
