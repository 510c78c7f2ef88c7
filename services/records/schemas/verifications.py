"""What anybody may ask about a document that they hold, and what they are told: nothing about anybody."""

from typing import Final

import marshmallow as ma

from services.records.rules.kinds import KINDS
from services.records.rules.signatures import SIGNED, STATUSES
from shared.document_shapes import Out
from shared.fields import In

LONGEST_SIGNATURE: Final = 2048
_KINDS: Final = tuple(name for name in KINDS if name in SIGNED)


class SignatureIn(In):
    """The signature of a result or a document, as an item of a list carries it or a code on a page spells it."""

    signature = ma.fields.String(
        required=True,
        validate=ma.validate.Length(min=1, max=LONGEST_SIGNATURE),
        metadata={"description": "A JWS in its compact form (RFC 7515)."},
    )


class VerdictOut(Out):
    """What a signature or a file is worth now."""

    status = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(STATUSES),
        metadata={
            "description": "`genuine`: as the school says it now; `replaced`: the school has corrected it since; `withdrawn`: the "
            "school has taken it back; `not_genuine`: nothing that the school has published."
        },
    )
    kind = ma.fields.String(required=True, allow_none=True, validate=ma.validate.OneOf((*_KINDS, None)))
    organisation_code = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "The ministry's code of the board or school."}
    )
    issued_on = ma.fields.Date(
        required=True, allow_none=True, metadata={"description": "The day since which parents can see it."}
    )


class KeyOut(Out):
    """A public key (RFC 8037), named by its thumbprint (RFC 7638)."""

    kty = ma.fields.String(required=True)
    crv = ma.fields.String(required=True)
    x = ma.fields.String(required=True)
    kid = ma.fields.String(required=True)
    use = ma.fields.String(required=True)
    alg = ma.fields.String(required=True)


class KeySetOut(Out):
    """The keys that signatures are checked with (RFC 7517)."""

    keys = ma.fields.List(ma.fields.Nested(KeyOut), required=True)
