from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.continuation_out_code import (
    ContinuationOutCode,
    check_continuation_out_code,
)

T = TypeVar("T", bound="ContinuationOut")


@_attrs_define
class ContinuationOut:
    """
    Attributes:
        code (ContinuationOutCode):
        text (str):
    """

    code: ContinuationOutCode
    text: str

    def to_dict(self) -> dict[str, Any]:
        code: str = self.code

        text = self.text

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "text": text,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = check_continuation_out_code(d.pop("code"))

        text = d.pop("text")

        continuation_out = cls(
            code=code,
            text=text,
        )

        return continuation_out
