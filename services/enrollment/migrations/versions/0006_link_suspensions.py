"""What the others were told of a link that is suspended, and the mailbox that it stands by."""

import sqlalchemy as sa
from alembic import op

revision = "0006_link_suspensions"
down_revision = "0005_dead_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A release that is still running writes links without either: open, and judged at the account's next visit.
    op.add_column("links", sa.Column("suspension", sa.String(32)))
    op.add_column("links", sa.Column("email_key", sa.Text()))
