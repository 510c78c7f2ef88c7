"""What a signature says of an entry, and what it means to whoever is shown it.

    iss  the portal           jti  the entry          rev  its revision       kind  what it is
    org  the organisation     iat  when it was said   dig  SHA-256 (salt ‖ SHA-256 of the content ‖ the file's, if there is one)

Nobody's name, mark or number is in it, and the salt keeps whoever holds one from trying all the marks there are. Each revision
is signed as it is written, seen or not; what a signature is worth is asked of the entry as it stands (`status`).
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.records.rules import publication
from services.records.rules.kinds import KINDS

GENUINE: Final = "genuine"
REPLACED: Final = "replaced"
WITHDRAWN: Final = "withdrawn"
NOT_GENUINE: Final = "not_genuine"
STATUSES: Final = (GENUINE, REPLACED, WITHDRAWN, NOT_GENUINE)

SIGNED: Final = frozenset(kind.name for kind in KINDS.values() if kind.is_signed)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What of an entry is signed."""

    id: str
    kind: str
    organisation_code: str
    revision: int
    salt: bytes
    content: str
    # Of the PDF that the school sent with it: SHA-256 in hexadecimal.
    document_digest: str | None = None


def digest(salt: bytes, *, content: str, document_digest: str | None) -> str:
    """Return what binds a signature to a content and a file, in base64url."""
    # Each part has its own length: no content can stand for another content with a file.
    parts = salt + hashlib.sha256(content.encode()).digest() + bytes.fromhex(document_digest or "")
    return base64.urlsafe_b64encode(hashlib.sha256(parts).digest()).rstrip(b"=").decode()


def claims(said: Said, *, issuer: str, at: datetime) -> dict[str, Any]:
    """Return what is signed of an entry."""
    return {
        "iss": issuer,
        "jti": said.id,
        "rev": said.revision,
        "kind": said.kind,
        "org": said.organisation_code,
        "iat": int(at.timestamp()),
        "dig": digest(said.salt, content=said.content, document_digest=said.document_digest),
    }


def status(*, signed_revision: int, revision: int, state: str, is_visible: bool, was_visible: bool) -> str:
    """Return what a revision that was signed is worth now; one that parents were never to see is not genuine to anybody.

    `is_visible` is of the entry as it stands; `was_visible` of the revision.
    """
    if not was_visible and (signed_revision != revision or not is_visible):
        return NOT_GENUINE
    if state == publication.WITHDRAWN:
        return WITHDRAWN
    if not is_visible:
        return NOT_GENUINE
    return GENUINE if signed_revision == revision else REPLACED
