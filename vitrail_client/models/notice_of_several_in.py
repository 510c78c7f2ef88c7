from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.notice_of_several_in_type import (
    NoticeOfSeveralInType,
    check_notice_of_several_in_type,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="NoticeOfSeveralIn")


@_attrs_define
class NoticeOfSeveralIn:
    """
    Attributes:
        child_ids (list[str]):
        reason (str): The code of a reason of the school's.
        type_ (NoticeOfSeveralInType):
        date (datetime.date | None | Unset): The day, or the first of several.
        day (int | None | Unset):
        end_date (datetime.date | None | Unset): The last day, when there are several.
        end_day (int | None | Unset):
        end_month (int | None | Unset):
        end_year (int | None | Unset):
        explanation (None | str | Unset):
        month (int | None | Unset):
        time (None | str | Unset): When the child arrives or leaves. Around midday it means the whole half day (AT-06).
            Example: 12:30.
        year (int | None | Unset):
    """

    child_ids: list[str]
    reason: str
    type_: NoticeOfSeveralInType
    date: datetime.date | None | Unset = UNSET
    day: int | None | Unset = UNSET
    end_date: datetime.date | None | Unset = UNSET
    end_day: int | None | Unset = UNSET
    end_month: int | None | Unset = UNSET
    end_year: int | None | Unset = UNSET
    explanation: None | str | Unset = UNSET
    month: int | None | Unset = UNSET
    time: None | str | Unset = UNSET
    year: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        child_ids = self.child_ids

        reason = self.reason

        type_: str = self.type_

        date: None | str | Unset
        if isinstance(self.date, Unset):
            date = UNSET
        elif isinstance(self.date, datetime.date):
            date = self.date.isoformat()
        else:
            date = self.date

        day: int | None | Unset
        if isinstance(self.day, Unset):
            day = UNSET
        else:
            day = self.day

        end_date: None | str | Unset
        if isinstance(self.end_date, Unset):
            end_date = UNSET
        elif isinstance(self.end_date, datetime.date):
            end_date = self.end_date.isoformat()
        else:
            end_date = self.end_date

        end_day: int | None | Unset
        if isinstance(self.end_day, Unset):
            end_day = UNSET
        else:
            end_day = self.end_day

        end_month: int | None | Unset
        if isinstance(self.end_month, Unset):
            end_month = UNSET
        else:
            end_month = self.end_month

        end_year: int | None | Unset
        if isinstance(self.end_year, Unset):
            end_year = UNSET
        else:
            end_year = self.end_year

        explanation: None | str | Unset
        if isinstance(self.explanation, Unset):
            explanation = UNSET
        else:
            explanation = self.explanation

        month: int | None | Unset
        if isinstance(self.month, Unset):
            month = UNSET
        else:
            month = self.month

        time: None | str | Unset
        if isinstance(self.time, Unset):
            time = UNSET
        else:
            time = self.time

        year: int | None | Unset
        if isinstance(self.year, Unset):
            year = UNSET
        else:
            year = self.year

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "child_ids": child_ids,
                "reason": reason,
                "type": type_,
            }
        )
        if date is not UNSET:
            field_dict["date"] = date
        if day is not UNSET:
            field_dict["day"] = day
        if end_date is not UNSET:
            field_dict["end_date"] = end_date
        if end_day is not UNSET:
            field_dict["end_day"] = end_day
        if end_month is not UNSET:
            field_dict["end_month"] = end_month
        if end_year is not UNSET:
            field_dict["end_year"] = end_year
        if explanation is not UNSET:
            field_dict["explanation"] = explanation
        if month is not UNSET:
            field_dict["month"] = month
        if time is not UNSET:
            field_dict["time"] = time
        if year is not UNSET:
            field_dict["year"] = year

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        child_ids = cast(list[str], d.pop("child_ids"))

        reason = d.pop("reason")

        type_ = check_notice_of_several_in_type(d.pop("type"))

        def _parse_date(data: object) -> datetime.date | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                date_type_0 = datetime.date.fromisoformat(data)

                return date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None | Unset, data)

        date = _parse_date(d.pop("date", UNSET))

        def _parse_day(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        day = _parse_day(d.pop("day", UNSET))

        def _parse_end_date(data: object) -> datetime.date | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                end_date_type_0 = datetime.date.fromisoformat(data)

                return end_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None | Unset, data)

        end_date = _parse_end_date(d.pop("end_date", UNSET))

        def _parse_end_day(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        end_day = _parse_end_day(d.pop("end_day", UNSET))

        def _parse_end_month(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        end_month = _parse_end_month(d.pop("end_month", UNSET))

        def _parse_end_year(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        end_year = _parse_end_year(d.pop("end_year", UNSET))

        def _parse_explanation(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        explanation = _parse_explanation(d.pop("explanation", UNSET))

        def _parse_month(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        month = _parse_month(d.pop("month", UNSET))

        def _parse_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        time = _parse_time(d.pop("time", UNSET))

        def _parse_year(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        year = _parse_year(d.pop("year", UNSET))

        notice_of_several_in = cls(
            child_ids=child_ids,
            reason=reason,
            type_=type_,
            date=date,
            day=day,
            end_date=end_date,
            end_day=end_day,
            end_month=end_month,
            end_year=end_year,
            explanation=explanation,
            month=month,
            time=time,
            year=year,
        )

        return notice_of_several_in
