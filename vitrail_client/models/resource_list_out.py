from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.resource_list_out_empty_reason_type_0 import (
    ResourceListOutEmptyReasonType0,
    check_resource_list_out_empty_reason_type_0,
)

if TYPE_CHECKING:
    from ..models.resource_out import ResourceOut


T = TypeVar("T", bound="ResourceListOut")


@_attrs_define
class ResourceListOut:
    """
    Attributes:
        empty_reason (None | ResourceListOutEmptyReasonType0): Why there is nothing; null where there is something.
        items (list[ResourceOut]):
    """

    empty_reason: None | ResourceListOutEmptyReasonType0
    items: list[ResourceOut]

    def to_dict(self) -> dict[str, Any]:
        empty_reason: None | str
        if isinstance(self.empty_reason, str):
            empty_reason = self.empty_reason
        else:
            empty_reason = self.empty_reason

        items = []
        for items_item_data in self.items:
            items_item = items_item_data.to_dict()
            items.append(items_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "empty_reason": empty_reason,
                "items": items,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.resource_out import ResourceOut  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_empty_reason(data: object) -> None | ResourceListOutEmptyReasonType0:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                empty_reason_type_0 = check_resource_list_out_empty_reason_type_0(data)

                return empty_reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ResourceListOutEmptyReasonType0, data)

        empty_reason = _parse_empty_reason(d.pop("empty_reason"))

        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = ResourceOut.from_dict(items_item_data)

            items.append(items_item)

        resource_list_out = cls(
            empty_reason=empty_reason,
            items=items,
        )

        return resource_list_out
