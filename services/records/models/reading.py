"""What accounts have read: messages one by one, and which tile of which child on which day."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.records.models.organisations import Id, Model
from shared.database import UtcDateTime


class Reading(Model):
    """That the holder of an account has read a message (RE-14)."""

    __tablename__ = "readings"

    account_id: Mapped[str] = mapped_column(Id, primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entries.id"), primary_key=True, index=True)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)


class View(Model):
    """That an account has looked at a tile of a child: told once a day, whoever asks how often."""

    __tablename__ = "views"

    account_id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    tile: Mapped[str] = mapped_column(String(24), primary_key=True)
    on: Mapped[date] = mapped_column(Date, primary_key=True, index=True)
