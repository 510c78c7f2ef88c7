"""The systems of organisations: clients, their secrets and their tokens."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0005_school_clients"
down_revision = "0004_dead_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "school_clients",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("scopes", sa.String(length=1000), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_clients")),
    )
    op.create_index("ix_school_clients_organisation_code", "school_clients", ["organisation_code"], unique=False)
    op.create_table(
        "school_client_secrets",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["school_clients.id"],
            name=op.f("fk_school_client_secrets_client_id_school_clients"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_client_secrets")),
    )
    op.create_index("ix_school_client_secrets_client_id", "school_client_secrets", ["client_id"], unique=False)
    op.create_table(
        "school_tokens",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("secret_id", sa.String(length=36), nullable=False),
        sa.Column("scopes", sa.String(length=1000), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["school_clients.id"],
            name=op.f("fk_school_tokens_client_id_school_clients"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["secret_id"],
            ["school_client_secrets.id"],
            name=op.f("fk_school_tokens_secret_id_school_client_secrets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_school_tokens")),
    )
    op.create_index("ix_school_tokens_client_id_created_at", "school_tokens", ["client_id", "created_at"], unique=False)
    op.create_index("ix_school_tokens_expires_at", "school_tokens", ["expires_at"], unique=False)
    op.create_index("ix_school_tokens_secret_id", "school_tokens", ["secret_id"], unique=False)
