"""The first schema: schools' rules, notices, recorded absences, guardianships, and what every service has."""

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
        "absences",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("source_id", sa.String(length=255), nullable=False),
        sa.Column("student_source_id", sa.String(length=255), nullable=False),
        sa.Column("school_source_id", sa.String(length=255), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.Time(), nullable=True),
        sa.Column(
            "periods",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("closes_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=True),
        sa.Column("motivated_by", sa.String(length=16), nullable=True),
        sa.Column(
            "outcome",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("reminded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(kind = 'present') = (status IS NULL)", name=op.f("ck_absences_status_is_whole")),
        sa.CheckConstraint(
            "(kind IN ('late', 'left_early')) = (at IS NOT NULL)", name=op.f("ck_absences_time_is_whole")
        ),
        sa.CheckConstraint("kind IN ('absent', 'late', 'left_early', 'present')", name=op.f("ck_absences_kind")),
        sa.CheckConstraint(
            "motivated_by IS NULL AND (status IS NULL OR status <> 'motivated') OR motivated_by IN ('notice', 'guardian') AND status = 'motivated'",
            name=op.f("ck_absences_motivated_by_somebody"),
        ),
        sa.CheckConstraint("status IN ('motivated', 'to_motivate', 'not_motivated')", name=op.f("ck_absences_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index(
        "ix_absences_open",
        "absences",
        ["closes_at"],
        unique=False,
        sqlite_where=sa.text("status = 'to_motivate'"),
        postgresql_where=sa.text("status = 'to_motivate'"),
    )
    op.create_index("ix_absences_student", "absences", ["organisation_id", "student_source_id", "on"], unique=False)
    op.create_index("uq_absences_organisation_id_source_id", "absences", ["organisation_id", "source_id"], unique=True)
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
        "bell_times",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("school_source_id", sa.String(length=255), nullable=False),
        sa.Column(
            "periods",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("break_starts_at", sa.Time(), nullable=False),
        sa.Column("break_ends_at", sa.Time(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "school_source_id", name=op.f("pk_bell_times")),
    )
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
        "notices",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("student_source_id", sa.String(length=255), nullable=False),
        sa.Column("school_source_id", sa.String(length=255), nullable=True),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("at", sa.Time(), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("explanation_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("begins_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(type = 'full_day') = (at IS NULL)", name=op.f("ck_notices_time_is_whole")),
        sa.CheckConstraint("type IN ('full_day', 'late_arrival', 'early_departure')", name=op.f("ck_notices_type")),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_notices_days_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_student", "notices", ["organisation_id", "student_source_id", "last_on"], unique=False)
    op.create_index("uq_notices_organisation_id_position", "notices", ["organisation_id", "position"], unique=True)
    op.create_table(
        "offered_reasons",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("french", sa.Text(), nullable=False),
        sa.Column("english", sa.Text(), nullable=False),
        sa.Column("needs_explanation", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "code", name=op.f("pk_offered_reasons")),
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
        "registers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("student_source_id", sa.String(length=255), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registers")),
    )
    op.create_index(
        "uq_registers_organisation_id_student_source_id",
        "registers",
        ["organisation_id", "student_source_id"],
        unique=True,
    )
    op.create_table(
        "school_rules",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("cut_off_school_days", sa.Integer(), nullable=False),
        sa.Column("cut_off_at", sa.Time(), nullable=False),
        sa.Column("same_day_until", sa.Time(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_school_rules")),
    )
    op.create_table(
        "school_years",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=9), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column(
            "days_off",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "name", name=op.f("pk_school_years")),
    )
    op.create_table(
        "contradictions",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("student_source_id", sa.String(length=255), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("period", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("notice_id", sa.String(length=36), nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('present', 'later_than_announced', 'earlier_than_announced')", name=op.f("ck_contradictions_kind")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_contradictions_notice_id_notices")),
        sa.PrimaryKeyConstraint("organisation_id", "student_source_id", "on", "period", name=op.f("pk_contradictions")),
    )
    op.create_index(
        "uq_contradictions_organisation_id_position", "contradictions", ["organisation_id", "position"], unique=True
    )
    op.create_table(
        "motivations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("absence_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("explanation_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(decision = 'pending') = (decided_at IS NULL)", name=op.f("ck_motivations_decision_is_whole")
        ),
        sa.CheckConstraint("decision IN ('pending', 'accepted', 'refused')", name=op.f("ck_motivations_decision")),
        sa.ForeignKeyConstraint(["absence_id"], ["absences.id"], name=op.f("fk_motivations_absence_id_absences")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_motivations")),
    )
    op.create_index(
        "uq_motivations_absence_id",
        "motivations",
        ["absence_id"],
        unique=True,
        sqlite_where=sa.text("decision <> 'refused'"),
        postgresql_where=sa.text("decision <> 'refused'"),
    )
    op.create_index(
        "uq_motivations_organisation_id_position", "motivations", ["organisation_id", "position"], unique=True
    )
