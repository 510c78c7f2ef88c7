from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.tax_slip_list_out_empty_reason_type_0 import (
    TaxSlipListOutEmptyReasonType0,
    check_tax_slip_list_out_empty_reason_type_0,
)

if TYPE_CHECKING:
    from ..models.tax_slip_out import TaxSlipOut


T = TypeVar("T", bound="TaxSlipListOut")


@_attrs_define
class TaxSlipListOut:
    """
    Attributes:
        empty_reason (None | TaxSlipListOutEmptyReasonType0): Why there is nothing; null where there is something.
        items (list[TaxSlipOut]):
    """

    empty_reason: None | TaxSlipListOutEmptyReasonType0
    items: list[TaxSlipOut]

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
        from ..models.tax_slip_out import TaxSlipOut  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_empty_reason(data: object) -> None | TaxSlipListOutEmptyReasonType0:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                empty_reason_type_0 = check_tax_slip_list_out_empty_reason_type_0(data)

                return empty_reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | TaxSlipListOutEmptyReasonType0, data)

        empty_reason = _parse_empty_reason(d.pop("empty_reason"))

        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = TaxSlipOut.from_dict(items_item_data)

            items.append(items_item)

        tax_slip_list_out = cls(
            empty_reason=empty_reason,
            items=items,
        )

        return tax_slip_list_out
