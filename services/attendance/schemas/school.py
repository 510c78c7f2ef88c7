"""What school systems record, read and decide (`/school/v1`, attendance)."""

from typing import Any, Final

import marshmallow as ma

from services.attendance.rules import calendars, decisions, notices, reconciliation, timetables
from services.attendance.rules.calendars import SchoolYear
from services.attendance.rules.reasons import Reason
from services.attendance.rules.timetables import Period, Timetable, UnfitTimetable
from services.attendance.schemas.forms import LONGEST_CODE, Day, OwnSourceId, SourceId, TimeOfDay
from shared.document_shapes import Out
from shared.fields import In, Line, WholeNumber

MOST_PERIODS: Final = 20
MOST_DAYS_OFF: Final = 366
MOST_REASONS: Final = 50
LARGEST_FEED: Final = 500
RESULTS: Final = ("recorded", "corrected", "unchanged", "refused")
DECISION_WORDS: Final = (decisions.PENDING, *decisions.DECISIONS)

_UNFIT: Final = {
    timetables.NO_PERIOD: "Donnez au moins une période. | Give at least one period.",
    timetables.PERIOD_EMPTY: "Une période finit avant de commencer. | A period ends before it starts.",
    timetables.PERIODS_OVERLAP: (
        "Les périodes se chevauchent, ou ne sont pas dans l’ordre. | The periods overlap, or are not in order."
    ),
    timetables.CODE_TWICE: "Deux périodes ont le même code. | Two periods have one code.",
    timetables.BREAK_OUTSIDE: (
        "La pause du midi doit se trouver à l’intérieur de la journée. | The midday break must be within the day."
    ),
}
_YEAR_UNFIT: Final = (
    "Donnez des jours d’une même année scolaire, de juillet à juin. | Give days of one school year, from July to June."
)
_CODE_TWICE: Final = "Deux motifs ont le même code. | Two reasons have one code."


class RecordIn(In):
    """What a school system records of a student on a day; the same again under the same id changes nothing."""

    student_source_id = SourceId(required=True)
    school_source_id = SourceId(
        allow_none=True,
        load_default=None,
        metadata={"description": "Whose bell times count; when left out, those of the school that the child attends."},
    )
    on = Day(required=True, data_key="date")
    kind = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(reconciliation.KINDS),
        metadata={"description": "`present` corrects what was recorded by mistake, or contradicts a notice."},
    )
    at = TimeOfDay(
        data_key="time",
        allow_none=True,
        load_default=None,
        metadata={"description": "When the student arrived (`late`) or left (`left_early`).", "example": "09:10"},
    )
    periods = ma.fields.List(
        ma.fields.String(validate=ma.validate.Length(min=1, max=LONGEST_CODE)),
        load_default=list,
        validate=ma.validate.Length(max=MOST_PERIODS),
        metadata={"description": "Codes of the bell times; none: the whole day."},
    )

    @ma.post_load
    def _settle(self, data: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        return data | {"periods": tuple(dict.fromkeys(data["periods"]))}


class RecordLineIn(RecordIn):
    """The same as a line of many, with its own id."""

    source_id = OwnSourceId(required=True)


class RecordOut(Out):
    """A record as it stands, and what it came to; `present` came to nothing."""

    id = ma.fields.String(required=True)
    source_id = ma.fields.String(required=True)
    student_source_id = ma.fields.String(required=True)
    date = ma.fields.Date(required=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(reconciliation.KINDS))
    time = ma.fields.String(required=True, allow_none=True)
    periods = ma.fields.List(ma.fields.String(), required=True)
    status = ma.fields.String(required=True, allow_none=True, validate=ma.validate.OneOf(reconciliation.STATUSES))
    motivated_by = ma.fields.String(
        required=True,
        allow_none=True,
        validate=ma.validate.OneOf((reconciliation.BY_NOTICE, reconciliation.BY_GUARDIAN)),
    )
    motivate_until = ma.fields.DateTime(required=True)


class RecordedLineOut(Out):
    """What became of one line: the record, or the problem that its refusal is."""

    line = ma.fields.Integer(required=True)
    source_id = ma.fields.String(required=True, allow_none=True)
    result = ma.fields.String(required=True, validate=ma.validate.OneOf(RESULTS))
    absence = ma.fields.Nested(RecordOut, allow_none=True)
    problem = ma.fields.Dict(metadata={"description": "Of a refused line (RFC 9457)."})


class FeedFilter(ma.Schema):
    """From where to read. Unknown parameters are left to others."""

    class Meta:
        unknown = ma.EXCLUDE

    since = ma.fields.Integer(
        load_default=0,
        validate=ma.validate.Range(min=0, max=2**63 - 1),
        metadata={"description": "The `next` of the last answer; 0: from the beginning."},
    )
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(min=1, max=LARGEST_FEED))


