"""Which links the other mailboxes on a child's file were told of, by the reference that they can give to the school."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0013_announcements"
down_revision = "0012_campaigns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("reference", sa.String(10), nullable=False),
        sa.Column("link_id", sa.String(36), nullable=False),
        sa.Column("organisation_id", sa.String(36), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_announcements"),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_announcements_link_id_links"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_announcements_organisation_id_organisations"
        ),
    )
    op.create_index("uq_announcements_link_id", "announcements", ["link_id"], unique=True)
    op.create_index("ix_announcements_at", "announcements", ["at"])
