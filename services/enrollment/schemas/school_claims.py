"""Refused claims, as the systems of schools see them."""

import marshmallow as ma

from services.enrollment.schemas.forms import Out

CLAIM_STATUSES = ("waiting", "settled", "expired")
OUTCOMES = ("linked", "claimed", "withdrawn", "expired")
IDENTIFIER_KINDS = ("file_number", "permanent_code")


class RejectedClaimFilter(ma.Schema):
    """Which refused claims to list. Unknown parameters are other decorators' (the page)."""

    class Meta:
        unknown = ma.EXCLUDE

    status = ma.fields.String(
        load_default="waiting",
        validate=ma.validate.OneOf(CLAIM_STATUSES),
        metadata={
            "description": "`waiting` for a correction of the school's file; `settled`: the child is linked; `expired`: it waits no more."
        },
    )


class RejectedClaimOut(Out):
    """A claim that did not agree with the school's file; nothing of whose it is, and nothing that was typed."""

    reference = ma.fields.String(required=True, metadata={"description": "What the parent reads to the secretary."})
    status = ma.fields.String(required=True, validate=ma.validate.OneOf(CLAIM_STATUSES))
    outcome = ma.fields.String(
        required=True,
        allow_none=True,
        validate=ma.validate.OneOf(OUTCOMES),
        metadata={
            "description": "Why it waits no more: `linked` after a correction, `claimed` by a later claim, `withdrawn`, `expired`."
        },
    )
    claimed_at = ma.fields.DateTime(required=True, metadata={"description": "When it was made, the last time."})
    waits_until = ma.fields.DateTime(required=True, allow_none=True)
    ended_at = ma.fields.DateTime(required=True, allow_none=True)
    differing = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={
            "description": (
                "What is in the way, as the registry is now: `last_name`, `first_name`, `birth_date`, `identifier`, `status`"
                " (the student has left), `email` (the account's is not on this file, or has no right there), `attempts` (not"
                " looked at yet), `disputed`, `children` (the account has no room), and others later."
            )
        },
    )
    student_source_id = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Whom it means, by the number or, where that fits nobody, by the names."},
    )


class TypedOut(Out):
    """What the parent typed, of the differing fields alone."""

    last_name = ma.fields.String()
    first_name = ma.fields.String()
    birth_date = ma.fields.Date()
    identifier = ma.fields.String(metadata={"description": "A file number; a permanent code is never shown."})


class SupportReferenceOut(RejectedClaimOut):
    """A refused claim, and what was typed as far as finding the mistake takes it."""

    identifier_kind = ma.fields.String(
        required=True,
        allow_none=True,
        validate=ma.validate.OneOf(IDENTIFIER_KINDS),
        metadata={"description": "Null once it waits no more: what was typed is forgotten."},
    )
    typed = ma.fields.Nested(
        TypedOut,
        required=True,
        metadata={"description": "Empty unless the account's e-mail is on the file of the child that the claim means."},
    )
