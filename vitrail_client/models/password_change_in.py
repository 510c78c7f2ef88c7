from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PasswordChangeIn")


@_attrs_define
class PasswordChangeIn:
    """
    Attributes:
        password (str):
        password_confirmation (str):
        current_password (str | Unset):  Default: ''.
    """

    password: str
    password_confirmation: str
    current_password: str | Unset = ""

    def to_dict(self) -> dict[str, Any]:
        password = self.password

        password_confirmation = self.password_confirmation

        current_password = self.current_password

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "password": password,
                "password_confirmation": password_confirmation,
            }
        )
        if current_password is not UNSET:
            field_dict["current_password"] = current_password

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        password = d.pop("password")

        password_confirmation = d.pop("password_confirmation")

        current_password = d.pop("current_password", UNSET)

        password_change_in = cls(
            password=password,
            password_confirmation=password_confirmation,
            current_password=current_password,
        )

        return password_change_in
