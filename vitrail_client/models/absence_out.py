from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.absence_out_kind import AbsenceOutKind, check_absence_out_kind
from ..models.absence_out_motivated_by_type_0 import (
    AbsenceOutMotivatedByType0,
    check_absence_out_motivated_by_type_0,
)
from ..models.absence_out_status import AbsenceOutStatus, check_absence_out_status

if TYPE_CHECKING:
    from ..models.motivation_out import MotivationOut


T = TypeVar("T", bound="AbsenceOut")


@_attrs_define
class AbsenceOut:
    """
    Attributes:
        date (datetime.date):
        id (str):
        kind (AbsenceOutKind):
        motivate_until (datetime.datetime): The school's cut-off.
        motivated_by (AbsenceOutMotivatedByType0 | None):
        motivation (MotivationOut | None):
        periods (list[str]): Of the school's bell times; none: the whole day.
        recorded_at (datetime.datetime):
        status (AbsenceOutStatus):
        time (None | str):
    """

    date: datetime.date
    id: str
    kind: AbsenceOutKind
    motivate_until: datetime.datetime
    motivated_by: AbsenceOutMotivatedByType0 | None
    motivation: MotivationOut | None
    periods: list[str]
    recorded_at: datetime.datetime
    status: AbsenceOutStatus
    time: None | str

    def to_dict(self) -> dict[str, Any]:
        from ..models.motivation_out import MotivationOut  # noqa: PLC0415

        date = self.date.isoformat()

        id = self.id

        kind: str = self.kind

        motivate_until = self.motivate_until.isoformat()

        motivated_by: None | str
        if isinstance(self.motivated_by, str):
            motivated_by = self.motivated_by
        else:
            motivated_by = self.motivated_by

        motivation: dict[str, Any] | None
        if isinstance(self.motivation, MotivationOut):
            motivation = self.motivation.to_dict()
        else:
            motivation = self.motivation

        periods = self.periods

        recorded_at = self.recorded_at.isoformat()

        status: str = self.status

        time: None | str
        time = self.time

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "date": date,
                "id": id,
                "kind": kind,
                "motivate_until": motivate_until,
                "motivated_by": motivated_by,
                "motivation": motivation,
                "periods": periods,
                "recorded_at": recorded_at,
                "status": status,
                "time": time,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.motivation_out import MotivationOut  # noqa: PLC0415

        d = dict(src_dict)
        date = datetime.date.fromisoformat(d.pop("date"))

        id = d.pop("id")

        kind = check_absence_out_kind(d.pop("kind"))

        motivate_until = datetime.datetime.fromisoformat(d.pop("motivate_until"))

        def _parse_motivated_by(data: object) -> AbsenceOutMotivatedByType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                motivated_by_type_0 = check_absence_out_motivated_by_type_0(data)

                return motivated_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AbsenceOutMotivatedByType0 | None, data)

        motivated_by = _parse_motivated_by(d.pop("motivated_by"))

        def _parse_motivation(data: object) -> MotivationOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                motivation_type_0 = MotivationOut.from_dict(data)

                return motivation_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MotivationOut | None, data)

        motivation = _parse_motivation(d.pop("motivation"))

        periods = cast(list[str], d.pop("periods"))

        recorded_at = datetime.datetime.fromisoformat(d.pop("recorded_at"))

        status = check_absence_out_status(d.pop("status"))

        def _parse_time(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        time = _parse_time(d.pop("time"))

        absence_out = cls(
            date=date,
            id=id,
            kind=kind,
            motivate_until=motivate_until,
            motivated_by=motivated_by,
            motivation=motivation,
            periods=periods,
            recorded_at=recorded_at,
            status=status,
            time=time,
        )

        return absence_out
