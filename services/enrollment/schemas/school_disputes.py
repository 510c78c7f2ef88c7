"""Disputed links, as the systems of schools see and decide them."""

import marshmallow as ma

from services.enrollment.schemas.forms import Out
from shared.fields import In

DISPUTE_STATUSES = ("open", "lifted", "upheld")
DECISIONS = ("lift", "uphold")


class DisputeFilter(ma.Schema):
    """Which disputes to list. Unknown parameters are other decorators' (the page)."""

    class Meta:
        unknown = ma.EXCLUDE

    status = ma.fields.String(
        load_default="open",
        validate=ma.validate.OneOf(DISPUTE_STATUSES),
        metadata={
            "description": "`open`: waits for a decision; `lifted`: the link was given back; `upheld`: it ended."
        },
    )


class AnnouncedLinkIn(In):
    """What somebody who was told of a link reads to the school."""

    reference = ma.fields.String(
        required=True,
        validate=ma.validate.Length(min=1, max=40),
        metadata={"description": "The reference of the letter, in capitals or not, with or without spaces."},
    )


class DecisionIn(In):
    """What the school decides."""

    decision = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(DECISIONS),
        metadata={"description": "`lift`: the link is what the registry says of it; `uphold`: it ends."},
    )


class DisputeOut(Out):
    """A disputed link; whose it is by the identifiers of the school's own file."""

    id = ma.fields.String(required=True)
    status = ma.fields.String(required=True, validate=ma.validate.OneOf(DISPUTE_STATUSES))
    disputed_at = ma.fields.DateTime(required=True)
    settled_at = ma.fields.DateTime(required=True, allow_none=True)
    student_source_id = ma.fields.String(required=True)
    linked_at = ma.fields.DateTime(required=True, metadata={"description": "When the child was linked."})
    is_by_pin = ma.fields.Boolean(required=True, metadata={"description": "Whether a PIN stood in for the mailbox."})
    linked_guardian_source_ids = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={
            "description": "Whose mailbox on the file the link stands by, or for whom its PIN was made; empty once it is settled, or when the file has them no more."
        },
    )
    disputing_guardian_source_ids = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "Who disputes it by an account of their own; empty when the school did."},
    )
