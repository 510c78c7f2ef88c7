"""Refused claims wait for the school to correct its file, and who looked at them is written down."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0011_waiting_claims"
down_revision = "0010_pins"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What a release that is still running refuses does not wait: it has not kept what was typed.
    with op.batch_alter_table("rejected_claims") as table:
        table.add_column(sa.Column("waits_until", UtcDateTime()))
        table.add_column(sa.Column("sealed", sa.LargeBinary()))
        table.add_column(sa.Column("identity_digest", sa.Text()))
        table.add_column(sa.Column("judged_version", sa.Integer(), nullable=False, server_default="-1"))
        table.add_column(sa.Column("judged_on", sa.Date()))
        table.add_column(sa.Column("ended_at", UtcDateTime()))
        table.add_column(sa.Column("outcome", sa.String(16)))
        table.create_check_constraint("typed_is_kept_while_it_waits", "(waits_until IS NULL) = (sealed IS NULL)")
        table.create_check_constraint(
            "identity_is_kept_while_it_waits", "(waits_until IS NULL) = (identity_digest IS NULL)"
        )
        table.create_check_constraint("end_is_whole", "(ended_at IS NULL) = (outcome IS NULL)")
        table.create_check_constraint("end_is_no_wait", "waits_until IS NULL OR ended_at IS NULL")
    is_waiting = sa.text("waits_until IS NOT NULL")
    op.create_index(
        "uq_rejected_claims_account_id_identity_digest",
        "rejected_claims",
        ["account_id", "identity_digest"],
        unique=True,
        sqlite_where=is_waiting,
        postgresql_where=is_waiting,
    )
    op.create_index(
        "ix_rejected_claims_organisation_id_judged_version",
        "rejected_claims",
        ["organisation_id", "judged_version"],
        sqlite_where=is_waiting,
        postgresql_where=is_waiting,
    )
    op.create_table(
        "claim_looks",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("organisation_id", sa.String(36), nullable=False),
        sa.Column("client_id", sa.Text()),
        sa.Column("reference", sa.String(10)),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_claim_looks"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_claim_looks_organisation_id_organisations"
        ),
    )
    op.create_index("ix_claim_looks_organisation_id_at", "claim_looks", ["organisation_id", "at"])
    op.create_index("ix_claim_looks_at", "claim_looks", ["at"])
