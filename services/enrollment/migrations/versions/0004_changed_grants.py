"""What a subscriber was granted before its subscription changed, and since when it is granted what it is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.database import UtcDateTime

revision = "0004_changed_grants"
down_revision = "0003_rights_of_links"
branch_labels = None
depends_on = None


def upgrade() -> None:
    document = sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
    )
    # Null: since it began. A release that is still running changes nothing, and needs to know of neither.
    op.add_column("subscribers", sa.Column("granted_at", UtcDateTime(), nullable=True))
    op.add_column("subscribers", sa.Column("earlier_grants", document, nullable=False, server_default=sa.text("'[]'")))
