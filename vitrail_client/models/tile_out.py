from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.tile_out_code import TileOutCode, check_tile_out_code

if TYPE_CHECKING:
    from ..models.section_out import SectionOut


T = TypeVar("T", bound="TileOut")


@_attrs_define
class TileOut:
    """
    Attributes:
        code (TileOutCode):
        label (str):  Example: Résultats.
        opens_on_entry (bool): Whether it shows by itself when the portal is entered (RE-14).
        sections (list[SectionOut]):
        unread_count (int | None): Messages that this account has not read; null elsewhere.
    """

    code: TileOutCode
    label: str
    opens_on_entry: bool
    sections: list[SectionOut]
    unread_count: int | None

    def to_dict(self) -> dict[str, Any]:
        code: str = self.code

        label = self.label

        opens_on_entry = self.opens_on_entry

        sections = []
        for sections_item_data in self.sections:
            sections_item = sections_item_data.to_dict()
            sections.append(sections_item)

        unread_count: int | None
        unread_count = self.unread_count

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "label": label,
                "opens_on_entry": opens_on_entry,
                "sections": sections,
                "unread_count": unread_count,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.section_out import SectionOut  # noqa: PLC0415

        d = dict(src_dict)
        code = check_tile_out_code(d.pop("code"))

        label = d.pop("label")

        opens_on_entry = d.pop("opens_on_entry")

        sections = []
        _sections = d.pop("sections")
        for sections_item_data in _sections:
            sections_item = SectionOut.from_dict(sections_item_data)

            sections.append(sections_item)

        def _parse_unread_count(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        unread_count = _parse_unread_count(d.pop("unread_count"))

        tile_out = cls(
            code=code,
            label=label,
            opens_on_entry=opens_on_entry,
            sections=sections,
            unread_count=unread_count,
        )

        return tile_out
