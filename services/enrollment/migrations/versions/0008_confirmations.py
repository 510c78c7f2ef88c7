"""Since when links must have been proven, when each was, and which days the others were told of."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0008_confirmations"
down_revision = "0007_disputes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A release that is still running writes links without it, which were proven when they were linked.
    op.add_column("links", sa.Column("confirmed_at", UtcDateTime()))
    op.add_column("organisations", sa.Column("confirm_links_before", UtcDateTime()))
    op.add_column("organisations", sa.Column("links_judged_on", sa.Date()))
    for column in ("starts_on", "ends_on"):
        is_dated = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_guardianships_organisation_id_{column}",
            "guardianships",
            ["organisation_id", column],
            sqlite_where=is_dated,
            postgresql_where=is_dated,
        )
