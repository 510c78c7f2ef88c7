from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="IdentityOut")


@_attrs_define
class IdentityOut:
    """
    Attributes:
        id (str):
        linked_at (datetime.datetime):
        provider (str):
    """

    id: str
    linked_at: datetime.datetime
    provider: str

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        linked_at = self.linked_at.isoformat()

        provider = self.provider

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "linked_at": linked_at,
                "provider": provider,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        linked_at = datetime.datetime.fromisoformat(d.pop("linked_at"))

        provider = d.pop("provider")

        identity_out = cls(
            id=id,
            linked_at=linked_at,
            provider=provider,
        )

        return identity_out
