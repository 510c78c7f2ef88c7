"""What guardians announce (AT-03 to AT-09)."""

from typing import Any, Final

import marshmallow as ma

from services.attendance.rules import notices
from services.attendance.schemas.forms import (
    LONGEST_CODE,
    Day,
    DaysFilter,
    Explanation,
    TimeOfDay,
    day_parts,
    missing_day,
    take_day,
)
from shared.document_shapes import Out
from shared.fields import In, Line

MOST_CHILDREN: Final = 20
BY: Final = ("you", "other_guardian")


class NoticeFilter(DaysFilter):
    """Which notices to list; without days, those of this school year and later."""


class NoticeIn(In):
    """An absence that is to come; each day whole, or as day, month and year (XC-06)."""

    date = Day(allow_none=True, metadata={"description": "The day, or the first of several."})
    day, month, year = day_parts().values()
    end_date = Day(allow_none=True, metadata={"description": "The last day, when there are several."})
    end_day, end_month, end_year = day_parts("end_").values()
    type = ma.fields.String(required=True, validate=ma.validate.OneOf(notices.TYPES))
    time = TimeOfDay(
        allow_none=True,
        metadata={
            "description": "When the child arrives or leaves. Around midday it means the whole half day (AT-06).",
            "example": "12:30",
        },
    )
    reason = Line(
        required=True, longest=LONGEST_CODE, metadata={"description": "The code of a reason of the school's."}
    )
    explanation = Explanation(allow_none=True)

    @ma.post_load
    def _compose(self, data: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        first_on = take_day(data, "date")
        if first_on is None:
            raise missing_day("date")
        last_on = take_day(data, "end_date", prefix="end_")
        at, explanation = data.pop("time", None), data.pop("explanation", None)
        return {**data, "first_on": first_on, "last_on": last_on or first_on, "at": at, "explanation": explanation}


class NoticeOfSeveralIn(NoticeIn):
    """The same absence of several children."""

    child_ids = ma.fields.List(
        ma.fields.String(validate=ma.validate.Length(max=36)),
        required=True,
        validate=ma.validate.Length(min=1, max=MOST_CHILDREN),
    )


class NoticeOut(Out):
    """A notice as a guardian sees it; what another guardian explained is not told."""

    id = ma.fields.String(required=True)
    child_id = ma.fields.String(required=True)
    date = ma.fields.Date(required=True)
    end_date = ma.fields.Date(required=True)
    type = ma.fields.String(required=True, validate=ma.validate.OneOf(notices.TYPES))
    time = ma.fields.String(required=True, allow_none=True)
    half_day = ma.fields.String(
        required=True, allow_none=True, validate=ma.validate.OneOf((notices.MORNING, notices.AFTERNOON))
    )
    reason = ma.fields.String(required=True)
    reason_label = ma.fields.String(required=True)
    explanation = ma.fields.String(required=True, allow_none=True)
    by = ma.fields.String(required=True, validate=ma.validate.OneOf(BY))
    submitted_at = ma.fields.DateTime(required=True)
    acknowledged_at = ma.fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When the school took note of it."}
    )
    is_withdrawable = ma.fields.Boolean(required=True)
