"""The registry as a school's own system says it, and asks for it again (api.md, School systems)."""

from typing import Any

import marshmallow as ma

from services.enrollment.schemas.forms import IsoDate, Out
from shared.fields import In

LONGEST_SOURCE_ID = 255
LONGEST_NAME = 255
FORMATS = ("oneroster-1.1", "oneroster-1.2", "sds-2.1", "unknown")
MODES = ("bulk", "delta", "absent", "unknown")
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


class ImportFilter(In):
    """How a registry is to be taken in."""

    dry_run = ma.fields.Boolean(load_default=False, metadata={"description": "Only say what would change."})
    allow_removals = ma.fields.Boolean(
        load_default=False, metadata={"description": "Accept that more than 5 % of the active students are gone."}
    )
    encoding = _text(
        40,
        load_default=None,
        metadata={"description": "`utf-8` (default) or `windows-1252`; a manifest may declare it too."},
    )


class RejectionOut(Out):
    """A line that was left out: where it stands and why, nothing of what it says."""

    file = ma.fields.String(required=True)
    line = ma.fields.Integer(required=True, metadata={"description": "0: no line of the file, but what was there."})
    code = ma.fields.String(required=True, metadata={"description": "Stable; `reason` says it in words."})
    reason = ma.fields.String(required=True)


def _counts() -> ma.fields.Dict:
    return ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Integer(),
        required=True,
        metadata={"description": "How much of what: `students_new`, `students_changed`, `lines_rejected`, …"},
    )


def _first_rejections() -> ma.fields.List:
    return ma.fields.List(
        ma.fields.Nested(RejectionOut),
        required=True,
        metadata={"description": "The first hundred; all that are kept are at `/imports/{import_id}/rejections`."},
    )


class ImportReportOut(Out):
    """What an import changed, or would."""

    id = ma.fields.String(required=True, allow_none=True, metadata={"description": "Null of what was only tried."})
    format = ma.fields.String(required=True, validate=ma.validate.OneOf(FORMATS))
    mode = ma.fields.String(required=True, validate=ma.validate.OneOf(MODES))
    outcome = ma.fields.String(required=True, validate=ma.validate.OneOf(("accepted", "tried")))
    counts = _counts()
    samples = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "Where a few of the changes stand."}
    )
    unknown_columns = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.List(ma.fields.String()),
        required=True,
        metadata={"description": "By file: columns that no standard knows, and that stayed out."},
    )
    needs_allow_removals = ma.fields.Boolean(
        required=True,
        metadata={"description": "More than 5 % of the active students go: accepted with allow_removals only."},
    )
    has_subscribed = ma.fields.Boolean(
        required=True, metadata={"description": "The organisation takes part from now on: its first accepted import."}
    )
    rejections = _first_rejections()


class ImportOut(Out):
    """What became of an import."""

    id = ma.fields.String(required=True)
    client_id = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Who handed it over; null: the portal’s operator."}
    )
    format = ma.fields.String(required=True, validate=ma.validate.OneOf(FORMATS))
    mode = ma.fields.String(required=True, validate=ma.validate.OneOf(MODES))
    started_at = ma.fields.DateTime(required=True)
    finished_at = ma.fields.DateTime(required=True)
    outcome = ma.fields.String(required=True, validate=ma.validate.OneOf(("accepted", "refused")))
    refusal = ma.fields.String(required=True, allow_none=True, metadata={"description": "The problem’s `code`."})
    refusal_facts = ma.fields.Dict(
        required=True, allow_none=True, metadata={"description": "What the problem said beside it: `file`, `line`, …"}
    )
    counts = _counts()


class ImportWithRejectionsOut(ImportOut):
    """What became of an import, and the first lines that it left out."""

    rejections = _first_rejections()
