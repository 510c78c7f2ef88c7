"""Keeping files in the store so that no row ever names one that is not there, and none stays that no row names.

A file is called by its content (`<organisation>/<SHA-256>`), claimed in `stored_objects` before it is written, and named by a row
after. The sweep looks at old claims alone: what nobody names by then was given up, or its process died half-way.

    claim ── put ── name it in a row          the claim grows old; the sweep finds the name, and forgets the claim
      └─────── (nothing more)                 the sweep finds no name: takes the claim, deletes the file, then the claim
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Executable, bindparam, delete, false, update
from sqlalchemy.orm import Session

from services.records.context import Context
from services.records.models import StoredObject
from services.records.queries import stored_objects
from shared import logs
from shared.database import UtcDateTime, once_a_dialect
from shared.problems import Unavailable

log = logs.get(__name__)

PDF: Final = "application/pdf"
# Longer than any request or command may take from its claim to its row.
GRACE: Final = timedelta(days=1)
# Longer than deleting a file may take: whoever has taken a claim for longer than that is dead.
_TAKEN_FOR: Final = timedelta(minutes=10)
_COME_BACK: Final = timedelta(seconds=10)
_PAGE: Final = 500

_objects: Final = StoredObject.__table__


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A file in the store: its SHA-256 in hexadecimal, and its size."""

    digest: str
    size: int


def key_of(*, organisation_id: str, digest: str) -> str:
    """Return what the store calls a file."""
    return f"{organisation_id}/{digest}"


def keep(ctx: Context, *, organisation_id: str, content: bytes | Path, media_type: str = PDF) -> Kept:
    """Put a file into the store; name what comes back in a row within `GRACE`, or the sweep takes it away again.

    The same content is kept once. `organisation_id` may be an account's, where it is nobody else's file.

    Raises:
        Unavailable: the store does not take it now.
    """
    kept = _measured(content)
    _claim(ctx, organisation_id=organisation_id, digest=kept.digest)
    ctx.objects.put(key_of(organisation_id=organisation_id, digest=kept.digest), content, media_type=media_type)
    return kept


def let_go(session: Session, *, organisation_id: str, digests: Collection[str], at: datetime) -> None:
    """Have the sweep look at files that a row has named until now: it keeps those that others name."""
    rows = [_row(organisation_id=organisation_id, digest=digest, at=at) for digest in sorted(set(digests))]
    if rows:
        session.execute(_claimed(session), rows)


def sweep(ctx: Context, *, page_size: int = _PAGE) -> int:
    """Delete the files that nobody names, and return how many there were.

    Raises:
        Unavailable: the store does not answer now; what is left is for the next time.
    """
    now = ctx.clock.now()
    with ctx.db.read() as session:
        # Somebody took these, and died before the file was gone, or before the claim was.
        taken = stored_objects.list_taken_claims(session, before=now - _TAKEN_FOR, limit=page_size)
    deleted = _delete(ctx, taken)
    while True:
        with ctx.db.transaction() as session:
            keys = stored_objects.list_old_claims(session, before=now - GRACE, limit=page_size)
            asked = {"keys": keys, "before": now - GRACE}
            session.execute(_forget, asked)
            taken = list(session.execute(_take, asked | {"now": now}).scalars())
        deleted += _delete(ctx, taken)
        if len(keys) < page_size:
            return deleted


def _delete(ctx: Context, keys: Collection[str]) -> int:
    for key in keys:
        # Outside of any transaction: the store may take its time.
        ctx.objects.delete(key)
        with ctx.db.transaction() as session:
            session.execute(_release, {"key_gone": key})
        log.info("object_swept")
    return len(keys)


def _claim(ctx: Context, *, organisation_id: str, digest: str) -> None:
    row = _row(organisation_id=organisation_id, digest=digest, at=ctx.clock.now())
    with ctx.db.transaction() as session:
        if session.execute(_claimed(session), row).first() is None:
            # The sweep is deleting this very file: it is gone in a moment, and can be kept anew.
            raise Unavailable(retry_after=_COME_BACK)


def _row(*, organisation_id: str, digest: str, at: datetime) -> dict[str, Any]:
    key = key_of(organisation_id=organisation_id, digest=digest)
    return {"key": key, "organisation_id": organisation_id, "digest": digest, "claimed_at": at, "is_leaving": False}


@once_a_dialect
def _claimed(insert: Any) -> Executable:
    claim = insert(_objects)
    upsert: Executable = claim.on_conflict_do_update(
        index_elements=[_objects.c.key],
        set_={"claimed_at": claim.excluded.claimed_at},
        where=_objects.c.is_leaving == false(),
    ).returning(_objects.c.key)
    return upsert


_is_asked: Final = _objects.c.key.in_(bindparam("keys", expanding=True))
_forget: Final = delete(_objects).where(_is_asked, stored_objects.is_old, stored_objects.is_named)
_take: Final = (
    update(_objects)
    .where(_is_asked, stored_objects.is_old, ~stored_objects.is_named)
    .values(is_leaving=True, claimed_at=bindparam("now", type_=UtcDateTime()))
    .returning(_objects.c.key)
)
_release: Final = delete(_objects).where(_objects.c.key == bindparam("key_gone"), _objects.c.is_leaving)


def _measured(content: bytes | Path) -> Kept:
    if isinstance(content, bytes):
        return Kept(digest=hashlib.sha256(content).hexdigest(), size=len(content))
    with content.open("rb") as file:
        return Kept(digest=hashlib.file_digest(file, "sha256").hexdigest(), size=content.stat().st_size)
