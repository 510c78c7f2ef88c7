from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="ExportedAccountOut")


@_attrs_define
class ExportedAccountOut:
    """
    Attributes:
        created_at (datetime.datetime):
        email (str):
        has_password (bool):
        id (str):
        language (str):
        password_changed_at (datetime.datetime | None):
        signed_in_at (datetime.datetime | None):
    """

    created_at: datetime.datetime
    email: str
    has_password: bool
    id: str
    language: str
    password_changed_at: datetime.datetime | None
    signed_in_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        created_at = self.created_at.isoformat()

        email = self.email

        has_password = self.has_password

        id = self.id

        language = self.language

        password_changed_at: None | str
        if isinstance(self.password_changed_at, datetime.datetime):
            password_changed_at = self.password_changed_at.isoformat()
        else:
            password_changed_at = self.password_changed_at

        signed_in_at: None | str
        if isinstance(self.signed_in_at, datetime.datetime):
            signed_in_at = self.signed_in_at.isoformat()
        else:
            signed_in_at = self.signed_in_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "created_at": created_at,
                "email": email,
                "has_password": has_password,
                "id": id,
                "language": language,
                "password_changed_at": password_changed_at,
                "signed_in_at": signed_in_at,
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

        def _parse_password_changed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                password_changed_at_type_0 = datetime.datetime.fromisoformat(data)

                return password_changed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        password_changed_at = _parse_password_changed_at(d.pop("password_changed_at"))

        def _parse_signed_in_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                signed_in_at_type_0 = datetime.datetime.fromisoformat(data)

                return signed_in_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        signed_in_at = _parse_signed_in_at(d.pop("signed_in_at"))

        exported_account_out = cls(
            created_at=created_at,
            email=email,
            has_password=has_password,
            id=id,
            language=language,
            password_changed_at=password_changed_at,
            signed_in_at=signed_in_at,
        )

        return exported_account_out
