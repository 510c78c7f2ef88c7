from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="SectionOut")


@_attrs_define
class SectionOut:
    """
    Attributes:
        code (str):  Example: report_cards.
        href (str): Where it is read.
        label (str):  Example: Bulletins.
    """

    code: str
    href: str
    label: str

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        href = self.href

        label = self.label

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "href": href,
                "label": label,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code")

        href = d.pop("href")

        label = d.pop("label")

        section_out = cls(
            code=code,
            href=href,
            label=label,
        )

        return section_out
