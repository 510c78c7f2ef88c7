from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.contact_answer_out_empty_reason_type_0 import (
    ContactAnswerOutEmptyReasonType0,
    check_contact_answer_out_empty_reason_type_0,
)

if TYPE_CHECKING:
    from ..models.contact_out import ContactOut


T = TypeVar("T", bound="ContactAnswerOut")


@_attrs_define
class ContactAnswerOut:
    """
    Attributes:
        contact (ContactOut | None):
        empty_reason (ContactAnswerOutEmptyReasonType0 | None): Why there is nothing; null where there is something.
    """

    contact: ContactOut | None
    empty_reason: ContactAnswerOutEmptyReasonType0 | None

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

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "contact": contact,
                "empty_reason": empty_reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.contact_out import ContactOut  # noqa: PLC0415

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

        def _parse_empty_reason(data: object) -> ContactAnswerOutEmptyReasonType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                empty_reason_type_0 = check_contact_answer_out_empty_reason_type_0(data)

                return empty_reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ContactAnswerOutEmptyReasonType0 | None, data)

        empty_reason = _parse_empty_reason(d.pop("empty_reason"))

        contact_answer_out = cls(
            contact=contact,
            empty_reason=empty_reason,
        )

        return contact_answer_out
