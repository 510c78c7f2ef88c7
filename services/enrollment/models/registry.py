"""What the school systems say: organisations, schools, students, guardians, and the imports that brought them.

Only the importer and the directory write here (`operations/imports`, `operations/directory`); everybody else reads. A
student who left is kept as `gone`, because links, events and files refer to it; a guardian who left is deleted.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import UtcDateTime, new_metadata

Id = String(36)
# The school system's own identifier (`sourcedId`), opaque to us.
SourceId = String(255)
Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
# Ordered by its bytes on both databases: a language's collation would ignore the spaces between words.
Ordered = Text().with_variant(Text(collation="C"), "postgresql")


class Model(DeclarativeBase):
    """What every table of enrollment is declared on."""

    metadata = new_metadata()


class Organisation(Model):
    """A board (public) or a private school: what a parent chooses first, and what an import belongs to."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    # The ministry's six digits; how operators and registries name it.
    code: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    former_name: Mapped[str | None] = mapped_column(Text)
    # `francophone`, `anglophone` or `special`; a private school has none.
    network: Mapped[str | None] = mapped_column(Text)
    # `rules/organisation_names.py`: what lists are ordered by, and what a search looks in (EN-05 to EN-08).
    sort_key: Mapped[str] = mapped_column(Ordered)
    search_key: Mapped[str] = mapped_column(Text)
    # Null until its first accepted import, or `subscribe` (EN-24, ID-33).
    subscribed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Counts accepted imports and corrections by call: an import that one of them overtook finds another number here,
    # and gives up.
    registry_version: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    # Links that were proven before this moment are inert until their children are claimed again (ID-32, CHD-16).
    confirm_links_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The last day whose beginnings and ends of guardianships the others were told of. Null: none yet.
    links_judged_on: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("kind IN ('public', 'private')", name="kind"),
        CheckConstraint("network IN ('francophone', 'anglophone', 'special')", name="network"),
        Index(None, "sort_key", "id"),
    )


class School(Model):
    """A place that students attend; known from the directory (by `code`), a registry (by `source_id`), or both."""

    __tablename__ = "schools"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    source_id: Mapped[str | None] = mapped_column(SourceId)
    code: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default="active", server_default="active")
    # From the directory alone.
    address: Mapped[str] = mapped_column(Text, default="", server_default="")
    city: Mapped[str] = mapped_column(Text, default="", server_default="")
    postal_code: Mapped[str] = mapped_column(Text, default="", server_default="")
    website: Mapped[str] = mapped_column(Text, default="", server_default="")
    has_preschool: Mapped[bool | None]
    has_primary: Mapped[bool | None]
    has_secondary: Mapped[bool | None]
    has_vocational: Mapped[bool | None]
    has_adult: Mapped[bool | None]

    __table_args__ = (
        CheckConstraint("status IN ('active', 'gone')", name="status"),
        CheckConstraint("source_id IS NOT NULL OR code IS NOT NULL", name="is_named"),
        Index("uq_schools_organisation_id_source_id", "organisation_id", "source_id", unique=True),
        Index("ix_schools_organisation_id_code", "organisation_id", "code"),
    )


class Student(Model):
    """A child as the school's file has it: what a claim is compared with, letter for letter (EN-13, EN-14).

    Nothing is derived from a name. What a registry does not say is null, and such a student cannot be claimed.
    """

    __tablename__ = "students"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    source_id: Mapped[str] = mapped_column(SourceId)
    given_name: Mapped[str] = mapped_column(Text)
    family_name: Mapped[str] = mapped_column(Text)
    middle_names: Mapped[str] = mapped_column(Text, default="", server_default="")
    birth_on: Mapped[date | None]
    # « Numéro de fiche »: unique in its organisation among those who are there; a number may be given again later.
    file_number: Mapped[str | None] = mapped_column(String(7))
    # `rules/student_keys.py`: how the code is found, and how it is read again. Never in clear (domain-facts C1).
    permanent_code_digest: Mapped[str | None] = mapped_column(Text)
    permanent_code_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    grade: Mapped[str | None] = mapped_column(Text)
    level: Mapped[str | None] = mapped_column(Text)
    school_id: Mapped[str | None] = mapped_column(ForeignKey("schools.id"), index=True)
    status: Mapped[str] = mapped_column(Text, default="active", server_default="active")
    # Whom a claim speaks of when its number is wrong: counted per child identity (CHD-5). Null without a birth date.
    identity_digest: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("status IN ('active', 'gone')", name="status"),
        CheckConstraint("level IN ('primary', 'secondary')", name="level"),
        CheckConstraint("length(file_number) = 7", name="file_number"),
        CheckConstraint(
            "(permanent_code_digest IS NULL) = (permanent_code_sealed IS NULL)", name="permanent_code_is_whole"
        ),
        Index("uq_students_organisation_id_source_id", "organisation_id", "source_id", unique=True),
        Index(
            "uq_students_organisation_id_file_number",
            "organisation_id",
            "file_number",
            unique=True,
            sqlite_where=text("file_number IS NOT NULL AND status = 'active'"),
            postgresql_where=text("file_number IS NOT NULL AND status = 'active'"),
        ),
        Index("ix_students_organisation_id_permanent_code_digest", "organisation_id", "permanent_code_digest"),
        Index("ix_students_organisation_id_identity_digest", "organisation_id", "identity_digest"),
    )


