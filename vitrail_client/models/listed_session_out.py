from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ListedSessionOut")


@_attrs_define
class ListedSessionOut:
    """
    Attributes:
        created_at (datetime.datetime):
        device (str): What the browser or app calls itself.
        expires_at (datetime.datetime):
        id (str):
        is_current (bool):
        last_used_at (datetime.datetime):
    """

    created_at: datetime.datetime
    device: str
    expires_at: datetime.datetime
    id: str
    is_current: bool
    last_used_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        created_at = self.created_at.isoformat()

        device = self.device

        expires_at = self.expires_at.isoformat()

        id = self.id

        is_current = self.is_current

        last_used_at = self.last_used_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "created_at": created_at,
                "device": device,
                "expires_at": expires_at,
                "id": id,
                "is_current": is_current,
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

        id = d.pop("id")

        is_current = d.pop("is_current")

        last_used_at = datetime.datetime.fromisoformat(d.pop("last_used_at"))

        listed_session_out = cls(
            created_at=created_at,
            device=device,
            expires_at=expires_at,
            id=id,
            is_current=is_current,
            last_used_at=last_used_at,
        )

        return listed_session_out
