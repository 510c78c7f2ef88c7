from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="SchoolShownOut")


@_attrs_define
class SchoolShownOut:
    """
    Attributes:
        address (None | str):
        email (None | str):
        name (str):
        phone (None | str):
    """

    address: None | str
    email: None | str
    name: str
    phone: None | str

    def to_dict(self) -> dict[str, Any]:
        address: None | str
        address = self.address

        email: None | str
        email = self.email

        name = self.name

        phone: None | str
        phone = self.phone

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "address": address,
                "email": email,
                "name": name,
                "phone": phone,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_address(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        address = _parse_address(d.pop("address"))

        def _parse_email(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        email = _parse_email(d.pop("email"))

        name = d.pop("name")

        def _parse_phone(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        phone = _parse_phone(d.pop("phone"))

        school_shown_out = cls(
            address=address,
            email=email,
            name=name,
            phone=phone,
        )

        return school_shown_out
