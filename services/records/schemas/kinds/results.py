"""Results by subject, term and competency; the ministry's; and assignments (RE-03, RE-04, RE-05)."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import marshmallow as ma

from services.records.rules import ministerial
from services.records.schemas.forms import LONGEST_CODE, LONGEST_NAME, LONGEST_TEXT, Day, Percent, Phrase, SourceId
from services.records.schemas.kinds.sending import EntryIn, LineIn, PublishedOut, SignedOut, StudentEntryIn
from shared.fields import In, Line, WholeNumber

TERMS: Final = 3
LONGEST_MARK: Final = 40
CATEGORIES: Final = ("homework", "test", "exam", "project", "reading", "other")
STATUSES: Final = ("to_do", "handed_in", "late", "missing", "exempted", "graded")
_NO_SESSION: Final = "Donnez une session, par exemple 2027-06. | Give a session, such as 2027-06."
_NOT_OF_SESSION: Final = (
    "Ce jour vient longtemps avant la session : vérifiez l’année et le mois."
    " | This day is long before the session: check the year and month."
)
_DUE_BEFORE: Final = "La remise vient avant le jour du travail. | It is due before the day it was given."

_MARK: Final = {"description": "As the school writes it: a number, a letter, words.", "example": "82 %"}
_PERCENT: Final = {"description": "The same out of a hundred, where it is a number.", "example": 82}
_TERM: Final = {"description": "Which of the three terms; null: the whole year."}
_SUBJECT: Final = {"example": "Mathématique"}
_SUBJECT_CODE: Final = {"description": "The school's or the ministry's code of it.", "example": "063414"}


def mark(**rest: Any) -> Line:
    """Return the field of a mark as a school writes it."""
    return Line(longest=LONGEST_MARK, metadata=_MARK, **rest)


def term(**rest: Any) -> WholeNumber:
    """Return the field of a term of the year (Régime pédagogique, a. 29.1: three report cards)."""
    return WholeNumber(least=1, most=TERMS, metadata=_TERM, **rest)


class ResultContent(In):
    """A result of a student's: of a subject, or of one of its competencies, in a term or in the year."""

    subject = Phrase(required=True)
    subject_code = Line(longest=LONGEST_CODE, allow_none=True, load_default=None, metadata=_SUBJECT_CODE)
    term = term(allow_none=True, load_default=None)
    competency = Phrase(allow_none=True, load_default=None)
    title = Phrase(allow_none=True, load_default=None)
    mark = mark(required=True)
    percent = Percent(allow_none=True, load_default=None)
    group_average = Percent(allow_none=True, load_default=None)
    weight = Percent(allow_none=True, load_default=None)
    comment = Phrase(longest=LONGEST_TEXT, has_lines=True, allow_none=True, load_default=None)
    date = Day(required=True)


class ResultIn(ResultContent, StudentEntryIn):
    """A result as a school sends it."""

    sorts_by: ClassVar[tuple[str, ...]] = ("date",)


class ResultLineIn(ResultIn, LineIn):
    """A result as a line of many."""


class ResultOut(SignedOut):
    """A result as parents read it (RE-03)."""

    subject = ma.fields.String(required=True, metadata=_SUBJECT)
    subject_code = ma.fields.String(required=True, allow_none=True, metadata=_SUBJECT_CODE)
    term = ma.fields.Integer(required=True, allow_none=True, metadata=_TERM)
    competency = ma.fields.String(
        required=True, allow_none=True, metadata={"example": "Résoudre une situation-problème"}
    )
    title = ma.fields.String(required=True, allow_none=True, metadata={"description": "What it is a result of."})
    mark = ma.fields.String(required=True, metadata=_MARK)
    percent = ma.fields.Float(required=True, allow_none=True, metadata=_PERCENT)
    group_average = ma.fields.Float(required=True, allow_none=True)
    weight = ma.fields.Float(
        required=True, allow_none=True, metadata={"description": "What it counts for, out of a hundred.", "example": 20}
    )
    comment = ma.fields.String(required=True, allow_none=True)
    date = ma.fields.Date(required=True)


class MinisterialResultContent(In):
    """A result of one of the ministry's exams, as its statement of learning achievements has it."""

    subject = Phrase(required=True)
    subject_code = Line(longest=LONGEST_CODE, allow_none=True, load_default=None, metadata=_SUBJECT_CODE)
    session = Line(longest=7, required=True, metadata={"description": "Year and month.", "example": "2027-06"})
    exam_on = Day(required=True)
    school_mark = mark(allow_none=True, load_default=None)
    moderated_mark = mark(allow_none=True, load_default=None)
    exam_mark = mark(allow_none=True, load_default=None)
    mark = mark(required=True)
    percent = Percent(allow_none=True, load_default=None)
    is_passed = ma.fields.Boolean(allow_none=True, load_default=None)
    units = WholeNumber(least=0, most=54, allow_none=True, load_default=None)

    @ma.validates("session")
    def _is_session(self, text: str, data_key: str) -> None:
        if not ministerial.is_session(text):
            raise ma.ValidationError(_NO_SESSION)

    @ma.validates_schema(skip_on_field_errors=True)
    def _in_session(self, said: Mapping[str, Any], **_rest: Any) -> None:
        if not ministerial.may_be_of(said["session"], exam_on=said["exam_on"]):
            raise ma.ValidationError(_NOT_OF_SESSION, field_name="exam_on")


