from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="TeacherOut")


@_attrs_define
class TeacherOut:
    """
    Attributes:
        email (None | str):
        mailto (None | str): RFC 6068. Example: mailto:prof@exemple.ca.
        name (str):
    """

    email: None | str
    mailto: None | str
    name: str

    def to_dict(self) -> dict[str, Any]:
        email: None | str
        email = self.email

        mailto: None | str
        mailto = self.mailto

        name = self.name

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "email": email,
                "mailto": mailto,
                "name": name,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_email(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        email = _parse_email(d.pop("email"))

        def _parse_mailto(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        mailto = _parse_mailto(d.pop("mailto"))

        name = d.pop("name")

        teacher_out = cls(
            email=email,
            mailto=mailto,
            name=name,
        )

        return teacher_out
