from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="SupportItemOut")


@_attrs_define
class SupportItemOut:
    """
    Attributes:
        is_required (bool):
        label (str):
        name (str): The field of `POST /support-requests`.
    """

    is_required: bool
    label: str
    name: str

    def to_dict(self) -> dict[str, Any]:
        is_required = self.is_required

        label = self.label

        name = self.name

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "is_required": is_required,
                "label": label,
                "name": name,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        is_required = d.pop("is_required")

        label = d.pop("label")

        name = d.pop("name")

        support_item_out = cls(
            is_required=is_required,
            label=label,
            name=name,
        )

        return support_item_out
