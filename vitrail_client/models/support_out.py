from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.support_item_out import SupportItemOut


T = TypeVar("T", bound="SupportOut")


@_attrs_define
class SupportOut:
    """
    Attributes:
        detail (str):
        href (str): Where to send it, once signed in.
        items (list[SupportItemOut]):
        title (str):
    """

    detail: str
    href: str
    items: list[SupportItemOut]
    title: str

    def to_dict(self) -> dict[str, Any]:
        detail = self.detail

        href = self.href

        items = []
        for items_item_data in self.items:
            items_item = items_item_data.to_dict()
            items.append(items_item)

        title = self.title

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "detail": detail,
                "href": href,
                "items": items,
                "title": title,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.support_item_out import SupportItemOut  # noqa: PLC0415

        d = dict(src_dict)
        detail = d.pop("detail")

        href = d.pop("href")

        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = SupportItemOut.from_dict(items_item_data)

            items.append(items_item)

        title = d.pop("title")

        support_out = cls(
            detail=detail,
            href=href,
            items=items,
            title=title,
        )

        return support_out
