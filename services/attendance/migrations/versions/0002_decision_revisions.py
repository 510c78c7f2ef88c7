"""Which of an organisation's decisions stand, so that they are read again only when they have changed."""

import sqlalchemy as sa
from alembic import op

revision = "0002_decision_revisions"
down_revision = "0001_first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; what has been decided so far has no revision, and is read as such."""
    op.create_table(
        "decision_revisions",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_decision_revisions")),
    )
