"""Leaving a letter in the transaction that makes what it tells of."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.enrollment import letters
from services.enrollment.context import Context
from shared import letters as waiting_letters
from shared.letters import Fact


def tell(
    ctx: Context,
    session: Session,
    kind: str,
    *,
    to: str,
    language: str,
    at: datetime,
    code: str | None = None,
    **words: Fact,
) -> None:
    """Write the letter of `kind` to an address that stands on a school's file.

    `language` is which of the two comes first (`rules/languages.py`); `words` fill the placeholders; `code` is what the
    kinds of `letters.WITH_CODE` show above everything else.
    """
    waiting_letters.post(
        session,
        letters.write(
            kind,
            to=to,
            language=language,
            portal_name=ctx.settings.portal_name,
            public_url=ctx.settings.public_url,
            code=code,
            **words,
        ),
        kind=kind,
        seal=ctx.seal,
        at=at,
        expires_at=at + waiting_letters.NEWS_LIFETIME,
    )
