"""Telling anybody whether what they hold is genuine, and nothing else: no name, no mark, nothing of what it says (RE-06)."""

import hmac
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from services.records.context import Context
from services.records.queries import evidence, is_row_visible
from services.records.rules import local_time, signatures
from services.records.rules.signatures import NOT_GENUINE, STATUSES
from shared import ids, logs, signing
from shared.signing import NotSigned, PublicKeys

log = logs.get(__name__)

# Which answer counts where one document stands in several entries: the most favorable.
_RANKS: Final = {status: rank for rank, status in enumerate(STATUSES)}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What may be told to anybody: of what is not genuine, that alone."""

    status: str
    kind: str | None = None
    organisation_code: str | None = None
    issued_on: date | None = None


_NOT_GENUINE: Final = Verdict(status=NOT_GENUINE)


def verify_signature(ctx: Context, *, signature: str) -> Verdict:
    """Tell what a signature is worth now."""
    with ctx.db.read() as session:
        keys = PublicKeys(_public_keys(ctx, session))
        try:
            claims = keys.read(signature.strip())
        except NotSigned:
            return _told(_NOT_GENUINE, by="signature")
        entry = evidence.find_signed_entry(session, entry_id=claims["jti"]) if ids.is_id(claims.get("jti")) else None
        if entry is None or not _agrees(entry, claims=claims, signature=signature.strip()):
            return _told(_NOT_GENUINE, by="signature")
        replaced_at = evidence.find_replaced_at(session, entry_id=entry.id, revision=claims["rev"])
    signed_at = datetime.fromtimestamp(claims["iat"], UTC)
    verdict = _verdict(ctx, entry, revision=claims["rev"], replaced_at=replaced_at, said_at=signed_at)
    return _told(verdict, by="signature")


def verify_document(ctx: Context, *, digest: str) -> Verdict:
    """Tell what a file is worth now, by its SHA-256 in hexadecimal: it is genuine to the byte, or not at all."""
    with ctx.db.read() as session:
        keys = PublicKeys(_public_keys(ctx, session))
        rows = evidence.list_entries_with_document(session, digest=digest)
    verdicts = [
        _verdict(ctx, row, revision=row.of_revision, replaced_at=row.replaced_at, said_at=row.changed_at)
        for row in rows
        if _is_signed(keys, row)
    ]
    return _told(min(verdicts, key=lambda each: _RANKS[each.status], default=_NOT_GENUINE), by="document")


def list_keys(ctx: Context) -> dict[str, Any]:
    """Return the public keys (RFC 7517): of the ring, those that sign and will sign; of the past, those that have signed."""
    with ctx.db.read() as session:
        return signing.key_set(_public_keys(ctx, session))


def _public_keys(ctx: Context, session: Any) -> dict[str, str]:
    revoked = evidence.list_revoked_keys(session)
    known = evidence.find_public_keys(session) | ctx.signing.public_keys
    return {kid: public_key for kid, public_key in known.items() if kid not in revoked}


def _agrees(entry: Any, *, claims: dict[str, Any], signature: str) -> bool:
    """Tell whether what was signed is what the entry says, or said: a row that was changed behind our back does not."""
    if (claims["kind"], claims["org"]) != (entry.kind, entry.organisation_code):
        return False
    if claims["rev"] < entry.revision:
        return True
    is_its_own = hmac.compare_digest(entry.signature or "", signature)
    return claims["rev"] == entry.revision and is_its_own and claims["dig"] == _digest(entry)


def _is_signed(keys: PublicKeys, entry: Any) -> bool:
    """Tell whether an entry bears a signature of ours over what it says now."""
    try:
        claims = keys.read(entry.signature or "")
    except NotSigned:
        return False
    return claims["jti"] == entry.id and claims["rev"] == entry.revision and claims["dig"] == _digest(entry)


def _digest(entry: Any) -> str:
    return signatures.digest(entry.salt or b"", content=entry.content, document_digest=entry.document_digest)


def _verdict(ctx: Context, entry: Any, *, revision: int, replaced_at: datetime | None, said_at: datetime) -> Verdict:
    is_visible = is_row_visible(entry, at=ctx.clock.now())
    first_told_at = entry.first_told_at
    status = signatures.status(
        signed_revision=revision,
        revision=entry.revision,
        state=entry.state,
        is_visible=is_visible,
        # Whoever replaces what the clock has let out tells of it first: what was replaced before was seen by nobody.
        was_visible=first_told_at is not None and (replaced_at is None or replaced_at >= first_told_at),
    )
    if status == NOT_GENUINE:
        return _NOT_GENUINE
    shown_at = entry.available_at if is_visible and first_told_at is None else first_told_at
    return Verdict(
        status=status,
        kind=entry.kind,
        organisation_code=entry.organisation_code,
        # A correction is of the day on which it was made.
        issued_on=local_time.day_of(max(said_at, shown_at)),
    )


def _told(verdict: Verdict, *, by: str) -> Verdict:
    log.info("verified", by=by, status=verdict.status)
    return verdict
