"""Disputes: a guardian says of a newer link that nobody they know made it."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0007_disputes"
down_revision = "0006_link_suspensions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("link_id", sa.String(36), nullable=False),
        sa.Column("student_id", sa.String(36), nullable=False),
        sa.Column("organisation_id", sa.String(36), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("email_key", sa.Text()),
        sa.Column("disputed_by", sa.String(36), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime()),
        sa.Column("outcome", sa.String(16)),
        sa.PrimaryKeyConstraint("id", name="pk_disputes"),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_disputes_link_id_links"),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name="fk_disputes_student_id_students"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_disputes_organisation_id_organisations"
        ),
        sa.CheckConstraint("(settled_at IS NULL) = (outcome IS NULL)", name="settlement_is_whole"),
    )
    is_open = sa.text("settled_at IS NULL")
    op.create_index(
        "uq_disputes_link_id", "disputes", ["link_id"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_index("ix_disputes_student_id", "disputes", ["student_id"])
    op.create_index("ix_disputes_organisation_id_at", "disputes", ["organisation_id", "at"])
