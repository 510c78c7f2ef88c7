from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.attendance_notice_out_by import (
    AttendanceNoticeOutBy,
    check_attendance_notice_out_by,
)
from ..models.attendance_notice_out_half_day_type_0 import (
    AttendanceNoticeOutHalfDayType0,
    check_attendance_notice_out_half_day_type_0,
)
from ..models.attendance_notice_out_type import (
    AttendanceNoticeOutType,
    check_attendance_notice_out_type,
)

T = TypeVar("T", bound="AttendanceNoticeOut")


@_attrs_define
class AttendanceNoticeOut:
    """
    Attributes:
        acknowledged_at (datetime.datetime | None): When the school took note of it.
        by (AttendanceNoticeOutBy):
        child_id (str):
        date (datetime.date):
        end_date (datetime.date):
        explanation (None | str):
        half_day (AttendanceNoticeOutHalfDayType0 | None):
        id (str):
        is_withdrawable (bool):
        reason (str):
        reason_label (str):
        submitted_at (datetime.datetime):
        time (None | str):
        type_ (AttendanceNoticeOutType):
    """

    acknowledged_at: datetime.datetime | None
    by: AttendanceNoticeOutBy
    child_id: str
    date: datetime.date
    end_date: datetime.date
    explanation: None | str
    half_day: AttendanceNoticeOutHalfDayType0 | None
    id: str
    is_withdrawable: bool
    reason: str
    reason_label: str
    submitted_at: datetime.datetime
    time: None | str
    type_: AttendanceNoticeOutType

    def to_dict(self) -> dict[str, Any]:
        acknowledged_at: None | str
        if isinstance(self.acknowledged_at, datetime.datetime):
            acknowledged_at = self.acknowledged_at.isoformat()
        else:
            acknowledged_at = self.acknowledged_at

        by: str = self.by

        child_id = self.child_id

        date = self.date.isoformat()

        end_date = self.end_date.isoformat()

        explanation: None | str
        explanation = self.explanation

        half_day: None | str
        if isinstance(self.half_day, str):
            half_day = self.half_day
        else:
            half_day = self.half_day

        id = self.id

        is_withdrawable = self.is_withdrawable

        reason = self.reason

        reason_label = self.reason_label

        submitted_at = self.submitted_at.isoformat()

        time: None | str
        time = self.time

        type_: str = self.type_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "acknowledged_at": acknowledged_at,
                "by": by,
                "child_id": child_id,
                "date": date,
                "end_date": end_date,
                "explanation": explanation,
                "half_day": half_day,
                "id": id,
                "is_withdrawable": is_withdrawable,
                "reason": reason,
                "reason_label": reason_label,
                "submitted_at": submitted_at,
                "time": time,
                "type": type_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_acknowledged_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                acknowledged_at_type_0 = datetime.datetime.fromisoformat(data)

                return acknowledged_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        acknowledged_at = _parse_acknowledged_at(d.pop("acknowledged_at"))

        by = check_attendance_notice_out_by(d.pop("by"))

        child_id = d.pop("child_id")

        date = datetime.date.fromisoformat(d.pop("date"))

        end_date = datetime.date.fromisoformat(d.pop("end_date"))

        def _parse_explanation(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        explanation = _parse_explanation(d.pop("explanation"))

        def _parse_half_day(data: object) -> AttendanceNoticeOutHalfDayType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                half_day_type_0 = check_attendance_notice_out_half_day_type_0(data)

                return half_day_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AttendanceNoticeOutHalfDayType0 | None, data)

        half_day = _parse_half_day(d.pop("half_day"))

        id = d.pop("id")

        is_withdrawable = d.pop("is_withdrawable")

        reason = d.pop("reason")

        reason_label = d.pop("reason_label")

        submitted_at = datetime.datetime.fromisoformat(d.pop("submitted_at"))

        def _parse_time(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        time = _parse_time(d.pop("time"))

        type_ = check_attendance_notice_out_type(d.pop("type"))

        attendance_notice_out = cls(
            acknowledged_at=acknowledged_at,
            by=by,
            child_id=child_id,
            date=date,
            end_date=end_date,
            explanation=explanation,
            half_day=half_day,
            id=id,
            is_withdrawable=is_withdrawable,
            reason=reason,
            reason_label=reason_label,
            submitted_at=submitted_at,
            time=time,
            type_=type_,
        )

        return attendance_notice_out
