from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.report_card_list_out_empty_reason_type_0 import (
    ReportCardListOutEmptyReasonType0,
    check_report_card_list_out_empty_reason_type_0,
)

if TYPE_CHECKING:
    from ..models.contact_out import ContactOut
    from ..models.report_card_out import ReportCardOut


T = TypeVar("T", bound="ReportCardListOut")


@_attrs_define
class ReportCardListOut:
    """
    Attributes:
        contact (ContactOut | None): Whom to ask for a report card that is not here (RE-07); null where there are some.
        empty_reason (None | ReportCardListOutEmptyReasonType0): Why there is nothing; null where there is something.
        items (list[ReportCardOut]):
    """

    contact: ContactOut | None
    empty_reason: None | ReportCardListOutEmptyReasonType0
    items: list[ReportCardOut]

    def to_dict(self) -> dict[str, Any]:
        from ..models.contact_out import ContactOut  # noqa: PLC0415

        contact: dict[str, Any] | None
        if isinstance(self.contact, ContactOut):
            contact = self.contact.to_dict()
        else:
            contact = self.contact

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
                "contact": contact,
                "empty_reason": empty_reason,
                "items": items,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.contact_out import ContactOut  # noqa: PLC0415
        from ..models.report_card_out import ReportCardOut  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_contact(data: object) -> ContactOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                contact_type_0 = ContactOut.from_dict(data)

                return contact_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ContactOut | None, data)

        contact = _parse_contact(d.pop("contact"))

        def _parse_empty_reason(data: object) -> None | ReportCardListOutEmptyReasonType0:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                empty_reason_type_0 = check_report_card_list_out_empty_reason_type_0(data)

                return empty_reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ReportCardListOutEmptyReasonType0, data)

        empty_reason = _parse_empty_reason(d.pop("empty_reason"))

        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = ReportCardOut.from_dict(items_item_data)

            items.append(items_item)

        report_card_list_out = cls(
            contact=contact,
            empty_reason=empty_reason,
            items=items,
        )

        return report_card_list_out
