from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.link_out import LinkOut


T = TypeVar("T", bound="RecordsMessageOut")


@_attrs_define
class RecordsMessageOut:
    """
    Attributes:
        body (str):
        corrected_at (datetime.datetime | None): When the school last said otherwise of it.
        date (datetime.date):
        id (str):
        is_important (bool):
        is_read (bool): By this account; others have their own.
        links (list[LinkOut]):
        published_at (datetime.datetime): Since when it can be seen.
        school_year (None | str):  Example: 2026-2027.
        sender (None | str):
        subject (str):
    """

    body: str
    corrected_at: datetime.datetime | None
    date: datetime.date
    id: str
    is_important: bool
    is_read: bool
    links: list[LinkOut]
    published_at: datetime.datetime
    school_year: None | str
    sender: None | str
    subject: str

    def to_dict(self) -> dict[str, Any]:
        body = self.body

        corrected_at: None | str
        if isinstance(self.corrected_at, datetime.datetime):
            corrected_at = self.corrected_at.isoformat()
        else:
            corrected_at = self.corrected_at

        date = self.date.isoformat()

        id = self.id

        is_important = self.is_important

        is_read = self.is_read

        links = []
        for links_item_data in self.links:
            links_item = links_item_data.to_dict()
            links.append(links_item)

        published_at = self.published_at.isoformat()

        school_year: None | str
        school_year = self.school_year

        sender: None | str
        sender = self.sender

        subject = self.subject

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "body": body,
                "corrected_at": corrected_at,
                "date": date,
                "id": id,
                "is_important": is_important,
                "is_read": is_read,
                "links": links,
                "published_at": published_at,
                "school_year": school_year,
                "sender": sender,
                "subject": subject,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.link_out import LinkOut  # noqa: PLC0415

        d = dict(src_dict)
        body = d.pop("body")

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

        date = datetime.date.fromisoformat(d.pop("date"))

        id = d.pop("id")

        is_important = d.pop("is_important")

        is_read = d.pop("is_read")

        links = []
        _links = d.pop("links")
        for links_item_data in _links:
            links_item = LinkOut.from_dict(links_item_data)

            links.append(links_item)

        published_at = datetime.datetime.fromisoformat(d.pop("published_at"))

        def _parse_school_year(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        school_year = _parse_school_year(d.pop("school_year"))

        def _parse_sender(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        sender = _parse_sender(d.pop("sender"))

        subject = d.pop("subject")

        records_message_out = cls(
            body=body,
            corrected_at=corrected_at,
            date=date,
            id=id,
            is_important=is_important,
            is_read=is_read,
            links=links,
            published_at=published_at,
            school_year=school_year,
            sender=sender,
            subject=subject,
        )

        return records_message_out