class FedNoticeOut(Out):
    """A notice as the school reads it."""

    id = ma.fields.String(required=True)
    student_source_id = ma.fields.String(required=True)
    school_source_id = ma.fields.String(required=True, allow_none=True)
    date = ma.fields.Date(required=True)
    end_date = ma.fields.Date(required=True)
    type = ma.fields.String(required=True, validate=ma.validate.OneOf(notices.TYPES))
    time = ma.fields.String(required=True, allow_none=True)
    half_day = ma.fields.String(
        required=True, allow_none=True, validate=ma.validate.OneOf((notices.MORNING, notices.AFTERNOON))
    )
    reason = ma.fields.String(required=True)
    explanation = ma.fields.String(required=True, allow_none=True)
    submitted_at = ma.fields.DateTime(required=True)
    withdrawn_at = ma.fields.DateTime(required=True, allow_none=True)
    acknowledged_at = ma.fields.DateTime(required=True, allow_none=True)


class FedMotivationOut(Out):
    """What a guardian said of a recorded absence."""

    id = ma.fields.String(required=True)
    absence_source_id = ma.fields.String(required=True)
    student_source_id = ma.fields.String(required=True)
    reason = ma.fields.String(required=True)
    explanation = ma.fields.String(required=True, allow_none=True)
    submitted_at = ma.fields.DateTime(required=True)
    decision = ma.fields.String(required=True, validate=ma.validate.OneOf(DECISION_WORDS))
    decided_at = ma.fields.DateTime(required=True, allow_none=True)


class FedContradictionOut(Out):
    """A period in which what was announced and what was recorded disagree."""

    student_source_id = ma.fields.String(required=True)
    date = ma.fields.Date(required=True)
    period = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(reconciliation.CONTRADICTIONS))
    notice_id = ma.fields.String(required=True)
    found_at = ma.fields.DateTime(required=True)


class NoticeFeedOut(Out):
    """Notices after a cursor, and the cursor after them."""

    items = ma.fields.List(ma.fields.Nested(FedNoticeOut), required=True)
    next = ma.fields.Integer(required=True)


class MotivationFeedOut(Out):
    """Motivations after a cursor, and the cursor after them."""

    items = ma.fields.List(ma.fields.Nested(FedMotivationOut), required=True)
    next = ma.fields.Integer(required=True)


class ContradictionFeedOut(Out):
    """Contradictions after a cursor, and the cursor after them."""

    items = ma.fields.List(ma.fields.Nested(FedContradictionOut), required=True)
    next = ma.fields.Integer(required=True)


class DecisionIn(In):
    """What the school decides of a motivation."""

    decision = ma.fields.String(required=True, validate=ma.validate.OneOf(decisions.DECISIONS))


class RulesIn(In):
    """Until when notices and motivations are taken."""

    cut_off_school_days = WholeNumber(
        least=0, most=30, required=True, metadata={"description": "School days after the absence; 0: the same day."}
    )
    cut_off_at = TimeOfDay(required=True, metadata={"example": "10:40"})
    same_day_until = TimeOfDay(
        allow_none=True,
        load_default=None,
        metadata={
            "description": "The hour after which nothing more is announced for the day itself.",
            "example": "09:00",
        },
    )


class RulesOut(Out):
    """Until when notices and motivations are taken."""

    cut_off_school_days = ma.fields.Integer(required=True)
    cut_off_at = ma.fields.String(required=True)
    same_day_until = ma.fields.String(required=True, allow_none=True)


