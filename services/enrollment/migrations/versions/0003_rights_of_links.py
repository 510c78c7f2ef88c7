"""What was told of a link when it was made, so that its state can be told again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_rights_of_links"
down_revision = "0002_subscribers"
branch_labels = None
depends_on = None

# The words of the event that told it; where the outbox has swept that, those that a file grants when it says nothing.
_TOLD = {
    "sqlite": "json_extract(o.data, '$.rights')",
    "postgresql": "(o.data::jsonb -> 'rights')",
}
_LINK_OF = {
    "sqlite": "json_extract(o.data, '$.link_id')",
    "postgresql": "(o.data::jsonb ->> 'link_id')",
}
_SILENT = {
    "sqlite": """'["view_file", "report_absences"]'""",
    "postgresql": """'["view_file", "report_absences"]'::jsonb""",
}


def upgrade() -> None:
    kind = op.get_bind().dialect.name
    rights = sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
    )
    # A release that is still running writes links without it until it is replaced.
    op.add_column("links", sa.Column("rights", rights, nullable=False, server_default=sa.text(_SILENT[kind])))
    op.execute(
        f"UPDATE links SET rights = told.rights FROM (SELECT {_LINK_OF[kind]} AS link_id, {_TOLD[kind]} AS rights"  # noqa: S608
        " FROM outbox AS o WHERE o.type = 'ca.vitrail.enrollment.child-linked.v1') AS told"
        " WHERE told.link_id = links.id"
    )
