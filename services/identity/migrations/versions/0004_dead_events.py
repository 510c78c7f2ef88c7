"""Keep what is dead of a topic that was made anew beside what was dead at the same place before."""

from alembic import op

revision = "0004_dead_events"
down_revision = "0003_identities"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A consumer of the release before cannot put anything aside until it is replaced: its partition waits, and goes on.
    # SQLite writes the table anew, and would give the position of what is gone to another one.
    with op.batch_alter_table("dead_events", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.drop_constraint("uq_dead_events_consumer_topic_partition_offset", type_="unique")
        table.create_unique_constraint(
            "uq_dead_events_consumer_topic_partition_offset_appended_at",
            ["consumer", "topic", "partition", "offset", "appended_at"],
        )
    op.drop_index("ix_dead_events_consumer_topic_key", "dead_events")
    op.create_index("ix_dead_events_consumer_topic_key_offset", "dead_events", ["consumer", "topic", "key", "offset"])
    op.create_index(
        "ix_dead_events_consumer_state_reason_buried_at", "dead_events", ["consumer", "state", "reason", "buried_at"]
    )
