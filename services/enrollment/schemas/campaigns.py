"""Re-registration: what a school plans, what a parent answers, and the answers as a school reads them."""

from typing import Final

import marshmallow as ma

from services.enrollment.rules import campaigns
from services.enrollment.schemas.forms import IsoDate, Out
from shared.fields import In, Line, Lines, WholeNumber

LONGEST_MESSAGE: Final = 2000
LONGEST_WORDS: Final = 500
MOST_NAMED: Final = 500
MOST_REMINDER_DAYS: Final = 60

_STATES: Final = (campaigns.UPCOMING, campaigns.OPEN, campaigns.OVER)
_SCHOOLS: Final = {"description": "By your system's identifiers or the ministry's codes; null: all of them."}
_GRADES: Final = {"description": "As your registry names them; null: all of them."}
_SCHOOL_YEAR: Final = {"description": "`2027-2028`"}
_REMINDER_DAYS: Final = {"description": "Days before the end; null: nobody is reminded."}


class Message(In):
    """What a school says to its parents, in both languages."""

    fr = Lines(required=True, longest=LONGEST_MESSAGE)
    en = Lines(required=True, longest=LONGEST_MESSAGE)


class _Plan(In):
    """What may be left out of a campaign, or changed of it."""

    grades = ma.fields.List(
        Line(longest=20), validate=ma.validate.Length(min=1, max=MOST_NAMED), allow_none=True, metadata=_GRADES
    )
    schools = ma.fields.List(
        Line(longest=255), validate=ma.validate.Length(min=1, max=MOST_NAMED), allow_none=True, metadata=_SCHOOLS
    )
    message = ma.fields.Nested(Message, allow_none=True)
    reminder_days = WholeNumber(least=1, most=MOST_REMINDER_DAYS, allow_none=True, metadata=_REMINDER_DAYS)


class CampaignIn(_Plan):
    """A campaign; both its days are days in Québec, and both take answers (RR-01)."""

    school_year = ma.fields.String(required=True, validate=ma.validate.Length(max=20), metadata=_SCHOOL_YEAR)
    opens_on = IsoDate(required=True)
    closes_on = IsoDate(required=True)


class CampaignChangeIn(_Plan):
    """What is to change of a campaign; what is left out stays."""

    school_year = ma.fields.String(validate=ma.validate.Length(max=20), metadata=_SCHOOL_YEAR)
    opens_on = IsoDate(metadata={"description": "Until the campaign has opened."})
    closes_on = IsoDate(metadata={"description": "Yesterday, to close it at once."})


class MessageOut(Out):
    """What a school says to its parents."""

    fr = ma.fields.String(required=True)
    en = ma.fields.String(required=True)


class CampaignOut(Out):
    """A campaign as it stands."""

    id = ma.fields.String(required=True)
    school_year = ma.fields.String(required=True, metadata=_SCHOOL_YEAR)
    opens_on = IsoDate(required=True)
    closes_on = IsoDate(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(_STATES))
    grades = ma.fields.List(ma.fields.String(), required=True, allow_none=True, metadata=_GRADES)
    schools = ma.fields.List(ma.fields.String(), required=True, allow_none=True, metadata=_SCHOOLS)
    message = ma.fields.Nested(MessageOut, required=True, allow_none=True)
    reminder_days = ma.fields.Integer(required=True, allow_none=True, metadata=_REMINDER_DAYS)
    reminds_on = IsoDate(
        required=True,
        allow_none=True,
        metadata={"description": "Null: nobody is reminded, or the window is too short for it."},
    )
    changed_at = ma.fields.DateTime(required=True)


class AnswersFilter(ma.Schema):
    """Which answers to read, and how. Unknown parameters are other decorators' (the page)."""

    class Meta:
        unknown = ma.EXCLUDE

    answer = ma.fields.String(
        load_default=None,
        validate=ma.validate.OneOf((*campaigns.ANSWERS, campaigns.UNANSWERED)),
        metadata={"description": "These alone; `none`: whoever has not answered."},
    )
    format = ma.fields.String(
        load_default=None,
        validate=ma.validate.OneOf(("json", "csv")),
        metadata={"description": "`csv`: all of them as a file, as with `Accept: text/csv`."},
    )


class StudentsAnswerOut(Out):
    """A student whom a campaign concerns, and what was answered, if anything."""

    source_id = ma.fields.String(required=True)
    file_number = ma.fields.String(required=True, allow_none=True)
    last_name = ma.fields.String(required=True)
    first_name = ma.fields.String(required=True)
    school_source_id = ma.fields.String(required=True, allow_none=True)
    school = ma.fields.String(required=True, allow_none=True)
    grade = ma.fields.String(required=True, allow_none=True)
    answer = ma.fields.String(required=True, allow_none=True, validate=ma.validate.OneOf(campaigns.ANSWERS))
    leaving_to = ma.fields.String(required=True, allow_none=True)
    explanation = ma.fields.String(required=True, allow_none=True)
    answered_at = ma.fields.DateTime(required=True, allow_none=True)


class AnswerIn(In):
    """What a principal guardian answers (RR-02)."""

    answer = ma.fields.String(required=True, validate=ma.validate.OneOf(campaigns.ANSWERS))
    leaving_to = Line(
        longest=LONGEST_WORDS,
        shortest=0,
        allow_none=True,
        metadata={"description": "Where the child goes, with `leaving`: another school, another region."},
    )
    explanation = Lines(longest=LONGEST_WORDS, shortest=0, allow_none=True)


class OpenCampaignOut(Out):
    """The campaign that asks about a child."""

    id = ma.fields.String(required=True)
    school_year = ma.fields.String(required=True, metadata=_SCHOOL_YEAR)
    opens_on = IsoDate(required=True)
    closes_on = IsoDate(required=True, metadata={"description": "The last day on which it takes answers."})
    message = ma.fields.Nested(MessageOut, required=True, allow_none=True)


class GivenAnswerOut(Out):
    """The answer that stands. Another guardian's own words are left out."""

    answer = ma.fields.String(required=True, validate=ma.validate.OneOf(campaigns.ANSWERS))
    leaving_to = ma.fields.String(required=True, allow_none=True)
    explanation = ma.fields.String(required=True, allow_none=True)
    answered_at = ma.fields.DateTime(required=True)
    is_own = ma.fields.Boolean(required=True, metadata={"description": "It was given by this account."})


class ReRegistrationOut(Out):
    """What is asked of a child, what was answered, and whether this account may answer."""

    campaign = ma.fields.Nested(OpenCampaignOut, required=True)
    answer = ma.fields.Nested(GivenAnswerOut, required=True, allow_none=True)
    may_answer = ma.fields.Boolean(required=True)
