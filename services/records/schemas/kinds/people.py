"""The student and the school as a document shows them."""

import marshmallow as ma

from services.records.schemas.forms import LONGEST_CODE, LONGEST_NAME, LONGEST_TEXT, Email, Phrase
from shared.fields import In, Line, Lines


class StudentShown(In):
    """Who the document is about, as the school writes the name."""

    first_name = Line(longest=LONGEST_NAME, required=True)
    last_name = Line(longest=LONGEST_NAME, required=True)
    file_number = Line(longest=LONGEST_CODE, allow_none=True, load_default=None)
    group = Line(longest=LONGEST_CODE, allow_none=True, load_default=None)
    grade = Phrase(allow_none=True, load_default=None)


class SchoolShown(In):
    """Which school it is from, and how it is reached."""

    name = Phrase(required=True)
    address = Lines(longest=LONGEST_TEXT, allow_none=True, load_default=None)
    phone = Line(longest=LONGEST_CODE, allow_none=True, load_default=None)
    email = Email(allow_none=True, load_default=None)


class StudentShownOut(ma.Schema):
    """Who the document is about, as the school writes the name."""

    first_name = ma.fields.String(required=True)
    last_name = ma.fields.String(required=True)
    file_number = ma.fields.String(required=True, allow_none=True)
    group = ma.fields.String(required=True, allow_none=True)
    grade = ma.fields.String(required=True, allow_none=True)


class SchoolShownOut(ma.Schema):
    """Which school it is from, and how it is reached."""

    name = ma.fields.String(required=True)
    address = ma.fields.String(required=True, allow_none=True)
    phone = ma.fields.String(required=True, allow_none=True)
    email = ma.fields.String(required=True, allow_none=True)
