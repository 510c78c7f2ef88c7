from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.link_out import LinkOut


T = TypeVar("T", bound="ResourceOut")


@_attrs_define
class ResourceOut:
    """
    Attributes:
        corrected_at (datetime.datetime | None): When the school last said otherwise of it.
        id (str):
        links (list[LinkOut]):
        published_at (datetime.datetime): Since when it can be seen.
        school_year (None | str):  Example: 2026-2027.
        title (str):
    """

    corrected_at: datetime.datetime | None
    id: str
    links: list[LinkOut]
    published_at: datetime.datetime
    school_year: None | str
    title: str

    def to_dict(self) -> dict[str, Any]:
        corrected_at: None | str
        if isinstance(self.corrected_at, datetime.datetime):
            corrected_at = self.corrected_at.isoformat()
        else:
            corrected_at = self.corrected_at

        id = self.id

        links = []
        for links_item_data in self.links:
            links_item = links_item_data.to_dict()
            links.append(links_item)

        published_at = self.published_at.isoformat()

        school_year: None | str
        school_year = self.school_year

        title = self.title

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "corrected_at": corrected_at,
                "id": id,
                "links": links,
                "published_at": published_at,
                "school_year": school_year,
                "title": title,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.link_out import LinkOut  # noqa: PLC0415

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

        id = d.pop("id")

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

        title = d.pop("title")

        resource_out = cls(
            corrected_at=corrected_at,
            id=id,
            links=links,
            published_at=published_at,
            school_year=school_year,
            title=title,
        )

        return resource_out
