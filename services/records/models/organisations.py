"""Organisations as we have heard of them, which tiles each offers, and the last position of its feed."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import UtcDateTime, new_metadata

Id = String(36)
# The school system's own identifier (`sourcedId`), opaque to us.
SourceId = String(255)
Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Model(DeclarativeBase):
    """What every table of records is declared on."""

    metadata = new_metadata()


class Organisation(Model):
    """A board or private school that takes part, or has: enrollment tells it, and nobody else writes it.

    Whoever writes several entries of an organisation holds its row first, so that a release that is published meets every entry
    that names it, and two writers never wait for each other in a circle.
    """

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    # The ministry's six digits: what a school system's token names.
    code: Mapped[str] = mapped_column(Text, index=True)
    is_subscribed: Mapped[bool]
    # Of the last event that was applied; an older one changes nothing.
    version: Mapped[int] = mapped_column(BigInteger)


class TileChoice(Model):
    """Which tiles an organisation offers (RE-17); without a row, all of them."""

    __tablename__ = "tile_choices"

    organisation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    # Codes of `rules/tiles.py`, in the organisation's order.
    tiles: Mapped[list[str]] = mapped_column(Document)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Feed(Model):
    """The last position that an organisation's feed has given: the last lock that a writer takes.

    Held until the commit, so that positions become visible in their order and a cursor passes over nothing.
    """

    __tablename__ = "feeds"

    organisation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("position >= 0", name="position"),)
