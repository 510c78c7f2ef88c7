"""The registry as a school's own system says it, and asks for it again (api.md, School systems)."""

from typing import Any

import marshmallow as ma

from services.enrollment.schemas.forms import IsoDate, Out
from shared.fields import In

LONGEST_SOURCE_ID = 255
LONGEST_NAME = 255
MOST_GUARDIANS = 20
MOST_WORDS = 32


def _text(longest: int, **rest: Any) -> ma.fields.String:
    return ma.fields.String(validate=ma.validate.Length(max=longest), **rest)


def _words(**rest: Any) -> ma.fields.List:
    return ma.fields.List(ma.fields.String(), validate=ma.validate.Length(max=MOST_WORDS), **rest)


class GuardianIn(In):
    """Somebody on a student's file, and what the file says of the two."""

    source_id = _text(LONGEST_SOURCE_ID, required=True)
    given_name = _text(LONGEST_NAME, required=True)
    family_name = _text(LONGEST_NAME, required=True)
    email = _text(
        LONGEST_SOURCE_ID,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "The address by which the parent proves the child. It is the guardian’s: said here, it is true"
            " for every student of this guardian."
        },
    )
    is_principal = ma.fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "« Répondant principal ». Where nobody is, the first guardian is."},
    )
    rights = _words(
        load_default=None,
        allow_none=True,
        metadata={"description": "Null: the file does not say, and both parents have every right; empty: none."},
    )
    restrictions = _words(load_default=list)
    starts_on = IsoDate(load_default=None, allow_none=True)
    ends_on = IsoDate(load_default=None, allow_none=True)


class StudentIn(In):
    """All that the registry holds of one student: what is left out is taken away."""

    source_id = _text(
        LONGEST_SOURCE_ID, metadata={"description": "That of the address, if it is said here again at all."}
    )
    given_name = _text(LONGEST_NAME, required=True)
    family_name = _text(LONGEST_NAME, required=True)
    middle_names = _text(LONGEST_NAME, load_default="")
    birth_date = IsoDate(load_default=None, allow_none=True)
    file_number = _text(
        LONGEST_SOURCE_ID, load_default=None, allow_none=True, metadata={"description": "Seven digits."}
    )
    permanent_code = _text(
        LONGEST_SOURCE_ID,
        load_default=None,
        allow_none=True,
        metadata={"description": "Four letters and eight digits."},
    )
    grade = _text(
        LONGEST_SOURCE_ID,
        load_default=None,
        allow_none=True,
        metadata={"description": "As in OneRoster: `KG`, `01` … `12`; also `M4`, `M5`, `P1` … `P6`, `S1` … `S5`."},
    )
    school_source_id = _text(
        LONGEST_SOURCE_ID,
        load_default=None,
        allow_none=True,
        metadata={"description": "The `sourcedId` of a school that an import has brought."},
    )
    guardians = ma.fields.List(
        ma.fields.Nested(GuardianIn), required=True, validate=ma.validate.Length(max=MOST_GUARDIANS)
    )


class GuardianOnFileOut(Out):
    """A guardian on a student's file, in the words of `GuardianIn`."""

    source_id = ma.fields.String(required=True)
    given_name = ma.fields.String(required=True)
    family_name = ma.fields.String(required=True)
    email = ma.fields.String(required=True, allow_none=True)
    is_principal = ma.fields.Boolean(required=True)
    rights = ma.fields.List(ma.fields.String(), required=True, allow_none=True)
    restrictions = ma.fields.List(ma.fields.String(), required=True)
    starts_on = ma.fields.Date(required=True, allow_none=True)
    ends_on = ma.fields.Date(required=True, allow_none=True)


class StudentOnFileOut(Out):
    """A student as the registry has it; may be sent back as it is."""

    source_id = ma.fields.String(required=True)
    given_name = ma.fields.String(required=True)
    family_name = ma.fields.String(required=True)
    middle_names = ma.fields.String(required=True)
    birth_date = ma.fields.Date(required=True, allow_none=True)
    file_number = ma.fields.String(required=True, allow_none=True)
    permanent_code = ma.fields.String(required=True, allow_none=True)
    grade = ma.fields.String(required=True, allow_none=True)
    school_source_id = ma.fields.String(required=True, allow_none=True)
    guardians = ma.fields.List(ma.fields.Nested(GuardianOnFileOut), required=True)


class ReplacedStudentOut(Out):
    """The student as the registry has it now, and whose files changed with it."""

    student = ma.fields.Nested(StudentOnFileOut, required=True)
    siblings = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={
            "description": "Other students whose file changed too, by a guardian whom they share: their `source_id`s, a"
            " hundred at most."
        },
    )
