"""What accounts leave behind once they are deleted: which are gone, and the open requests for help that were theirs."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0002_erased_accounts"
down_revision = "0001_first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, and the column with its indexes; no account is known to be gone yet."""
    op.create_table(
        "erased_accounts",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_erased_accounts")),
    )
    op.create_index(op.f("ix_erased_accounts_deleted_at"), "erased_accounts", ["deleted_at"], unique=False)
    op.add_column("support_requests", sa.Column("account_deleted_at", UtcDateTime(), nullable=True))
    op.create_index("ix_support_requests_account_id", "support_requests", ["account_id"], unique=False)
    op.create_index(
        "ix_support_requests_account_deleted_at",
        "support_requests",
        ["account_deleted_at"],
        unique=False,
        sqlite_where=sa.text("account_deleted_at IS NOT NULL"),
        postgresql_where=sa.text("account_deleted_at IS NOT NULL"),
    )
