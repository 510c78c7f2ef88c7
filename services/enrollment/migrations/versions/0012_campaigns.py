"""Re-registration: campaigns, their letters and answers, and who read these."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.database import UtcDateTime

revision = "0012_campaigns"
down_revision = "0011_waiting_claims"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("organisation_id", sa.String(36), nullable=False),
        sa.Column("school_year", sa.String(9), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("grades", _DOCUMENT),
        sa.Column("school_ids", _DOCUMENT),
        sa.Column("message_fr", sa.Text()),
        sa.Column("message_en", sa.Text()),
        sa.Column("reminder_days", sa.Integer()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("opened_at", UtcDateTime()),
        sa.Column("told_version", sa.Integer()),
        sa.Column("told_on", sa.Date()),
        sa.Column("reminded_for", sa.Date()),
        sa.Column("reminder_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reminder_began_at", UtcDateTime()),
        sa.Column("reminder_ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_campaigns_organisation_id_organisations"
        ),
        sa.CheckConstraint("opens_on <= closes_on", name="window"),
        sa.CheckConstraint("(message_fr IS NULL) = (message_en IS NULL)", name="message_is_bilingual"),
        sa.CheckConstraint("reminder_days > 0", name="reminder_days"),
    )
    op.create_index("ix_campaigns_organisation_id_opens_on", "campaigns", ["organisation_id", "opens_on"])
    op.create_index("ix_campaigns_closes_on", "campaigns", ["closes_on"])
    op.create_table(
        "campaign_notices",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "number", "email_key", name="pk_campaign_notices"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_notices_campaign_id_campaigns"),
    )
    op.create_table(
        "campaign_answers",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("student_id", sa.String(36), nullable=False),
        sa.Column("given_id", sa.String(36), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("leaving_to", sa.Text()),
        sa.Column("explanation", sa.Text()),
        sa.Column("answered_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "student_id", name="pk_campaign_answers"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_answers_campaign_id_campaigns"),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name="fk_campaign_answers_student_id_students"),
        sa.CheckConstraint("answer IN ('returning', 'leaving')", name="answer"),
    )
    op.create_index("ix_campaign_answers_student_id", "campaign_answers", ["student_id"])
    op.create_table(
        "given_answers",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("student_id", sa.String(36), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("leaving_to", sa.Text()),
        sa.Column("explanation", sa.Text()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_given_answers"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_given_answers_campaign_id_campaigns"),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name="fk_given_answers_student_id_students"),
    )
    op.create_index("ix_given_answers_campaign_id_student_id_at", "given_answers", ["campaign_id", "student_id", "at"])
    op.create_index("ix_given_answers_student_id", "given_answers", ["student_id"])
    op.create_table(
        "answer_readings",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("client_id", sa.Text()),
        sa.Column("form", sa.String(8), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answer_readings"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_answer_readings_campaign_id_campaigns"),
        sa.CheckConstraint("form IN ('page', 'csv')", name="form"),
    )
    op.create_index("ix_answer_readings_campaign_id", "answer_readings", ["campaign_id"])
    op.create_index("ix_answer_readings_at", "answer_readings", ["at"])
