from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="LinkOut")


@_attrs_define
class LinkOut:
    """
    Attributes:
        description (None | str):
        label (str):
        url (str):
    """

    description: None | str
    label: str
    url: str

    def to_dict(self) -> dict[str, Any]:
        description: None | str
        description = self.description

        label = self.label

        url = self.url

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "description": description,
                "label": label,
                "url": url,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_description(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        description = _parse_description(d.pop("description"))

        label = d.pop("label")

        url = d.pop("url")

        link_out = cls(
            description=description,
            label=label,
            url=url,
        )

        return link_out
