"""The first communication and the report cards, of this year and of earlier ones (RE-06)."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import marshmallow as ma

from services.records.schemas.forms import LONGEST_CODE, LONGEST_NAME, LONGEST_TEXT, Day, Percent, Phrase, SchoolYear
from services.records.schemas.kinds.people import SchoolShown, SchoolShownOut, StudentShown, StudentShownOut
from services.records.schemas.kinds.results import TERMS, mark, term
from services.records.schemas.kinds.sending import DocumentedOut, LineIn, StudentEntryIn
from shared.fields import In, Line, WholeNumber

FIRST_COMMUNICATION: Final = "first_communication"
REPORT_CARD: Final = "report_card"
TYPES: Final = (FIRST_COMMUNICATION, REPORT_CARD)
MOST_SUBJECTS: Final = 40
MOST_COMPETENCIES: Final = 12
MOST_COMMENTS: Final = 20
_NO_TERM: Final = "Dites de quelle étape est ce bulletin. | Say which term this report card is of."


class TermMarkContent(In):
    """A mark of one term; `term` null: of the whole year."""

    term = term(allow_none=True, load_default=None)
    mark = mark(required=True)
    percent = Percent(allow_none=True, load_default=None)
    group_average = Percent(allow_none=True, load_default=None)
    weight = Percent(allow_none=True, load_default=None)


def _terms() -> ma.fields.List:
    return ma.fields.List(
        ma.fields.Nested(TermMarkContent), load_default=list, validate=ma.validate.Length(max=TERMS + 1)
    )


class CompetencyContent(In):
    """One of a subject's competencies, and its marks."""

    name = Phrase(required=True)
    weight = Percent(allow_none=True, load_default=None)
    terms = _terms()
    comment = Phrase(longest=LONGEST_TEXT, has_lines=True, allow_none=True, load_default=None)


class SubjectContent(In):
    """A subject on a report card."""

    name = Phrase(required=True)
    code = Line(longest=LONGEST_CODE, allow_none=True, load_default=None)
    teacher = Line(longest=LONGEST_NAME, allow_none=True, load_default=None)
    terms = _terms()
    final_mark = mark(allow_none=True, load_default=None)
    units = WholeNumber(least=0, most=54, allow_none=True, load_default=None)
    competencies = ma.fields.List(
        ma.fields.Nested(CompetencyContent), load_default=list, validate=ma.validate.Length(max=MOST_COMPETENCIES)
    )
    comment = Phrase(longest=LONGEST_TEXT, has_lines=True, allow_none=True, load_default=None)


class TermAbsencesContent(In):
    """How often the student was away in a term."""

    term = term(required=True)
    count = WholeNumber(least=0, most=1000, required=True, metadata={"description": "Days, or periods, of absence."})
    late_count = WholeNumber(least=0, most=1000, allow_none=True, load_default=None)


class ReportCardContent(In):
    """A report card, or the first communication of the year; with its marks, or only as a PDF of the school's."""

    type = ma.fields.String(required=True, validate=ma.validate.OneOf(TYPES))
    term = term(allow_none=True, load_default=None)
    issued_on = Day(required=True)
    student = ma.fields.Nested(StudentShown, allow_none=True, load_default=None)
    school = ma.fields.Nested(SchoolShown, allow_none=True, load_default=None)
    homeroom_teacher = Line(longest=LONGEST_NAME, allow_none=True, load_default=None)
    subjects = ma.fields.List(
        ma.fields.Nested(SubjectContent), load_default=list, validate=ma.validate.Length(max=MOST_SUBJECTS)
    )
    absences = ma.fields.List(
        ma.fields.Nested(TermAbsencesContent), load_default=list, validate=ma.validate.Length(max=TERMS)
    )
    comments = ma.fields.List(
        Phrase(longest=LONGEST_TEXT, has_lines=True), load_default=list, validate=ma.validate.Length(max=MOST_COMMENTS)
    )
    decision = Phrase(longest=LONGEST_TEXT, allow_none=True, load_default=None)

    @ma.validates_schema(skip_on_field_errors=True)
    def _has_term(self, said: Mapping[str, Any], **_rest: Any) -> None:
        if said["type"] == REPORT_CARD and said["term"] is None:
            raise ma.ValidationError(_NO_TERM, field_name="term")


class ReportCardIn(ReportCardContent, StudentEntryIn):
    """A report card as a school sends it."""

    sorts_by: ClassVar[tuple[str, ...]] = ("issued_on",)

    # Of which year a report card is says the school: July's belongs to the year that has just ended.
    school_year = SchoolYear(required=True)


class ReportCardLineIn(ReportCardIn, LineIn):
    """A report card as a line of many."""


class TermMarkOut(ma.Schema):
    """A mark of one term; `term` null: of the whole year."""

    term = ma.fields.Integer(required=True, allow_none=True)
    mark = ma.fields.String(required=True)
    percent = ma.fields.Float(required=True, allow_none=True)
    group_average = ma.fields.Float(required=True, allow_none=True)
    weight = ma.fields.Float(required=True, allow_none=True)


class CompetencyOut(ma.Schema):
    """One of a subject's competencies, and its marks."""

    name = ma.fields.String(required=True)
    weight = ma.fields.Float(required=True, allow_none=True)
    terms = ma.fields.List(ma.fields.Nested(TermMarkOut), required=True)
    comment = ma.fields.String(required=True, allow_none=True)


class SubjectOut(ma.Schema):
    """A subject on a report card."""

    name = ma.fields.String(required=True)
    code = ma.fields.String(required=True, allow_none=True)
    teacher = ma.fields.String(required=True, allow_none=True)
    terms = ma.fields.List(ma.fields.Nested(TermMarkOut), required=True)
    final_mark = ma.fields.String(required=True, allow_none=True)
    units = ma.fields.Integer(required=True, allow_none=True)
    competencies = ma.fields.List(ma.fields.Nested(CompetencyOut), required=True)
    comment = ma.fields.String(required=True, allow_none=True)


class TermAbsencesOut(ma.Schema):
    """How often the student was away in a term."""

    term = ma.fields.Integer(required=True)
    count = ma.fields.Integer(required=True)
    late_count = ma.fields.Integer(required=True, allow_none=True)


class ReportCardOut(DocumentedOut):
    """A report card or first communication as parents read it."""

    type = ma.fields.String(required=True, validate=ma.validate.OneOf(TYPES))
    term = ma.fields.Integer(required=True, allow_none=True)
    issued_on = ma.fields.Date(required=True)
    student = ma.fields.Nested(StudentShownOut, required=True, allow_none=True)
    school = ma.fields.Nested(SchoolShownOut, required=True, allow_none=True)
    homeroom_teacher = ma.fields.String(required=True, allow_none=True)
    subjects = ma.fields.List(ma.fields.Nested(SubjectOut), required=True)
    absences = ma.fields.List(ma.fields.Nested(TermAbsencesOut), required=True)
    comments = ma.fields.List(ma.fields.String(), required=True)
    decision = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "At the year's end: where the student goes on."}
    )
