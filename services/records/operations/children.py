"""Whether an account may see anything of a child, before anything else is looked at."""

from services.records import queries
from services.records.context import Context


def require_child_to_see(ctx: Context, *, account_id: str, child_id: str) -> None:
    """Refuse an account that may not see the child's records.

    Raises:
        NotFound: it may not, or there is no such child: the two answer alike (CHD-13).
    """
    with ctx.db.look() as connection:
        queries.get_to_see(connection, account_id=account_id, child_id=child_id)
