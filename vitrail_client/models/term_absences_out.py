from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="TermAbsencesOut")


@_attrs_define
class TermAbsencesOut:
    """
    Attributes:
        count (int):
        late_count (int | None):
        term (int):
    """

    count: int
    late_count: int | None
    term: int

    def to_dict(self) -> dict[str, Any]:
        count = self.count

        late_count: int | None
        late_count = self.late_count

        term = self.term

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "count": count,
                "late_count": late_count,
                "term": term,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        count = d.pop("count")

        def _parse_late_count(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        late_count = _parse_late_count(d.pop("late_count"))

        term = d.pop("term")

        term_absences_out = cls(
            count=count,
            late_count=late_count,
            term=term,
        )

        return term_absences_out
