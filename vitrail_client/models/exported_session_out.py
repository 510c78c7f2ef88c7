from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ExportedSessionOut")


@_attrs_define
class ExportedSessionOut:
    """
    Attributes:
        created_at (datetime.datetime):
        device (str):
        expires_at (datetime.datetime):
        last_used_at (datetime.datetime):
    """

    created_at: datetime.datetime
    device: str
    expires_at: datetime.datetime
    last_used_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        created_at = self.created_at.isoformat()

        device = self.device

        expires_at = self.expires_at.isoformat()

        last_used_at = self.last_used_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "created_at": created_at,
                "device": device,
                "expires_at": expires_at,
                "last_used_at": last_used_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        device = d.pop("device")

        expires_at = datetime.datetime.fromisoformat(d.pop("expires_at"))

        last_used_at = datetime.datetime.fromisoformat(d.pop("last_used_at"))

        exported_session_out = cls(
            created_at=created_at,
            device=device,
            expires_at=expires_at,
            last_used_at=last_used_at,
        )

        return exported_session_out
