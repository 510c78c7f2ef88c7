"""The keys that have signed: which there are, and what is to be done when one was stolen (KEY-5)."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, update
from sqlalchemy.orm import Session

from services.records.context import Context
from services.records.errors import SigningKeyInUse
from services.records.models import Entry, MadeDocument, SigningKey
from services.records.operations import signing
from services.records.operations.documents import storing
from services.records.queries import evidence, schools
from services.records.rules import signatures
from services.records.rules.signatures import Said
from shared import logs
from shared.problems import NotFound

log = logs.get(__name__)

# As many as one writer writes in a transaction.
_BATCH: Final = 200
_entries: Final = Entry.__table__
_made: Final = MadeDocument.__table__
_sign_again: Final = (
    update(_entries)
    # Whoever corrects it in the same moment signs it anew, and is not written over.
    .where(_entries.c.id == bindparam("entry_id"), _entries.c.signature == bindparam("old"))
    .values(signature=bindparam("new"))
)


def list_keys(ctx: Context) -> list[dict[str, Any]]:
    """Return the keys that have signed, oldest first: since when, whether they sign still, and since when they are worthless."""
    with ctx.db.read() as session:
        rows = evidence.list_keys(session)
    return [
        {
            "kid": row.kid,
            "first_used_at": row.first_used_at,
            "revoked_at": row.revoked_at,
            "is_signing": row.kid == ctx.signing.newest_id,
        }
        for row in rows
    ]


def revoke_key(ctx: Context, *, kid: str, batch_size: int = _BATCH) -> int:
    """Make whatever a key has signed worthless at once, and sign by the newest key what stands; return how many entries.

    Documents that were made with the old signatures on them are forgotten: they are made anew for whoever wants them. What breaks
    off in the middle is finished by the same again.

    Raises:
        NotFound: no key of this name has ever signed.
        SigningKeyInUse: it is the newest of the ring, and would sign again.
    """
    if kid == ctx.signing.newest_id:
        raise SigningKeyInUse
    with ctx.db.transaction() as session:
        if kid not in {row.kid for row in evidence.list_keys(session)}:
            raise NotFound
        is_revoked = SigningKey.revoked_at.is_(None), SigningKey.kid == kid
        session.execute(update(SigningKey).where(*is_revoked).values(revoked_at=ctx.clock.now()))
    log.warning("signing_key_revoked", kid=kid)
    signed, after = 0, ""
    while True:
        with ctx.db.transaction() as session:
            rows = _hold(session, kid=kid, after=after, limit=batch_size)
            if rows:
                _sign(ctx, session, rows)
        signed += len(rows)
        if not rows:
            log.info("entries_signed_again", kid=kid, count=signed)
            return signed
        after = rows[-1].id


def _hold(session: Session, *, kid: str, after: str, limit: int) -> Sequence[Any]:
    """Return the next entries while their organisations are held, as whoever writes several of them holds them."""
    found = evidence.list_entries_signed_by(session, kid=kid, after=after, limit=limit)
    for organisation_id in sorted({row.organisation_id for row in found}):
        schools.hold_organisation_by_id(session, organisation_id=organisation_id)
    # As they are now: one that was corrected meanwhile is signed by the newest key already.
    return evidence.list_entries_signed_by(session, kid=kid, after=after, limit=limit) if found else found


def _sign(ctx: Context, session: Session, rows: Any) -> None:
    now = ctx.clock.now()
    signing.keep_key(ctx, session, at=now)
    again = []
    for row in rows:
        said = Said(
            id=row.id,
            kind=row.kind,
            organisation_code=row.organisation_code,
            revision=row.revision,
            salt=row.salt or b"",
            content=row.content,
            document_digest=row.document_digest,
        )
        # It says what it said when it said it: nothing was corrected.
        claims = signatures.claims(said, issuer=ctx.settings.public_url, at=row.changed_at)
        again.append({"entry_id": row.id, "old": row.signature, "new": ctx.signing.sign(claims)})
    session.connection().execute(_sign_again, again)
    made = evidence.list_made_of(session, entry_ids=[row.id for row in rows])
    session.execute(delete(_made).where(_made.c.entry_id.in_([row.id for row in rows])))
    for organisation_id in sorted({each.organisation_id for each in made}):
        digests = [each.digest for each in made if each.organisation_id == organisation_id]
        storing.let_go(session, organisation_id=organisation_id, digests=digests, at=now)