class PeriodIn(In):
    """A period of the day."""

    code = Line(required=True, longest=LONGEST_CODE)
    starts_at = TimeOfDay(required=True)
    ends_at = TimeOfDay(required=True)

    @ma.post_load
    def _make(self, data: dict[str, Any], **_rest: Any) -> Period:
        return Period(**data)


class BellTimesIn(In):
    """The periods of a school day in their order, and its midday break (AT-06)."""

    periods = ma.fields.List(
        ma.fields.Nested(PeriodIn), required=True, validate=ma.validate.Length(min=1, max=MOST_PERIODS)
    )
    break_starts_at = TimeOfDay(required=True, metadata={"example": "11:45"})
    break_ends_at = TimeOfDay(required=True, metadata={"example": "13:00"})

    @ma.post_load
    def _make(self, data: dict[str, Any], **_rest: Any) -> dict[str, Timetable]:
        try:
            return {"timetable": Timetable(**(data | {"periods": tuple(data["periods"])}))}
        except UnfitTimetable as unfit:
            name = "break_starts_at" if unfit.reason == timetables.BREAK_OUTSIDE else "periods"
            raise ma.ValidationError(_UNFIT[unfit.reason], field_name=name) from None


class PeriodOut(Out):
    """A period of the day."""

    code = ma.fields.String(required=True)
    starts_at = ma.fields.String(required=True)
    ends_at = ma.fields.String(required=True)


class BellTimesOut(Out):
    """The bell times of a school; of every school that has none of its own, where none is named."""

    school_source_id = ma.fields.String(required=True, allow_none=True)
    periods = ma.fields.List(ma.fields.Nested(PeriodOut), required=True)
    break_starts_at = ma.fields.String(required=True)
    break_ends_at = ma.fields.String(required=True)


class SchoolYearIn(In):
    """The first and last school days of a year, and the weekdays between them without school."""

    first_day = Day(required=True)
    last_day = Day(required=True)
    days_off = ma.fields.List(Day(), load_default=list, validate=ma.validate.Length(max=MOST_DAYS_OFF))

    @ma.post_load
    def _make(self, data: dict[str, Any], **_rest: Any) -> dict[str, SchoolYear]:
        first_on, last_on = data["first_day"], data["last_day"]
        if last_on < first_on or calendars.name(first_on) != calendars.name(last_on):
            raise ma.ValidationError(_YEAR_UNFIT, field_name="last_day")
        return {"year": SchoolYear(first_on=first_on, last_on=last_on, days_off=frozenset(data["days_off"]))}


class SchoolYearOut(Out):
    """The school days of a year."""

    name = ma.fields.String(required=True)
    first_day = ma.fields.Date(required=True)
    last_day = ma.fields.Date(required=True)
    days_off = ma.fields.List(ma.fields.Date(), required=True)


class OfferedReasonIn(In):
    """A reason that guardians can choose, in both languages."""

    code = ma.fields.String(required=True, validate=ma.validate.Regexp(r"^[A-Z0-9_]{1,64}\Z"))
    label_fr = Line(required=True, longest=150)
    label_en = Line(required=True, longest=150)
    needs_explanation = ma.fields.Boolean(load_default=False, truthy={True}, falsy={False})

    @ma.post_load
    def _make(self, data: dict[str, Any], **_rest: Any) -> Reason:
        return Reason(
            code=data["code"],
            french=data["label_fr"],
            english=data["label_en"],
            needs_explanation=data["needs_explanation"],
        )


class OfferedReasonsIn(In):
    """All the reasons, in the order in which guardians see them."""

    reasons = ma.fields.List(
        ma.fields.Nested(OfferedReasonIn), required=True, validate=ma.validate.Length(min=1, max=MOST_REASONS)
    )

    @ma.validates("reasons")
    def _refuse_twice(self, reasons: list[Reason], data_key: str) -> None:
        if len({each.code for each in reasons}) < len(reasons):
            raise ma.ValidationError(_CODE_TWICE)


class OfferedReasonOut(Out):
    """A reason that guardians can choose, in both languages."""

    code = ma.fields.String(required=True)
    label_fr = ma.fields.String(required=True)
    label_en = ma.fields.String(required=True)
    needs_explanation = ma.fields.Boolean(required=True)
