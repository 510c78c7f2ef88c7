"""Pictures of screens: kept in the store of files, sealed, for they show what parents see."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from services.records import queries
from services.records.context import Context
from services.records.operations.documents import storing
from services.records.rules import screenshots
from shared.objects import ObjectMissing
from shared.problems import NotFound

# They stand apart from what schools send, under no organisation: whose a request is may be decided later.
OWNER: Final = "support"
_MEDIA_TYPE: Final = "application/octet-stream"


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture as it came, and what it is called when it is saved."""

    content: bytes
    media_type: str
    name: str


def keep(ctx: Context, *, request_id: str, content: bytes) -> str:
    """Keep a picture, and return by which digest the store knows it.

    Raises:
        Unavailable: the store does not take it now.
    """
    sealed = ctx.requests.close_bytes(content, about=f"{request_id}/screenshot")
    return storing.keep(ctx, organisation_id=OWNER, content=sealed, media_type=_MEDIA_TYPE).digest


def let_go(session: Session, digests: Collection[str], *, at: datetime) -> None:
    """Have the pictures of requests that are deleted here deleted from the store, too."""
    storing.let_go(session, organisation_id=OWNER, digests=digests, at=at)


def read(ctx: Context, row: queries.SupportRow) -> Picture:
    """Return the picture that came with a request.

    Raises:
        NotFound: none did.
        Unavailable: the store does not give it now.
    """
    if row.screenshot_digest is None or row.screenshot_type is None:
        raise NotFound
    try:
        key = storing.key_of(organisation_id=OWNER, digest=row.screenshot_digest)
        sealed = b"".join(ctx.objects.get(key))
    except ObjectMissing:
        raise NotFound from None
    content = ctx.requests.open_bytes(sealed, about=f"{row.id}/screenshot")
    return Picture(
        content=content,
        media_type=row.screenshot_type,
        name=f"{row.reference}{screenshots.SUFFIXES[row.screenshot_type]}",
    )
