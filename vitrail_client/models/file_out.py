from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.detail_out import DetailOut
    from ..models.ride_out import RideOut
    from ..models.taught_subject_out import TaughtSubjectOut
    from ..models.teacher_out import TeacherOut


T = TypeVar("T", bound="FileOut")


@_attrs_define
class FileOut:
    """
    Attributes:
        corrected_at (datetime.datetime | None): When the school last said otherwise of it.
        details (list[DetailOut]):
        grade (None | str):
        group (None | str):
        homeroom_teacher (None | TeacherOut):
        id (str):
        published_at (datetime.datetime): Since when it can be seen.
        school_name (None | str):
        school_year (None | str):  Example: 2026-2027.
        subjects (list[TaughtSubjectOut]):
        transport (list[RideOut]):
        uses_daycare (bool):
    """

    corrected_at: datetime.datetime | None
    details: list[DetailOut]
    grade: None | str
    group: None | str
    homeroom_teacher: None | TeacherOut
    id: str
    published_at: datetime.datetime
    school_name: None | str
    school_year: None | str
    subjects: list[TaughtSubjectOut]
    transport: list[RideOut]
    uses_daycare: bool

    def to_dict(self) -> dict[str, Any]:
        from ..models.teacher_out import TeacherOut  # noqa: PLC0415

        corrected_at: None | str
        if isinstance(self.corrected_at, datetime.datetime):
            corrected_at = self.corrected_at.isoformat()
        else:
            corrected_at = self.corrected_at

        details = []
        for details_item_data in self.details:
            details_item = details_item_data.to_dict()
            details.append(details_item)

        grade: None | str
        grade = self.grade

        group: None | str
        group = self.group

        homeroom_teacher: dict[str, Any] | None
        if isinstance(self.homeroom_teacher, TeacherOut):
            homeroom_teacher = self.homeroom_teacher.to_dict()
        else:
            homeroom_teacher = self.homeroom_teacher

        id = self.id

        published_at = self.published_at.isoformat()

        school_name: None | str
        school_name = self.school_name

        school_year: None | str
        school_year = self.school_year

        subjects = []
        for subjects_item_data in self.subjects:
            subjects_item = subjects_item_data.to_dict()
            subjects.append(subjects_item)

        transport = []
        for transport_item_data in self.transport:
            transport_item = transport_item_data.to_dict()
            transport.append(transport_item)

        uses_daycare = self.uses_daycare

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "corrected_at": corrected_at,
                "details": details,
                "grade": grade,
                "group": group,
                "homeroom_teacher": homeroom_teacher,
                "id": id,
                "published_at": published_at,
                "school_name": school_name,
                "school_year": school_year,
                "subjects": subjects,
                "transport": transport,
                "uses_daycare": uses_daycare,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.detail_out import DetailOut  # noqa: PLC0415
        from ..models.ride_out import RideOut  # noqa: PLC0415
        from ..models.taught_subject_out import TaughtSubjectOut  # noqa: PLC0415
        from ..models.teacher_out import TeacherOut  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_corrected_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                corrected_at_type_0 = datetime.datetime.fromisoformat(data)

                return corrected_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        corrected_at = _parse_corrected_at(d.pop("corrected_at"))

        details = []
        _details = d.pop("details")
        for details_item_data in _details:
            details_item = DetailOut.from_dict(details_item_data)

            details.append(details_item)

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

        def _parse_homeroom_teacher(data: object) -> None | TeacherOut:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                homeroom_teacher_type_0 = TeacherOut.from_dict(data)

                return homeroom_teacher_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | TeacherOut, data)

        homeroom_teacher = _parse_homeroom_teacher(d.pop("homeroom_teacher"))

        id = d.pop("id")

        published_at = datetime.datetime.fromisoformat(d.pop("published_at"))

        def _parse_school_name(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        school_name = _parse_school_name(d.pop("school_name"))

        def _parse_school_year(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        school_year = _parse_school_year(d.pop("school_year"))

        subjects = []
        _subjects = d.pop("subjects")
        for subjects_item_data in _subjects:
            subjects_item = TaughtSubjectOut.from_dict(subjects_item_data)

            subjects.append(subjects_item)

        transport = []
        _transport = d.pop("transport")
        for transport_item_data in _transport:
            transport_item = RideOut.from_dict(transport_item_data)

            transport.append(transport_item)

        uses_daycare = d.pop("uses_daycare")

        file_out = cls(
            corrected_at=corrected_at,
            details=details,
            grade=grade,
            group=group,
            homeroom_teacher=homeroom_teacher,
            id=id,
            published_at=published_at,
            school_name=school_name,
            school_year=school_year,
            subjects=subjects,
            transport=transport,
            uses_daycare=uses_daycare,
        )

        return file_out
