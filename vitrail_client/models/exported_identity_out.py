from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ExportedIdentityOut")


@_attrs_define
class ExportedIdentityOut:
    """
    Attributes:
        issuer (str):
        linked_at (datetime.datetime):
        provider (str):
        subject (str):
    """

    issuer: str
    linked_at: datetime.datetime
    provider: str
    subject: str

    def to_dict(self) -> dict[str, Any]:
        issuer = self.issuer

        linked_at = self.linked_at.isoformat()

        provider = self.provider

        subject = self.subject

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "issuer": issuer,
                "linked_at": linked_at,
                "provider": provider,
                "subject": subject,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        issuer = d.pop("issuer")

        linked_at = datetime.datetime.fromisoformat(d.pop("linked_at"))

        provider = d.pop("provider")

        subject = d.pop("subject")

        exported_identity_out = cls(
            issuer=issuer,
            linked_at=linked_at,
            provider=provider,
            subject=subject,
        )

        return exported_identity_out
