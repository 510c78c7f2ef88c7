from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="AccountDetailsOut")


@_attrs_define
class AccountDetailsOut:
    """
    Attributes:
        created_at (datetime.datetime):
        email (str):
        has_password (bool):
        id (str):
        language (str):
        must_confirm_children (bool):
    """

    created_at: datetime.datetime
    email: str
    has_password: bool
    id: str
    language: str
    must_confirm_children: bool

    def to_dict(self) -> dict[str, Any]:
        created_at = self.created_at.isoformat()

        email = self.email

        has_password = self.has_password

        id = self.id

        language = self.language

        must_confirm_children = self.must_confirm_children

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "created_at": created_at,
                "email": email,
                "has_password": has_password,
                "id": id,
                "language": language,
                "must_confirm_children": must_confirm_children,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        email = d.pop("email")

        has_password = d.pop("has_password")

        id = d.pop("id")

        language = d.pop("language")

        must_confirm_children = d.pop("must_confirm_children")

        account_details_out = cls(
            created_at=created_at,
            email=email,
            has_password=has_password,
            id=id,
            language=language,
            must_confirm_children=must_confirm_children,
        )

        return account_details_out
