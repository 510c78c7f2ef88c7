"""The first schema: entries and what decides about them, what accounts read, evidence, and what every service has."""

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
            "consumer",
            "topic",
            "partition",
            "offset",
            "appended_at",
            name=op.f("uq_dead_events_consumer_topic_partition_offset_appended_at"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_dead_events_consumer_state_reason_buried_at",
        "dead_events",
        ["consumer", "state", "reason", "buried_at"],
        unique=False,
    )
    op.create_index(
        "ix_dead_events_consumer_topic_key_offset", "dead_events", ["consumer", "topic", "key", "offset"], unique=False
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("source_id", sa.String(length=255), nullable=False),
        sa.Column("audience", sa.String(length=264), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=True),
        sa.Column("sorts_on", sa.Date(), nullable=True),
        sa.Column("exam_on", sa.Date(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=8), nullable=False),
        sa.Column("shown_from", UtcDateTime(), nullable=False),
        sa.Column("release", sa.String(length=64), nullable=True),
        sa.Column("sent_as_draft", sa.Boolean(), nullable=False),
        sa.Column("sent_available_at", UtcDateTime(), nullable=True),
        sa.Column("not_before", UtcDateTime(), nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("available_at", UtcDateTime(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("first_told_at", UtcDateTime(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("corrected_at", UtcDateTime(), nullable=True),
        sa.Column("client_id", sa.String(length=64), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.Column("document_digest", sa.String(length=64), nullable=True),
        sa.Column("document_size", sa.Integer(), nullable=True),
        sa.Column("document_name", sa.String(length=200), nullable=True),
        sa.Column("document_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'ministerial_result') = (exam_on IS NOT NULL)", name=op.f("ck_entries_exam_of_ministerial")
        ),
        sa.CheckConstraint(
            "(kind = 'ministerial_result') = (not_before IS NOT NULL)", name=op.f("ck_entries_time_of_ministerial")
        ),
        sa.CheckConstraint(
            "(state = 'published') = (available_at IS NOT NULL)", name=op.f("ck_entries_available_when_published")
        ),
        sa.CheckConstraint("decision IN ('publish', 'hold', 'withdraw')", name=op.f("ck_entries_decision")),
        sa.CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name=op.f("ck_entries_state")),
        sa.CheckConstraint("available_at >= not_before", name=op.f("ck_entries_not_before_its_time")),
        sa.CheckConstraint("told_at IS NULL OR first_told_at <= told_at", name=op.f("ck_entries_told_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
    )
    op.create_index(
        "ix_entries_audience",
        "entries",
        ["organisation_id", "kind", "audience", "sorts_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_entries_document_digest",
        "entries",
        ["document_digest", "organisation_id"],
        unique=False,
        sqlite_where=sa.text("document_digest IS NOT NULL"),
        postgresql_where=sa.text("document_digest IS NOT NULL"),
    )
    op.create_index(
        "ix_entries_release",
        "entries",
        ["organisation_id", "release"],
        unique=False,
        sqlite_where=sa.text("release IS NOT NULL"),
        postgresql_where=sa.text("release IS NOT NULL"),
    )
    op.create_index(
        "ix_entries_taken_back",
        "entries",
        ["changed_at"],
        unique=False,
        sqlite_where=sa.text("told_at IS NOT NULL AND (state <> 'published' OR available_at > told_at)"),
        postgresql_where=sa.text("told_at IS NOT NULL AND (state <> 'published' OR available_at > told_at)"),
    )
    op.create_index(
        "ix_entries_untold",
        "entries",
        ["available_at"],
        unique=False,
        sqlite_where=sa.text("state = 'published' AND told_at IS NULL"),
        postgresql_where=sa.text("state = 'published' AND told_at IS NULL"),
    )
    op.create_index("uq_entries_source_id", "entries", ["organisation_id", "kind", "source_id"], unique=True)
    op.create_table(
        "feeds",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_feeds_position")),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_feeds")),
    )
    op.create_table(
        "guardianships",
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("student_source_id", sa.String(length=255), nullable=False),
        sa.Column("school_source_id", sa.String(length=255), nullable=True),
        sa.Column(
            "rights",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("level", sa.String(length=16), nullable=True),
        sa.Column("grade", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("generation", "aggregate", name=op.f("pk_guardianships")),
    )
    op.create_index(
        "ix_guardianships_account_id_child_id", "guardianships", ["generation", "account_id", "child_id"], unique=False
    )
    op.create_index(
        "ix_guardianships_student",
        "guardianships",
        ["generation", "organisation_id", "student_source_id"],
        unique=False,
    )
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("claimed_at", UtcDateTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_claimed_at"), "inbox", ["claimed_at"], unique=False)
    op.create_table(
        "letters",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("uncertain", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    op.create_index(op.f("ix_letters_due_at"), "letters", ["due_at"], unique=False)
    op.create_index(op.f("ix_letters_written_at"), "letters", ["written_at"], unique=False)
    op.create_table(
        "ministerial_sessions",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "session", name=op.f("pk_ministerial_sessions")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("is_subscribed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    op.create_index(op.f("ix_organisations_code"), "organisations", ["code"], unique=False)
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
        "projection_ends",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "generation", "aggregate", name=op.f("pk_projection_ends")),
    )
    op.create_table(
        "projections",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("live_generation", sa.Integer(), nullable=False),
        sa.Column("building_generation", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_projections")),
    )
    op.create_table(
        "releases",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("is_published", sa.Boolean(), nullable=False),
        sa.Column("available_at", UtcDateTime(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "is_published = (available_at IS NOT NULL)", name=op.f("ck_releases_available_when_published")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "code", name=op.f("pk_releases")),
    )
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.Column("first_used_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_keys")),
    )
    op.create_table(
        "stored_objects",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("claimed_at", UtcDateTime(), nullable=False),
        sa.Column("is_leaving", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_stored_objects")),
    )
    op.create_index(op.f("ix_stored_objects_claimed_at"), "stored_objects", ["claimed_at"], unique=False)
    op.create_table(
        "support_requests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("school_source_id", sa.String(length=255), nullable=True),
        sa.Column("student_source_id", sa.String(length=255), nullable=True),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.Column("child_id", sa.String(length=36), nullable=True),
        sa.Column("child_name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("error_message_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("browser", sa.String(length=400), nullable=False),
        sa.Column("section", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("screenshot_digest", sa.String(length=64), nullable=True),
        sa.Column("screenshot_size", sa.Integer(), nullable=True),
        sa.Column("screenshot_type", sa.String(length=32), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("handled_at", UtcDateTime(), nullable=True),
        sa.Column("handled_by", sa.String(length=64), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(organisation_id IS NULL) = (position IS NULL)", name=op.f("ck_support_requests_in_a_feed")
        ),
        sa.CheckConstraint(
            "(screenshot_digest IS NULL) = (screenshot_size IS NULL) AND (screenshot_digest IS NULL) = (screenshot_type IS NULL)",
            name=op.f("ck_support_requests_screenshot_is_whole"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_requests")),
        sa.UniqueConstraint("reference", name=op.f("uq_support_requests_reference")),
    )
    op.create_index("ix_support_requests_submitted_at", "support_requests", ["submitted_at"], unique=False)
    op.create_index(
        "uq_support_requests_organisation_id_position",
        "support_requests",
        ["organisation_id", "position"],
        unique=True,
        sqlite_where=sa.text("position IS NOT NULL"),
        postgresql_where=sa.text("position IS NOT NULL"),
    )
    op.create_table(
        "tile_choices",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column(
            "tiles",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_tile_choices")),
    )
    op.create_table(
        "views",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("tile", sa.String(length=24), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "child_id", "tile", "on", name=op.f("pk_views")),
    )
    op.create_index(op.f("ix_views_on"), "views", ["on"], unique=False)
    op.create_table(
        "made_documents",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("template", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("language IN ('fr', 'en')", name=op.f("ck_made_documents_language")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_made_documents_entry_id_entries")),
        sa.PrimaryKeyConstraint("entry_id", "revision", "language", name=op.f("pk_made_documents")),
    )
    op.create_index("ix_made_documents_digest", "made_documents", ["digest", "organisation_id"], unique=False)
    op.create_table(
        "readings",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_readings_entry_id_entries")),
        sa.PrimaryKeyConstraint("account_id", "entry_id", name=op.f("pk_readings")),
    )
    op.create_index(op.f("ix_readings_entry_id"), "readings", ["entry_id"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=True),
        sa.Column("replaced_at", UtcDateTime(), nullable=False),
        sa.Column("document_digest", sa.String(length=64), nullable=True),
        sa.Column("document_size", sa.Integer(), nullable=True),
        sa.Column("document_name", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_revisions_entry_id_entries")),
        sa.PrimaryKeyConstraint("entry_id", "revision", name=op.f("pk_revisions")),
    )
    op.create_index(
        "ix_revisions_document_digest",
        "revisions",
        ["document_digest", "organisation_id"],
        unique=False,
        sqlite_where=sa.text("document_digest IS NOT NULL"),
        postgresql_where=sa.text("document_digest IS NOT NULL"),
    )
