"""What time does by itself: embargoes that pass, and answers that have served theirs."""

from services.records.context import Context
from services.records.operations import telling
from shared import answered_requests


def sweep(ctx: Context) -> dict[str, int]:
    """Tell what has been let out or taken back, and delete kept answers; count them."""
    counts = {"told": telling.tell_changes(ctx)}
    with ctx.db.transaction() as session:
        counts["answers"] = answered_requests.sweep(session, at=ctx.clock.now())
    return counts
