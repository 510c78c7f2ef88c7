from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PasswordIn")


@_attrs_define
class PasswordIn:
    """
    Attributes:
        password (str):
        password_confirmation (str):
        ticket (str | Unset):  Default: ''.
    """

    password: str
    password_confirmation: str
    ticket: str | Unset = ""

    def to_dict(self) -> dict[str, Any]:
        password = self.password

        password_confirmation = self.password_confirmation

        ticket = self.ticket

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "password": password,
                "password_confirmation": password_confirmation,
            }
        )
        if ticket is not UNSET:
            field_dict["ticket"] = ticket

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        password = d.pop("password")

        password_confirmation = d.pop("password_confirmation")

        ticket = d.pop("ticket", UNSET)

        password_in = cls(
            password=password,
            password_confirmation=password_confirmation,
            ticket=ticket,
        )

        return password_in
