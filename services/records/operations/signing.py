"""Signing what is written: each revision of what schools publish, beside its content."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from services.records.context import Context
from services.records.models import SigningKey
from services.records.rules import signatures
from services.records.rules.signatures import SIGNED, Said
from shared.database import once_a_dialect

_keys: Final = SigningKey.__table__
_key_is_kept: Final = once_a_dialect(lambda insert: insert(_keys).on_conflict_do_nothing(index_elements=[_keys.c.kid]))


def sign(ctx: Context, session: Session, *, entries: Iterable[Said], at: datetime) -> dict[str, str]:
    """Return the signature (JWS) of each entry of a kind that is signed, by its id.

    The public half of the key is written in the same transaction: whatever is signed can be verified, though the key leave
    the ring.
    """
    signed = {
        each.id: ctx.signing.sign(signatures.claims(each, issuer=ctx.settings.public_url, at=at))
        for each in entries
        if each.kind in SIGNED
    }
    if signed:
        keep_key(ctx, session, at=at)
    return signed


def keep_key(ctx: Context, session: Session, *, at: datetime) -> None:
    """Keep the public half of the key that signs now."""
    kid = ctx.signing.newest_id
    key = {"kid": kid, "public_key": ctx.signing.public_keys[kid], "first_used_at": at}
    session.execute(_key_is_kept(session), key)
