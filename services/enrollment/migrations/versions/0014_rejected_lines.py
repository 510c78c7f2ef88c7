"""Imports by call: who handed a registry over, what a refusal said, and the lines that were left out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014_rejected_lines"
down_revision = "0013_announcements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    document = sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
    )
    op.add_column("registry_imports", sa.Column("client_id", sa.Text(), nullable=True))
    op.add_column("registry_imports", sa.Column("refusal_facts", document, nullable=True))
    op.create_table(
        "rejected_lines",
        sa.Column("import_id", sa.String(36), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "file", "line", "code", name="pk_rejected_lines"),
        sa.ForeignKeyConstraint(
            ["import_id"], ["registry_imports.id"], name="fk_rejected_lines_import_id_registry_imports"
        ),
    )