class Guardian(Model):
    """Somebody on a student's file, known by the address that the school has (EN-12, EN-25)."""

    __tablename__ = "guardians"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    source_id: Mapped[str] = mapped_column(SourceId)
    given_name: Mapped[str] = mapped_column(Text)
    family_name: Mapped[str] = mapped_column(Text)
    # As the file has it, and as it is compared (`rules/emails.py`).
    email: Mapped[str | None] = mapped_column(Text)
    email_key: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("(email IS NULL) = (email_key IS NULL)", name="email_is_whole"),
        Index("uq_guardians_organisation_id_source_id", "organisation_id", "source_id", unique=True),
        Index("ix_guardians_organisation_id_email_key", "organisation_id", "email_key"),
    )


class Guardianship(Model):
    """That a guardian is on a student's file, and what the file says of it."""

    __tablename__ = "guardianships"

    student_id: Mapped[str] = mapped_column(ForeignKey("students.id"), primary_key=True)
    guardian_id: Mapped[str] = mapped_column(ForeignKey("guardians.id"), primary_key=True, index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    # « Répondant principal ».
    is_principal: Mapped[bool]
    # Words of the file. Null: it does not say, and both parents have every right; empty: it says none.
    rights: Mapped[list[str] | None] = mapped_column(Document)
    restrictions: Mapped[list[str]] = mapped_column(Document)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]

    __table_args__ = (
        # One principal guardian a student, by the database's own word.
        Index(
            "uq_guardianships_principal",
            "student_id",
            unique=True,
            sqlite_where=text("is_principal"),
            postgresql_where=text("is_principal"),
        ),
        # Which of them begin or end on a day: few have dates.
        Index(
            "ix_guardianships_organisation_id_starts_on",
            "organisation_id",
            "starts_on",
            sqlite_where=text("starts_on IS NOT NULL"),
            postgresql_where=text("starts_on IS NOT NULL"),
        ),
        Index(
            "ix_guardianships_organisation_id_ends_on",
            "organisation_id",
            "ends_on",
            sqlite_where=text("ends_on IS NOT NULL"),
            postgresql_where=text("ends_on IS NOT NULL"),
        ),
    )


class RegistryImport(Model):
    """An import that was accepted or refused: when, in which shape, and how much of what."""

    __tablename__ = "registry_imports"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    # Which client handed it over; null: an operator, by command.
    client_id: Mapped[str | None] = mapped_column(Text)
    # `oneroster-1.1`, `oneroster-1.2` or `sds-2.1`; `bulk` or `delta`; `unknown` when it could not be made out.
    format: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(Text)
    # Of a refused one: the problem's code.
    refusal: Mapped[str | None] = mapped_column(Text)
    # … and what the problem said beside its code: which file, which line, how many.
    refusal_facts: Mapped[dict[str, Any] | None] = mapped_column(Document)
    counts: Mapped[dict[str, Any]] = mapped_column(Document)

    __table_args__ = (
        CheckConstraint("outcome IN ('accepted', 'refused')", name="outcome"),
        CheckConstraint("(outcome = 'refused') = (refusal IS NOT NULL)", name="refusal"),
    )


class RejectedLine(Model):
    """A line that an import left out: where it stands and why, nothing of what it says."""

    __tablename__ = "rejected_lines"

    import_id: Mapped[str] = mapped_column(ForeignKey("registry_imports.id"), primary_key=True)
    file: Mapped[str] = mapped_column(Text, primary_key=True)
    # 0: no line of the file, but what we had.
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
