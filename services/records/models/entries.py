"""What schools send: entries, what they said before, and what decides from when on parents see them.

An entry has a word of its own (`decision`, `shown_from`), perhaps a release that it waits for, and perhaps a moment before
which nobody sees it (`not_before`). `state` and `available_at` are computed of the three (`rules/publication.py`) whenever
one of them changes; `told_at` follows them, never ahead of the clock.

    draft ──── published ──── withdrawn
      └───────────┴───────────────┘        each becomes each other, by the school's word alone
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.records.models.organisations import Id, Model, SourceId
from shared.database import UtcDateTime

Kind = String(24)
# A release's code, or the session of a ministerial examination (`2027-06`).
Code = String(64)
# SHA-256 in hexadecimal: the name of a file in the store.
FileDigest = String(64)


class Entry(Model):
    """One thing that a school tells its parents, as it says it now: a result, a report card, a message …"""

    __tablename__ = "entries"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation_id: Mapped[str] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(Kind)
    # The school system's own id of it, within its kind: the same again is a correction.
    source_id: Mapped[str] = mapped_column(SourceId)
    # `student:<student_source_id>`, `school:<school_source_id>` or `organisation`.
    audience: Mapped[str] = mapped_column(String(264))
    # `2026-2027`; null of what stands for no year, or no day: the file, a contact.
    school_year: Mapped[str | None] = mapped_column(String(9))
    # The day that lists are in the order of.
    sorts_on: Mapped[date | None] = mapped_column(Date)
    # Of a ministerial result: the day of the examination.
    exam_on: Mapped[date | None] = mapped_column(Date)
    # What its parents read, as JSON that was checked by its kind's schema; text, so that it goes out as it stands.
    content: Mapped[str] = mapped_column(Text)
    # SHA-256 of the content.
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    revision: Mapped[int] = mapped_column(Integer)

    # What the school says of it alone: publish, hold back, withdraw; and not before when, if it says so.
    decision: Mapped[str] = mapped_column(String(8))
    shown_from: Mapped[datetime] = mapped_column(UtcDateTime)
    release: Mapped[str | None] = mapped_column(Code)
    # What was sent with it of its publication: sent again, it changes nothing that was decided since.
    sent_as_draft: Mapped[bool]
    sent_available_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Of a ministerial result: the session's day, or some days after the examination (RE-04).
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What the three come to. Parents see an entry if, and only if, it is published and its moment has come.
    state: Mapped[str] = mapped_column(String(9))
    available_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When the others were told that parents see it; null while they have not been, or have been told that it is gone.
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When they were told first, or could see it untold before it was hidden: from then on parents may have read it, and a
    # change is a correction.
    first_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When what parents may have read was changed last.
    corrected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Which of the school's clients wrote it last.
    client_id: Mapped[str | None] = mapped_column(String(64))

    # Keeps the digest in the signature from telling a mark to whoever tries all of them.
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    # JWS in its compact form, over the present revision; null for what is not signed.
    signature: Mapped[str | None] = mapped_column(Text)

    # The PDF that the school sent.
    document_digest: Mapped[str | None] = mapped_column(FileDigest)
    document_size: Mapped[int | None] = mapped_column(Integer)
    document_name: Mapped[str | None] = mapped_column(String(200))
    document_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("decision IN ('publish', 'hold', 'withdraw')", name="decision"),
        CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'published') = (available_at IS NOT NULL)", name="available_when_published"),
        CheckConstraint("available_at >= not_before", name="not_before_its_time"),
        CheckConstraint("(kind = 'ministerial_result') = (exam_on IS NOT NULL)", name="exam_of_ministerial"),
        CheckConstraint("(kind = 'ministerial_result') = (not_before IS NOT NULL)", name="time_of_ministerial"),
        CheckConstraint("told_at IS NULL OR first_told_at <= told_at", name="told_in_order"),
        Index("uq_entries_source_id", "organisation_id", "kind", "source_id", unique=True),
        # What parents read, in its order.
        Index("ix_entries_audience", "organisation_id", "kind", "audience", "sorts_on", "id"),
        # What a release, or a ministerial session, decides about.
        Index(
            "ix_entries_release",
            "organisation_id",
            "release",
            sqlite_where=text("release IS NOT NULL"),
            postgresql_where=text("release IS NOT NULL"),
        ),
        # What is to be told once its moment has come.
        Index(
            "ix_entries_untold",
            "available_at",
            sqlite_where=text("state = 'published' AND told_at IS NULL"),
            postgresql_where=text("state = 'published' AND told_at IS NULL"),
        ),
        # What was told, and is gone since, or waits for a later moment.
        Index(
            "ix_entries_taken_back",
            "changed_at",
            sqlite_where=text("told_at IS NOT NULL AND (state <> 'published' OR available_at > told_at)"),
            postgresql_where=text("told_at IS NOT NULL AND (state <> 'published' OR available_at > told_at)"),
        ),
        # Whether anybody names a file of the store.
        Index(
            "ix_entries_document_digest",
            "document_digest",
            "organisation_id",
            sqlite_where=text("document_digest IS NOT NULL"),
            postgresql_where=text("document_digest IS NOT NULL"),
        ),
    )


class Revision(Model):
    """What an entry said before it was corrected, for its school to read."""

    __tablename__ = "revisions"

    entry_id: Mapped[str] = mapped_column(ForeignKey("entries.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    organisation_id: Mapped[str] = mapped_column(Id)
    content: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    # When it had been said, and by which of the school's clients.
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    client_id: Mapped[str | None] = mapped_column(String(64))
    # When the next one took its place.
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)
    document_digest: Mapped[str | None] = mapped_column(FileDigest)
    document_size: Mapped[int | None] = mapped_column(Integer)
    document_name: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (
        Index(
            "ix_revisions_document_digest",
            "document_digest",
            "organisation_id",
            sqlite_where=text("document_digest IS NOT NULL"),
            postgresql_where=text("document_digest IS NOT NULL"),
        ),
    )


class Release(Model):
    """Entries that are published together; those that name one without a row wait for it."""

    __tablename__ = "releases"

    organisation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(Code, primary_key=True)
    is_published: Mapped[bool]
    # Not before when; null while it is not published.
    available_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("is_published = (available_at IS NOT NULL)", name="available_when_published"),)


class MinisterialSession(Model):
    """The day on which the ministry lets the results of a session out, where the organisation has told it (RE-04)."""

    __tablename__ = "ministerial_sessions"

    organisation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    session: Mapped[str] = mapped_column(Code, primary_key=True)
    # Null: told once, and taken back.
    released_on: Mapped[date | None] = mapped_column(Date)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
