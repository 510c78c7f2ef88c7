"""PINs that schools issue, and the links that stand by one."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0010_pins"
down_revision = "0009_letters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pins",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("organisation_id", sa.String(36), nullable=False),
        sa.Column("student_id", sa.String(36), nullable=False),
        sa.Column("guardian_source_id", sa.String(255)),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("used_at", UtcDateTime()),
        sa.Column("used_by", sa.String(36)),
        sa.Column("voided_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_pins"),
        sa.UniqueConstraint("digest", name="uq_pins_digest"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_pins_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name="fk_pins_student_id_students"),
        sa.CheckConstraint("(used_at IS NULL) = (used_by IS NULL)", name="use_is_whole"),
    )
    op.create_index("ix_pins_student_id", "pins", ["student_id"])
    op.create_index("ix_pins_expires_at", "pins", ["expires_at"])
    # A release that is still running writes links without either: they stand by the account's mailbox.
    op.add_column("links", sa.Column("pin_id", sa.String(36)))
    op.add_column("links", sa.Column("guardian_source_id", sa.String(255)))
