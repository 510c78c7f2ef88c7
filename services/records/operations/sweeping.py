"""What time does by itself: answers that have served theirs."""

from services.records.context import Context
from shared import answered_requests


def sweep(ctx: Context) -> dict[str, int]:
    """Delete kept answers; count them."""
    with ctx.db.transaction() as session:
        return {"answers": answered_requests.sweep(session, at=ctx.clock.now())}
