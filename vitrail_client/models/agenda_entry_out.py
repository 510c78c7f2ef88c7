from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.agenda_entry_out_type import (
    AgendaEntryOutType,
    check_agenda_entry_out_type,
)

T = TypeVar("T", bound="AgendaEntryOut")


@_attrs_define
class AgendaEntryOut:
    """
    Attributes:
        corrected_at (datetime.datetime | None): When the school last said otherwise of it.
        date (datetime.date):
        description (None | str):
        end_date (datetime.date | None):
        ends_at (None | str):  Example: 09:45.
        id (str):
        place (None | str):
        published_at (datetime.datetime): Since when it can be seen.
        school_year (None | str):  Example: 2026-2027.
        starts_at (None | str):  Example: 08:30.
        subject (None | str):
        title (str):
        type_ (AgendaEntryOutType):
    """

    corrected_at: datetime.datetime | None
    date: datetime.date
    description: None | str
    end_date: datetime.date | None
    ends_at: None | str
    id: str
    place: None | str
    published_at: datetime.datetime
    school_year: None | str
    starts_at: None | str
    subject: None | str
    title: str
    type_: AgendaEntryOutType

    def to_dict(self) -> dict[str, Any]:
        corrected_at: None | str
        if isinstance(self.corrected_at, datetime.datetime):
            corrected_at = self.corrected_at.isoformat()
        else:
            corrected_at = self.corrected_at

        date = self.date.isoformat()

        description: None | str
        description = self.description

        end_date: None | str
        if isinstance(self.end_date, datetime.date):
            end_date = self.end_date.isoformat()
        else:
            end_date = self.end_date

        ends_at: None | str
        ends_at = self.ends_at

        id = self.id

        place: None | str
        place = self.place

        published_at = self.published_at.isoformat()

        school_year: None | str
        school_year = self.school_year

        starts_at: None | str
        starts_at = self.starts_at

        subject: None | str
        subject = self.subject

        title = self.title

        type_: str = self.type_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "corrected_at": corrected_at,
                "date": date,
                "description": description,
                "end_date": end_date,
                "ends_at": ends_at,
                "id": id,
                "place": place,
                "published_at": published_at,
                "school_year": school_year,
                "starts_at": starts_at,
                "subject": subject,
                "title": title,
                "type": type_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

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

        def _parse_description(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        description = _parse_description(d.pop("description"))

        def _parse_end_date(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                end_date_type_0 = datetime.date.fromisoformat(data)

                return end_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        end_date = _parse_end_date(d.pop("end_date"))

        def _parse_ends_at(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        ends_at = _parse_ends_at(d.pop("ends_at"))

        id = d.pop("id")

        def _parse_place(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        place = _parse_place(d.pop("place"))

        published_at = datetime.datetime.fromisoformat(d.pop("published_at"))

        def _parse_school_year(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        school_year = _parse_school_year(d.pop("school_year"))

        def _parse_starts_at(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        starts_at = _parse_starts_at(d.pop("starts_at"))

        def _parse_subject(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        subject = _parse_subject(d.pop("subject"))

        title = d.pop("title")

        type_ = check_agenda_entry_out_type(d.pop("type"))

        agenda_entry_out = cls(
            corrected_at=corrected_at,
            date=date,
            description=description,
            end_date=end_date,
            ends_at=ends_at,
            id=id,
            place=place,
            published_at=published_at,
            school_year=school_year,
            starts_at=starts_at,
            subject=subject,
            title=title,
            type_=type_,
        )

        return agenda_entry_out