class MinisterialResultIn(MinisterialResultContent, EntryIn):
    """A ministerial result as a school sends it; its session is what releases it, and nothing else can (RE-04)."""

    sorts_by: ClassVar[tuple[str, ...]] = ("exam_on",)

    student_source_id = SourceId(required=True)

    def release_of(self, said: Mapping[str, Any]) -> str | None:
        session: str = said["session"]
        return session


class MinisterialResultLineIn(MinisterialResultIn, LineIn):
    """A ministerial result as a line of many."""


class MinisterialResultOut(SignedOut):
    """A ministerial result as parents read it: from the session's day, or about ten days after the exam (RE-04)."""

    subject = ma.fields.String(required=True, metadata=_SUBJECT)
    subject_code = ma.fields.String(required=True, allow_none=True, metadata=_SUBJECT_CODE)
    session = ma.fields.String(required=True, metadata={"description": "Year and month.", "example": "2027-06"})
    exam_on = ma.fields.Date(required=True)
    school_mark = ma.fields.String(required=True, allow_none=True)
    moderated_mark = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "The school's mark as the ministry moderated it."}
    )
    exam_mark = ma.fields.String(required=True, allow_none=True)
    mark = ma.fields.String(required=True, metadata=_MARK)
    percent = ma.fields.Float(required=True, allow_none=True, metadata=_PERCENT)
    is_passed = ma.fields.Boolean(required=True, allow_none=True)
    units = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "Credits that it gave towards the diploma."}
    )


class AssignmentContent(In):
    """A piece of work in a subject."""

    subject = Phrase(required=True)
    subject_code = Line(longest=LONGEST_CODE, allow_none=True, load_default=None, metadata=_SUBJECT_CODE)
    title = Phrase(required=True)
    category = ma.fields.String(load_default="other", validate=ma.validate.OneOf(CATEGORIES))
    description = Phrase(longest=LONGEST_TEXT, has_lines=True, allow_none=True, load_default=None)
    teacher = Line(longest=LONGEST_NAME, allow_none=True, load_default=None)
    date = Day(required=True, metadata={"description": "When it was given, or takes place."})
    due_on = Day(allow_none=True, load_default=None)
    term = term(allow_none=True, load_default=None)
    status = ma.fields.String(allow_none=True, load_default=None, validate=ma.validate.OneOf(STATUSES))
    mark = mark(allow_none=True, load_default=None)
    percent = Percent(allow_none=True, load_default=None)
    weight = Percent(allow_none=True, load_default=None)

    @ma.validates_schema(skip_on_field_errors=True)
    def _in_order(self, said: Mapping[str, Any], **_rest: Any) -> None:
        if said["due_on"] is not None and said["due_on"] < said["date"]:
            raise ma.ValidationError(_DUE_BEFORE, field_name="due_on")


class AssignmentIn(AssignmentContent, StudentEntryIn):
    """An assignment as a school sends it: shown when the teacher makes it available (RE-05)."""

    sorts_by: ClassVar[tuple[str, ...]] = ("due_on", "date")


class AssignmentLineIn(AssignmentIn, LineIn):
    """An assignment as a line of many."""


class AssignmentOut(PublishedOut):
    """An assignment as parents read it, once the teacher has made it available (RE-05)."""

    subject = ma.fields.String(required=True, metadata=_SUBJECT)
    subject_code = ma.fields.String(required=True, allow_none=True, metadata=_SUBJECT_CODE)
    title = ma.fields.String(required=True, metadata={"example": "Exposé oral : mon héros"})
    category = ma.fields.String(required=True, validate=ma.validate.OneOf(CATEGORIES))
    description = ma.fields.String(required=True, allow_none=True)
    teacher = ma.fields.String(required=True, allow_none=True)
    date = ma.fields.Date(required=True)
    due_on = ma.fields.Date(required=True, allow_none=True)
    term = ma.fields.Integer(required=True, allow_none=True, metadata=_TERM)
    status = ma.fields.String(required=True, allow_none=True, validate=ma.validate.OneOf((*STATUSES, None)))
    mark = ma.fields.String(required=True, allow_none=True, metadata=_MARK)
    percent = ma.fields.Float(required=True, allow_none=True, metadata=_PERCENT)
    weight = ma.fields.Float(required=True, allow_none=True)
