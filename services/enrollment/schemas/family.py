"""Proving a child, and the children proven."""

from datetime import date
from typing import Any

import marshmallow as ma

from services.enrollment.schemas.forms import IsoDate, Out
from shared.fields import In, Line, Secret, WholeNumber

STATUSES = ("active", "to_confirm", "suspended")
LEVELS = ("primary", "secondary")
LONGEST_NAME = 150

_BIRTH_DATE_MISSING = (
    "Donnez birth_date, ou birth_day, birth_month et birth_year."
    " | Give birth_date, or birth_day, birth_month and birth_year."
)
_BIRTH_DATE_TWICE = "La date de naissance est donnée deux fois. | The date of birth is given twice."
_DATE_IMPOSSIBLE = "Cette date n’existe pas. | This date does not exist."


class ClaimIn(In):
    """What a parent says of a child (EN-02 to EN-11); the date whole, or as day, month and year (XC-06)."""

    organisation_id = ma.fields.String(required=True, validate=ma.validate.Length(max=100))
    last_name = Line(required=True, longest=LONGEST_NAME)
    first_name = Line(required=True, longest=LONGEST_NAME)
    birth_date = IsoDate(allow_none=True)
    birth_day = WholeNumber(least=1, most=31, allow_none=True)
    birth_month = WholeNumber(least=1, most=12, allow_none=True)
    birth_year = WholeNumber(least=1900, most=2199, allow_none=True)
    identifier = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=100),
        metadata={"description": "The 7 digits of the file number, or the 12 characters of the permanent code."},
    )
    pin = Secret(
        longest=100,
        load_default="",
        allow_none=True,
        metadata={
            "description": "The PIN that the school gave, if it gave one; blanks, dashes and small letters do not count. It"
            " stands in for an e-mail that the school’s file does not have, and for nothing else."
        },
    )

    @ma.post_load
    def _compose(self, data: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        data["pin"] = data["pin"] or ""
        whole = data.pop("birth_date", None)
        parts = [data.pop(name, None) for name in ("birth_year", "birth_month", "birth_day")]
        if whole is not None and any(part is not None for part in parts):
            raise ma.ValidationError(_BIRTH_DATE_TWICE, field_name="birth_date")
        if whole is None and any(part is None for part in parts):
            raise ma.ValidationError(_BIRTH_DATE_MISSING, field_name="birth_date")
        try:
            data["birth_on"] = whole or date(*parts)  # type: ignore[arg-type]
        except ValueError:
            raise ma.ValidationError(_DATE_IMPOSSIBLE, field_name="birth_day") from None
        return data


class OrganisationOfChildOut(Out):
    """Where a child is enrolled."""

    id = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)


class SchoolOfChildOut(Out):
    """Which school a child attends."""

    id = ma.fields.String(required=True)
    name = ma.fields.String(required=True)


class ChildOut(Out):
    """A child that the account holds. Its id is the same for each of its guardians.

    `suspended`: the child left, or the account's e-mail is no longer on its file; then nothing is told but the names
    and the organisation to ask. `to_confirm`: the organisation wants the child claimed again; the names are told when the
    account's e-mail is on its file, and are null otherwise.
    """

    id = ma.fields.String(required=True)
    first_name = ma.fields.String(required=True, allow_none=True)
    last_name = ma.fields.String(required=True, allow_none=True)
    organisation = ma.fields.Nested(OrganisationOfChildOut, required=True)
    school = ma.fields.Nested(SchoolOfChildOut, required=True, allow_none=True)
    grade = ma.fields.String(required=True, allow_none=True)
    level = ma.fields.String(required=True, allow_none=True, validate=ma.validate.OneOf(LEVELS))
    status = ma.fields.String(required=True, validate=ma.validate.OneOf(STATUSES))
    rights = ma.fields.List(ma.fields.String(), required=True)


class ClaimOut(Out):
    """The child that was proven."""

    child = ma.fields.Nested(ChildOut, required=True)


class OtherGuardianOut(Out):
    """Another account that holds the child; nothing says whose it is."""

    link_id = ma.fields.String(required=True)
    linked_at = ma.fields.DateTime(required=True)
    status = ma.fields.String(required=True, validate=ma.validate.OneOf(STATUSES))
    is_disputable = ma.fields.Boolean(
        required=True, metadata={"description": "It is newer than one's own, and not older than disputes may be."}
    )


class JournalEntryOut(Out):
    """Who did what with a child's file, and when."""

    id = ma.fields.String(required=True)
    who = ma.fields.String(required=True, validate=ma.validate.OneOf(("you", "other_guardian", "school")))
    role = ma.fields.String(required=True, validate=ma.validate.OneOf(("guardian", "school")))
    action = ma.fields.String(
        required=True,
        metadata={
            "description": "`child_linked`, `child_unlinked`, `child_confirmed`, `waiting_claim_settled`, `link_disputed`, `dispute_lifted`, `dispute_upheld`, `pin_issued`, `pin_used`, `pin_voided`, `re_registration_answered`, `file_opened` (once a day), `file_corrected`, `file_closed`; of absences `absence_announced`, `absence_notice_withdrawn`, `absence_notice_acknowledged`, `absence_recorded`, `absence_corrected`, `absence_motivated`, `motivation_refused`; of what the school publishes `record_published`, `record_corrected`, `record_withdrawn`, `document_viewed`, and once a day `agenda_viewed`, `absences_viewed`, `results_viewed`, `finances_viewed`, `file_viewed`, `messages_viewed`, `resources_viewed`, `tile_viewed`; and others later."
        },
    )
    at = ma.fields.DateTime(required=True)
