"""The student's file: subjects with their teachers, transport, and whatever else the school shows (RE-12, RE-13)."""

from typing import Final

import marshmallow as ma

from services.records.schemas.forms import LONGEST_CODE, LONGEST_NAME, LONGEST_TEXT, Email, Phrase, TimeOfDay
from services.records.schemas.kinds.sending import LineIn, PublishedOut, StudentEntryIn
from shared.fields import In, Line

MOST_SUBJECTS: Final = 40
MOST_RIDES: Final = 20
MOST_DETAILS: Final = 60
DIRECTIONS: Final = ("to_school", "from_school")


class TeacherContent(In):
    """Who teaches; without an e-mail there is nobody to write to."""

    name = Line(longest=LONGEST_NAME, required=True)
    email = Email(allow_none=True, load_default=None)


class TaughtSubjectContent(In):
    """A subject of the student's, and who teaches it."""

    subject = Phrase(required=True)
    subject_code = Line(longest=LONGEST_CODE, allow_none=True, load_default=None)
    group = Line(longest=LONGEST_CODE, allow_none=True, load_default=None)
    teachers = ma.fields.List(ma.fields.Nested(TeacherContent), load_default=list, validate=ma.validate.Length(max=10))


class RideContent(In):
    """A ride of the school transport."""

    direction = ma.fields.String(required=True, validate=ma.validate.OneOf(DIRECTIONS))
    bus = Line(longest=LONGEST_CODE, allow_none=True, load_default=None)
    route = Line(longest=LONGEST_CODE, allow_none=True, load_default=None)
    stop = Line(longest=LONGEST_NAME, allow_none=True, load_default=None)
    time = TimeOfDay(allow_none=True, load_default=None)
    days = Phrase(allow_none=True, load_default=None)


class DetailContent(In):
    """Anything else that stands in the file."""

    label = Phrase(required=True)
    value = Phrase(longest=LONGEST_TEXT, has_lines=True, required=True)


class FileContent(In):
    """What the school shows of a student's file."""

    school_name = Phrase(allow_none=True, load_default=None)
    grade = Phrase(allow_none=True, load_default=None)
    group = Line(longest=LONGEST_CODE, allow_none=True, load_default=None)
    homeroom_teacher = ma.fields.Nested(TeacherContent, allow_none=True, load_default=None)
    uses_daycare = ma.fields.Boolean(load_default=False)
    subjects = ma.fields.List(
        ma.fields.Nested(TaughtSubjectContent), load_default=list, validate=ma.validate.Length(max=MOST_SUBJECTS)
    )
    transport = ma.fields.List(
        ma.fields.Nested(RideContent), load_default=list, validate=ma.validate.Length(max=MOST_RIDES)
    )
    details = ma.fields.List(
        ma.fields.Nested(DetailContent), load_default=list, validate=ma.validate.Length(max=MOST_DETAILS)
    )


class FileIn(FileContent, StudentEntryIn):
    """A student's file as a school sends it: the newest that is published stands."""


class FileLineIn(FileIn, LineIn):
    """A student's file as a line of many."""


class TeacherOut(ma.Schema):
    """Who teaches, and where their name leads: to the parent's own mail (RE-13)."""

    name = ma.fields.String(required=True)
    email = ma.fields.String(required=True, allow_none=True)
    mailto = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "RFC 6068.", "example": "mailto:prof@exemple.ca"}
    )


class TaughtSubjectOut(ma.Schema):
    """A subject of the child's, and who teaches it."""

    subject = ma.fields.String(required=True)
    subject_code = ma.fields.String(required=True, allow_none=True)
    group = ma.fields.String(required=True, allow_none=True)
    teachers = ma.fields.List(ma.fields.Nested(TeacherOut), required=True)


class RideOut(ma.Schema):
    """A ride of the school transport."""

    direction = ma.fields.String(required=True, validate=ma.validate.OneOf(DIRECTIONS))
    bus = ma.fields.String(required=True, allow_none=True)
    route = ma.fields.String(required=True, allow_none=True)
    stop = ma.fields.String(required=True, allow_none=True)
    time = ma.fields.String(required=True, allow_none=True, metadata={"example": "07:25"})
    days = ma.fields.String(required=True, allow_none=True)


class DetailOut(ma.Schema):
    """Anything else that stands in the file."""

    label = ma.fields.String(required=True)
    value = ma.fields.String(required=True)


class FileOut(PublishedOut):
    """The child's file (RE-12)."""

    school_name = ma.fields.String(required=True, allow_none=True)
    grade = ma.fields.String(required=True, allow_none=True)
    group = ma.fields.String(required=True, allow_none=True)
    homeroom_teacher = ma.fields.Nested(TeacherOut, required=True, allow_none=True)
    uses_daycare = ma.fields.Boolean(required=True)
    subjects = ma.fields.List(ma.fields.Nested(TaughtSubjectOut), required=True)
    transport = ma.fields.List(ma.fields.Nested(RideOut), required=True)
    details = ma.fields.List(ma.fields.Nested(DetailOut), required=True)
