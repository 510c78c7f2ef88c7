"""The first schema: the registry, links, claims, and what every service has."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.database import UtcDateTime

revision = "0001_first"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "aggregates",
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("aggregate", name=op.f("pk_aggregates")),
    )
    op.create_table(
        "answered_requests",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_answered_requests")),
    )
    op.create_index(op.f("ix_answered_requests_began_at"), "answered_requests", ["began_at"], unique=False)
    op.create_table(
        "budgets",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", "subject", name=op.f("pk_budgets")),
    )
    op.create_index(op.f("ix_budgets_expires_at"), "budgets", ["expires_at"], unique=False)
    op.create_table(
        "dead_events",
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=True), nullable=False
        ),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("appended_at", UtcDateTime(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("buried_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_dead_events")),
        sa.UniqueConstraint(
            "consumer", "topic", "partition", "offset", name=op.f("uq_dead_events_consumer_topic_partition_offset")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dead_events_consumer_topic_key", "dead_events", ["consumer", "topic", "key"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("claimed_at", UtcDateTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_claimed_at"), "inbox", ["claimed_at"], unique=False)
    op.create_table(
        "organisations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("former_name", sa.Text(), nullable=True),
        sa.Column("network", sa.Text(), nullable=True),
        sa.Column("sort_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.Column("subscribed_at", UtcDateTime(), nullable=True),
        sa.Column("registry_version", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("kind IN ('public', 'private')", name=op.f("ck_organisations_kind")),
        sa.CheckConstraint(
            "network IN ('francophone', 'anglophone', 'special')", name=op.f("ck_organisations_network")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("code", name=op.f("uq_organisations_code")),
    )
    op.create_index(op.f("ix_organisations_sort_key_id"), "organisations", ["sort_key", "id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=True), nullable=False
        ),
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("organisation_id", sa.Text(), nullable=True),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("classification", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.Column("causation_id", sa.Text(), nullable=True),
        sa.Column("trace_context", sa.Text(), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_outbox")),
        sa.UniqueConstraint("aggregate", "version", name=op.f("uq_outbox_aggregate_version")),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_unpublished",
        "outbox",
        ["position"],
        unique=False,
        sqlite_where=sa.text("published_at IS NULL"),
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "guardians",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("source_id", sa.String(length=255), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(email IS NULL) = (email_key IS NULL)", name=op.f("ck_guardians_email_is_whole")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_guardians_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardians")),
    )
    op.create_index(
        "ix_guardians_organisation_id_email_key", "guardians", ["organisation_id", "email_key"], unique=False
    )
    op.create_index(
        "uq_guardians_organisation_id_source_id", "guardians", ["organisation_id", "source_id"], unique=True
    )
    op.create_table(
        "registry_imports",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column(
            "counts",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.CheckConstraint("(outcome = 'refused') = (refusal IS NOT NULL)", name=op.f("ck_registry_imports_refusal")),
        sa.CheckConstraint("outcome IN ('accepted', 'refused')", name=op.f("ck_registry_imports_outcome")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_registry_imports_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_imports")),
    )
    op.create_index(op.f("ix_registry_imports_organisation_id"), "registry_imports", ["organisation_id"], unique=False)
    op.create_table(
        "schools",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("source_id", sa.String(length=255), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("city", sa.Text(), server_default="", nullable=False),
        sa.Column("postal_code", sa.Text(), server_default="", nullable=False),
        sa.Column("website", sa.Text(), server_default="", nullable=False),
        sa.Column("has_preschool", sa.Boolean(), nullable=True),
        sa.Column("has_primary", sa.Boolean(), nullable=True),
        sa.Column("has_secondary", sa.Boolean(), nullable=True),
        sa.Column("has_vocational", sa.Boolean(), nullable=True),
        sa.Column("has_adult", sa.Boolean(), nullable=True),
        sa.CheckConstraint("status IN ('active', 'gone')", name=op.f("ck_schools_status")),
        sa.CheckConstraint("source_id IS NOT NULL OR code IS NOT NULL", name=op.f("ck_schools_is_named")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_schools_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools")),
    )
    op.create_index("ix_schools_organisation_id_code", "schools", ["organisation_id", "code"], unique=False)
    op.create_index("uq_schools_organisation_id_source_id", "schools", ["organisation_id", "source_id"], unique=True)
    op.create_table(
        "students",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("source_id", sa.String(length=255), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("middle_names", sa.Text(), server_default="", nullable=False),
        sa.Column("birth_on", sa.Date(), nullable=True),
        sa.Column("file_number", sa.String(length=7), nullable=True),
        sa.Column("permanent_code_digest", sa.Text(), nullable=True),
        sa.Column("permanent_code_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("school_id", sa.String(length=36), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("identity_digest", sa.Text(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("level IN ('primary', 'secondary')", name=op.f("ck_students_level")),
        sa.CheckConstraint("status IN ('active', 'gone')", name=op.f("ck_students_status")),
        sa.CheckConstraint(
            "(permanent_code_digest IS NULL) = (permanent_code_sealed IS NULL)",
            name=op.f("ck_students_permanent_code_is_whole"),
        ),
        sa.CheckConstraint("length(file_number) = 7", name=op.f("ck_students_file_number")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_students_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_students_school_id_schools")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_students")),
    )
    op.create_index(
        "ix_students_organisation_id_identity_digest", "students", ["organisation_id", "identity_digest"], unique=False
    )
    op.create_index(
        "ix_students_organisation_id_permanent_code_digest",
        "students",
        ["organisation_id", "permanent_code_digest"],
        unique=False,
    )
    op.create_index(op.f("ix_students_school_id"), "students", ["school_id"], unique=False)
    op.create_index(
        "uq_students_organisation_id_file_number",
        "students",
        ["organisation_id", "file_number"],
        unique=True,
        sqlite_where=sa.text("file_number IS NOT NULL AND status = 'active'"),
        postgresql_where=sa.text("file_number IS NOT NULL AND status = 'active'"),
    )
    op.create_index("uq_students_organisation_id_source_id", "students", ["organisation_id", "source_id"], unique=True)
    op.create_table(
        "guardianships",
        sa.Column("student_id", sa.String(length=36), nullable=False),
        sa.Column("guardian_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("is_principal", sa.Boolean(), nullable=False),
        sa.Column(
            "rights",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=True,
        ),
        sa.Column(
            "restrictions",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["guardian_id"], ["guardians.id"], name=op.f("fk_guardianships_guardian_id_guardians")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_guardianships_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name=op.f("fk_guardianships_student_id_students")),
        sa.PrimaryKeyConstraint("student_id", "guardian_id", name=op.f("pk_guardianships")),
    )
    op.create_index(op.f("ix_guardianships_guardian_id"), "guardianships", ["guardian_id"], unique=False)
    op.create_index(
        "uq_guardianships_principal",
        "guardianships",
        ["student_id"],
        unique=True,
        sqlite_where=sa.text("is_principal"),
        postgresql_where=sa.text("is_principal"),
    )
    op.create_table(
        "journal_entries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("student_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(role = 'guardian') = (account_id IS NOT NULL)", name=op.f("ck_journal_entries_actor")),
        sa.CheckConstraint("role IN ('guardian', 'school')", name=op.f("ck_journal_entries_role")),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name=op.f("fk_journal_entries_student_id_students")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entries")),
    )
    op.create_index(op.f("ix_journal_entries_at"), "journal_entries", ["at"], unique=False)
    op.create_index(op.f("ix_journal_entries_student_id_at"), "journal_entries", ["student_id", "at"], unique=False)
    op.create_table(
        "links",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("student_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("end_reason", sa.String(length=32), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_links_end_is_whole")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_links_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name=op.f("fk_links_student_id_students")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_student_id"), "links", ["student_id"], unique=False)
    op.create_index(
        "uq_links_account_id_student_id",
        "links",
        ["account_id", "student_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "rejected_claims",
        sa.Column("reference", sa.String(length=10), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("student_id", sa.String(length=36), nullable=True),
        sa.Column(
            "differing",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_rejected_claims_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name=op.f("fk_rejected_claims_student_id_students")),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_rejected_claims")),
    )
    op.create_index(op.f("ix_rejected_claims_at"), "rejected_claims", ["at"], unique=False)
    op.create_index(
        op.f("ix_rejected_claims_organisation_id_at"), "rejected_claims", ["organisation_id", "at"], unique=False
    )
