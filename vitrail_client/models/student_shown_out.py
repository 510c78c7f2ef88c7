from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="StudentShownOut")


@_attrs_define
class StudentShownOut:
    """
    Attributes:
        file_number (None | str):
        first_name (str):
        grade (None | str):
        group (None | str):
        last_name (str):
    """

    file_number: None | str
    first_name: str
    grade: None | str
    group: None | str
    last_name: str

    def to_dict(self) -> dict[str, Any]:
        file_number: None | str
        file_number = self.file_number

        first_name = self.first_name

        grade: None | str
        grade = self.grade

        group: None | str
        group = self.group

        last_name = self.last_name

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "file_number": file_number,
                "first_name": first_name,
                "grade": grade,
                "group": group,
                "last_name": last_name,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_file_number(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        file_number = _parse_file_number(d.pop("file_number"))

        first_name = d.pop("first_name")

        def _parse_grade(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        grade = _parse_grade(d.pop("grade"))

        def _parse_group(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        group = _parse_group(d.pop("group"))

        last_name = d.pop("last_name")

        student_shown_out = cls(
            file_number=file_number,
            first_name=first_name,
            grade=grade,
            group=group,
            last_name=last_name,
        )

        return student_shown_out
