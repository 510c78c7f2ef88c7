"""Letters that wait for the mail server, opened for tests."""

from typing import Any

import orjson
from sqlalchemy import select

from shared.letters import letters
from shared.mail import Letter


def written(ctx: Any, *, kind: str | None = None) -> list[Letter]:
    """Return the waiting letters of a service, of a kind or all of them, oldest first."""
    waiting = select(letters.c.sealed).where(letters.c.due_at.is_not(None)).order_by(letters.c.written_at, letters.c.id)
    with ctx.db.read() as session:
        sealed = session.scalars(waiting if kind is None else waiting.where(letters.c.kind == kind)).all()
    return [Letter(**orjson.loads(ctx.seal.open(each))) for each in sealed]
