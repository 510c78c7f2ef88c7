from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.ministerial_result_list_out_empty_reason_type_0 import (
    MinisterialResultListOutEmptyReasonType0,
    check_ministerial_result_list_out_empty_reason_type_0,
)

if TYPE_CHECKING:
    from ..models.ministerial_result_out import MinisterialResultOut


T = TypeVar("T", bound="MinisterialResultListOut")


@_attrs_define
class MinisterialResultListOut:
    """
    Attributes:
        empty_reason (MinisterialResultListOutEmptyReasonType0 | None): Why there is nothing; null where there is
            something.
        items (list[MinisterialResultOut]):
    """

    empty_reason: MinisterialResultListOutEmptyReasonType0 | None
    items: list[MinisterialResultOut]

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
        from ..models.ministerial_result_out import MinisterialResultOut  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_empty_reason(data: object) -> MinisterialResultListOutEmptyReasonType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                empty_reason_type_0 = check_ministerial_result_list_out_empty_reason_type_0(data)

                return empty_reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MinisterialResultListOutEmptyReasonType0 | None, data)

        empty_reason = _parse_empty_reason(d.pop("empty_reason"))

        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = MinisterialResultOut.from_dict(items_item_data)

            items.append(items_item)

        ministerial_result_list_out = cls(
            empty_reason=empty_reason,
            items=items,
        )

        return ministerial_result_list_out
