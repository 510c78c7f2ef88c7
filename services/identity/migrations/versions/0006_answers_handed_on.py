"""Providers' answers that are handed on to the program that has sent the browser."""

import sqlalchemy as sa
from alembic import op

revision = "0006_answers_handed_on"
down_revision = "0005_school_clients"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("social_visits", sa.Column("is_handed_on", sa.Boolean(), server_default=sa.false(), nullable=False))
