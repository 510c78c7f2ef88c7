from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="CheckOut")


@_attrs_define
class CheckOut:
    """
    Attributes:
        code (str):
        detail (str):
        title (str):
    """

    code: str
    detail: str
    title: str

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        detail = self.detail

        title = self.title

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "detail": detail,
                "title": title,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code")

        detail = d.pop("detail")

        title = d.pop("title")

        check_out = cls(
            code=code,
            detail=detail,
            title=title,
        )

        return check_out
