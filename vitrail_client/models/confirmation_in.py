from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ConfirmationIn")


@_attrs_define
class ConfirmationIn:
    """
    Attributes:
        email (str | Unset):  Default: ''.
        password (str | Unset):  Default: ''.
        ticket (str | Unset):  Default: ''.
    """

    email: str | Unset = ""
    password: str | Unset = ""
    ticket: str | Unset = ""

    def to_dict(self) -> dict[str, Any]:
        email = self.email

        password = self.password

        ticket = self.ticket

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if email is not UNSET:
            field_dict["email"] = email
        if password is not UNSET:
            field_dict["password"] = password
        if ticket is not UNSET:
            field_dict["ticket"] = ticket

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        email = d.pop("email", UNSET)

        password = d.pop("password", UNSET)

        ticket = d.pop("ticket", UNSET)

        confirmation_in = cls(
            email=email,
            password=password,
            ticket=ticket,
        )

        return confirmation_in
