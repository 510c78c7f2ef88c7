from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="TermMarkOut")


@_attrs_define
class TermMarkOut:
    """
    Attributes:
        group_average (float | None):
        mark (str):
        percent (float | None):
        term (int | None):
        weight (float | None):
    """

    group_average: float | None
    mark: str
    percent: float | None
    term: int | None
    weight: float | None

    def to_dict(self) -> dict[str, Any]:
        group_average: float | None
        group_average = self.group_average

        mark = self.mark

        percent: float | None
        percent = self.percent

        term: int | None
        term = self.term

        weight: float | None
        weight = self.weight

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "group_average": group_average,
                "mark": mark,
                "percent": percent,
                "term": term,
                "weight": weight,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_group_average(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        group_average = _parse_group_average(d.pop("group_average"))

        mark = d.pop("mark")

        def _parse_percent(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        percent = _parse_percent(d.pop("percent"))

        def _parse_term(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        term = _parse_term(d.pop("term"))

        def _parse_weight(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        weight = _parse_weight(d.pop("weight"))

        term_mark_out = cls(
            group_average=group_average,
            mark=mark,
            percent=percent,
            term=term,
            weight=weight,
        )

        return term_mark_out
