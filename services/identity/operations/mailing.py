"""Leaving a letter with news in the transaction that makes them."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.identity import letters
from services.identity.context import Context
from shared import letters as waiting_letters


def tell(ctx: Context, session: Session, kind: str, *, to: str, language: str, at: datetime) -> None:
    """Write the letter of `kind`, which carries no code, to `to`."""
    waiting_letters.post(
        session,
        letters.write(
            kind,
            to=to,
            language=language,
            portal_name=ctx.settings.portal_name,
            public_url=ctx.settings.public_url,
            lifetime=ctx.settings.email_undo_lifetime,
        ),
        kind=kind,
        seal=ctx.seal,
        at=at,
        expires_at=at + waiting_letters.NEWS_LIFETIME,
    )
