from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="InvitationOut")


@_attrs_define
class InvitationOut:
    """
    Attributes:
        reason (str):
        text (str):
    """

    reason: str
    text: str

    def to_dict(self) -> dict[str, Any]:
        reason = self.reason

        text = self.text

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "reason": reason,
                "text": text,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        reason = d.pop("reason")

        text = d.pop("text")

        invitation_out = cls(
            reason=reason,
            text=text,
        )

        return invitation_out
