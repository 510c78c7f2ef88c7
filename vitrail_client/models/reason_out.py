from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ReasonOut")


@_attrs_define
class ReasonOut:
    """
    Attributes:
        code (str):
        label (str):
        needs_explanation (bool):
    """

    code: str
    label: str
    needs_explanation: bool

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        label = self.label

        needs_explanation = self.needs_explanation

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "label": label,
                "needs_explanation": needs_explanation,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code")

        label = d.pop("label")

        needs_explanation = d.pop("needs_explanation")

        reason_out = cls(
            code=code,
            label=label,
            needs_explanation=needs_explanation,
        )

        return reason_out
