"""Organisations as we have heard of them, what each decides about absences, and the two locks that writers take.

A student is known by the organisation and the school system's own id (`student_source_id`), because that is all that a
school can say of one, whether or not anybody has claimed the child; the projection of guardianships tells which child it is.
"""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, Index, Integer, String, Text, Time
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import UtcDateTime, new_metadata

Id = String(36)
# The school system's own identifier (`sourcedId`), opaque to us.
SourceId = String(255)
Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Model(DeclarativeBase):
    """What every table of attendance is declared on."""

    metadata = new_metadata()


class Organisation(Model):
    """A board or private school that takes part, or has: enrollment tells it, and nobody else writes it."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    # The ministry's six digits: what a school system's token names.
    code: Mapped[str] = mapped_column(Text, index=True)
    is_subscribed: Mapped[bool]
    # Of the last event that was applied; an older one changes nothing.
    version: Mapped[int] = mapped_column(BigInteger)


class SchoolRules(Model):
    """Until when an organisation takes notices and motivations; without a row, `rules/cut_offs.py`."""

    __tablename__ = "school_rules"

    organisation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    cut_off_school_days: Mapped[int] = mapped_column(Integer)
    cut_off_at: Mapped[time] = mapped_column(Time)
    # Null: a day is announced until it is over.
    same_day_until: Mapped[time | None] = mapped_column(Time)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BellTimes(Model):
    """The bell times of one school, or of all that have none of their own (an empty `school_source_id`)."""

    __tablename__ = "bell_times"

    organisation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    school_source_id: Mapped[str] = mapped_column(SourceId, primary_key=True)
    # [{"code": "P1", "starts_at": "08:40", "ends_at": "09:55"}, …]
    periods: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    break_starts_at: Mapped[time] = mapped_column(Time)
    break_ends_at: Mapped[time] = mapped_column(Time)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SchoolYear(Model):
    """The school days of one year of an organisation."""

    __tablename__ = "school_years"

    organisation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    # `2026-2027`.
    name: Mapped[str] = mapped_column(String(9), primary_key=True)
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    days_off: Mapped[list[str]] = mapped_column(Document)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OfferedReason(Model):
    """A reason that an organisation offers; without any, `rules/reasons.py`."""

    __tablename__ = "offered_reasons"

    organisation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    french: Mapped[str] = mapped_column(Text)
    english: Mapped[str] = mapped_column(Text)
    needs_explanation: Mapped[bool]


class DecisionRevision(Model):
    """Which of its decisions stand: an organisation that decides anything of the above writes a new revision with it.

    So that whoever has read them once asks for this word alone. An id, not a number: what a decision that was rolled
    back would have been called is never given again.
    """

    __tablename__ = "decision_revisions"

    organisation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    revision: Mapped[str] = mapped_column(Id)


class Register(Model):
    """One student's register: whoever changes a notice or a record of theirs holds this row first.

    So two that meet see each other's work, and what they come to is computed once from all of it.
    """

    __tablename__ = "registers"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation_id: Mapped[str] = mapped_column(Id)
    student_source_id: Mapped[str] = mapped_column(SourceId)
    revision: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index("uq_registers_organisation_id_student_source_id", "organisation_id", "student_source_id", unique=True),
    )


class Feed(Model):
    """The last position that an organisation's feed has given: the last lock that a writer takes.

    Held until the commit, so that positions become visible in their order and a cursor passes over nothing.
    """

    __tablename__ = "feeds"

    organisation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("position >= 0", name="position"),)
