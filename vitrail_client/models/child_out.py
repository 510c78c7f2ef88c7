from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.child_out_level_type_0 import (
    ChildOutLevelType0,
    check_child_out_level_type_0,
)
from ..models.child_out_status import ChildOutStatus, check_child_out_status

if TYPE_CHECKING:
    from ..models.organisation_of_child_out import OrganisationOfChildOut
    from ..models.school_of_child_out import SchoolOfChildOut


T = TypeVar("T", bound="ChildOut")


@_attrs_define
class ChildOut:
    """
    Attributes:
        first_name (None | str):
        grade (None | str):
        id (str):
        last_name (None | str):
        level (ChildOutLevelType0 | None):
        organisation (OrganisationOfChildOut):
        rights (list[str]):
        school (None | SchoolOfChildOut):
        status (ChildOutStatus):
    """

    first_name: None | str
    grade: None | str
    id: str
    last_name: None | str
    level: ChildOutLevelType0 | None
    organisation: OrganisationOfChildOut
    rights: list[str]
    school: None | SchoolOfChildOut
    status: ChildOutStatus

    def to_dict(self) -> dict[str, Any]:
        from ..models.school_of_child_out import SchoolOfChildOut  # noqa: PLC0415

        first_name: None | str
        first_name = self.first_name

        grade: None | str
        grade = self.grade

        id = self.id

        last_name: None | str
        last_name = self.last_name

        level: None | str
        if isinstance(self.level, str):
            level = self.level
        else:
            level = self.level

        organisation = self.organisation.to_dict()

        rights = self.rights

        school: dict[str, Any] | None
        if isinstance(self.school, SchoolOfChildOut):
            school = self.school.to_dict()
        else:
            school = self.school

        status: str = self.status

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "first_name": first_name,
                "grade": grade,
                "id": id,
                "last_name": last_name,
                "level": level,
                "organisation": organisation,
                "rights": rights,
                "school": school,
                "status": status,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.organisation_of_child_out import OrganisationOfChildOut  # noqa: PLC0415
        from ..models.school_of_child_out import SchoolOfChildOut  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_first_name(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        first_name = _parse_first_name(d.pop("first_name"))

        def _parse_grade(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        grade = _parse_grade(d.pop("grade"))

        id = d.pop("id")

        def _parse_last_name(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        last_name = _parse_last_name(d.pop("last_name"))

        def _parse_level(data: object) -> ChildOutLevelType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                level_type_0 = check_child_out_level_type_0(data)

                return level_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ChildOutLevelType0 | None, data)

        level = _parse_level(d.pop("level"))

        organisation = OrganisationOfChildOut.from_dict(d.pop("organisation"))

        rights = cast(list[str], d.pop("rights"))

        def _parse_school(data: object) -> None | SchoolOfChildOut:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                school_type_0 = SchoolOfChildOut.from_dict(data)

                return school_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SchoolOfChildOut, data)

        school = _parse_school(d.pop("school"))

        status = check_child_out_status(d.pop("status"))

        child_out = cls(
            first_name=first_name,
            grade=grade,
            id=id,
            last_name=last_name,
            level=level,
            organisation=organisation,
            rights=rights,
            school=school,
            status=status,
        )

        return child_out
