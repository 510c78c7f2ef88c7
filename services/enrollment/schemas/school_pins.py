"""PINs that a school's own system issues for guardians (EN-02)."""

import marshmallow as ma

from services.enrollment.schemas.forms import Out
from services.enrollment.schemas.school_registry import LONGEST_SOURCE_ID
from shared.fields import In, Line

STATES = ("live", "used", "expired", "void")


class PinIn(In):
    """For whom a PIN is."""

    guardian_source_id = Line(
        longest=LONGEST_SOURCE_ID,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Somebody on the student’s file, whose rights go with the PIN. Without it, the PIN opens the file"
            " and lets absences be reported; it never lets the child be re-registered."
        },
    )


class IssuedPinOut(Out):
    """A PIN, shown this once; a newer one for the same guardian voids it."""

    id = ma.fields.String(required=True, metadata={"description": "What it is listed and taken back by."})
    pin = ma.fields.String(required=True)
    guardian_source_id = ma.fields.String(required=True, allow_none=True)
    expires_at = ma.fields.DateTime(required=True)


class PinOut(Out):
    """A PIN without its characters."""

    id = ma.fields.String(required=True)
    student_source_id = ma.fields.String(required=True)
    guardian_source_id = ma.fields.String(required=True, allow_none=True)
    issued_at = ma.fields.DateTime(required=True)
    expires_at = ma.fields.DateTime(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(STATES))
    used_at = ma.fields.DateTime(required=True, allow_none=True)
    has_link = ma.fields.Boolean(
        required=True, metadata={"description": "An account holds the child by it: taking it back ends that."}
    )
