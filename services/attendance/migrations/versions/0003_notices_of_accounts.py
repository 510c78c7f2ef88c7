"""What an account has announced and motivated, found by the account: to take it out once it is deleted."""

from alembic import op

revision = "0003_notices_of_accounts"
down_revision = "0002_decision_revisions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes."""
    op.create_index("ix_notices_account_id", "notices", ["account_id"], unique=False)
    op.create_index("ix_motivations_account_id", "motivations", ["account_id"], unique=False)
