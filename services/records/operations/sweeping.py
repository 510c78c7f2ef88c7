"""What time does by itself: embargoes that pass, and answers and requests for help that have served, accounts that are gone."""

from services.records.context import Context
from services.records.operations import erasing, support, telling
from services.records.operations.documents import storing
from shared import answered_requests, budgets, letters


def sweep(ctx: Context) -> dict[str, int]:
    """Tell what has been let out or taken back; delete what is left of deleted accounts, and old requests for help, answers,
    letters and budgets. Count them.
    """
    counts = {"told": telling.tell_changes(ctx), "accounts": erasing.erase_stragglers(ctx)}
    counts |= {"support_requests": support.forget_requests(ctx)}
    counts["objects"] = storing.sweep(ctx)
    with ctx.db.transaction() as session:
        now = ctx.clock.now()
        counts["answers"] = answered_requests.sweep(session, at=now)
        counts["letters"] = letters.sweep(session, at=now)
        counts["budgets"] = budgets.sweep(session, at=now)
    return counts
