from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="FormerEmailOut")


@_attrs_define
class FormerEmailOut:
    """
    Attributes:
        email (str):
        replaced_at (datetime.datetime):
        undone_at (datetime.datetime | None):
    """

    email: str
    replaced_at: datetime.datetime
    undone_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        email = self.email

        replaced_at = self.replaced_at.isoformat()

        undone_at: None | str
        if isinstance(self.undone_at, datetime.datetime):
            undone_at = self.undone_at.isoformat()
        else:
            undone_at = self.undone_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "email": email,
                "replaced_at": replaced_at,
                "undone_at": undone_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        email = d.pop("email")

        replaced_at = datetime.datetime.fromisoformat(d.pop("replaced_at"))

        def _parse_undone_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                undone_at_type_0 = datetime.datetime.fromisoformat(data)

                return undone_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        undone_at = _parse_undone_at(d.pop("undone_at"))

        former_email_out = cls(
            email=email,
            replaced_at=replaced_at,
            undone_at=undone_at,
        )

        return former_email_out
