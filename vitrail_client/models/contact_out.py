from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="ContactOut")


@_attrs_define
class ContactOut:
    """
    Attributes:
        address (None | str):
        corrected_at (datetime.datetime | None): When the school last said otherwise of it.
        email (None | str):
        hours (None | str):
        id (str):
        mailto (None | str): RFC 6068.
        name (str):
        phone (None | str):
        published_at (datetime.datetime): Since when it can be seen.
        school_year (None | str):  Example: 2026-2027.
        support_email (None | str):
        website (None | str):
    """

    address: None | str
    corrected_at: datetime.datetime | None
    email: None | str
    hours: None | str
    id: str
    mailto: None | str
    name: str
    phone: None | str
    published_at: datetime.datetime
    school_year: None | str
    support_email: None | str
    website: None | str

    def to_dict(self) -> dict[str, Any]:
        address: None | str
        address = self.address

        corrected_at: None | str
        if isinstance(self.corrected_at, datetime.datetime):
            corrected_at = self.corrected_at.isoformat()
        else:
            corrected_at = self.corrected_at

        email: None | str
        email = self.email

        hours: None | str
        hours = self.hours

        id = self.id

        mailto: None | str
        mailto = self.mailto

        name = self.name

        phone: None | str
        phone = self.phone

        published_at = self.published_at.isoformat()

        school_year: None | str
        school_year = self.school_year

        support_email: None | str
        support_email = self.support_email

        website: None | str
        website = self.website

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "address": address,
                "corrected_at": corrected_at,
                "email": email,
                "hours": hours,
                "id": id,
                "mailto": mailto,
                "name": name,
                "phone": phone,
                "published_at": published_at,
                "school_year": school_year,
                "support_email": support_email,
                "website": website,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_address(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        address = _parse_address(d.pop("address"))

        def _parse_corrected_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                corrected_at_type_0 = datetime.datetime.fromisoformat(data)

                return corrected_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        corrected_at = _parse_corrected_at(d.pop("corrected_at"))

        def _parse_email(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        email = _parse_email(d.pop("email"))

        def _parse_hours(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        hours = _parse_hours(d.pop("hours"))

        id = d.pop("id")

        def _parse_mailto(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        mailto = _parse_mailto(d.pop("mailto"))

        name = d.pop("name")

        def _parse_phone(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        phone = _parse_phone(d.pop("phone"))

        published_at = datetime.datetime.fromisoformat(d.pop("published_at"))

        def _parse_school_year(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        school_year = _parse_school_year(d.pop("school_year"))

        def _parse_support_email(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        support_email = _parse_support_email(d.pop("support_email"))

        def _parse_website(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        website = _parse_website(d.pop("website"))

        contact_out = cls(
            address=address,
            corrected_at=corrected_at,
            email=email,
            hours=hours,
            id=id,
            mailto=mailto,
            name=name,
            phone=phone,
            published_at=published_at,
            school_year=school_year,
            support_email=support_email,
            website=website,
        )

        return contact_out
