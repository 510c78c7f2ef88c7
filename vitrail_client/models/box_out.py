from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="BoxOut")


@_attrs_define
class BoxOut:
    """
    Attributes:
        amount (str):
        box (str):
        label (None | str):
    """

    amount: str
    box: str
    label: None | str

    def to_dict(self) -> dict[str, Any]:
        amount = self.amount

        box = self.box

        label: None | str
        label = self.label

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "amount": amount,
                "box": box,
                "label": label,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        amount = d.pop("amount")

        box = d.pop("box")

        def _parse_label(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        label = _parse_label(d.pop("label"))

        box_out = cls(
            amount=amount,
            box=box,
            label=label,
        )

        return box_out
