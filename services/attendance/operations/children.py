"""Whether an account may do anything about a child, before anything else is looked at."""

from services.attendance import queries
from services.attendance.context import Context


def require_child_to_act(ctx: Context, *, account_id: str, child_id: str) -> None:
    """Refuse an account that may not act for the child.

    Raises:
        NotFound: it may not, or there is no such child: the two answer alike (AT-11, CHD-13).
    """
    with ctx.db.look() as connection:
        queries.get_to_act(connection, account_id=account_id, child_id=child_id)
