from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.help_link_out_code import HelpLinkOutCode, check_help_link_out_code

T = TypeVar("T", bound="HelpLinkOut")


@_attrs_define
class HelpLinkOut:
    """
    Attributes:
        code (HelpLinkOutCode):
        text (str):
        url (str):
    """

    code: HelpLinkOutCode
    text: str
    url: str

    def to_dict(self) -> dict[str, Any]:
        code: str = self.code

        text = self.text

        url = self.url

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "text": text,
                "url": url,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = check_help_link_out_code(d.pop("code"))

        text = d.pop("text")

        url = d.pop("url")

        help_link_out = cls(
            code=code,
            text=text,
            url=url,
        )

        return help_link_out
