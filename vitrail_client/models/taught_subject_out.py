from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.teacher_out import TeacherOut


T = TypeVar("T", bound="TaughtSubjectOut")


@_attrs_define
class TaughtSubjectOut:
    """
    Attributes:
        group (None | str):
        subject (str):
        subject_code (None | str):
        teachers (list[TeacherOut]):
    """

    group: None | str
    subject: str
    subject_code: None | str
    teachers: list[TeacherOut]

    def to_dict(self) -> dict[str, Any]:
        group: None | str
        group = self.group

        subject = self.subject

        subject_code: None | str
        subject_code = self.subject_code

        teachers = []
        for teachers_item_data in self.teachers:
            teachers_item = teachers_item_data.to_dict()
            teachers.append(teachers_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "group": group,
                "subject": subject,
                "subject_code": subject_code,
                "teachers": teachers,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.teacher_out import TeacherOut  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_group(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        group = _parse_group(d.pop("group"))

        subject = d.pop("subject")

        def _parse_subject_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        subject_code = _parse_subject_code(d.pop("subject_code"))

        teachers = []
        _teachers = d.pop("teachers")
        for teachers_item_data in _teachers:
            teachers_item = TeacherOut.from_dict(teachers_item_data)

            teachers.append(teachers_item)

        taught_subject_out = cls(
            group=group,
            subject=subject,
            subject_code=subject_code,
            teachers=teachers,
        )

        return taught_subject_out
