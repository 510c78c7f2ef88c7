from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.tile_out import TileOut


T = TypeVar("T", bound="TilesOut")


@_attrs_define
class TilesOut:
    """
    Attributes:
        tiles (list[TileOut]):
    """

    tiles: list[TileOut]

    def to_dict(self) -> dict[str, Any]:
        tiles = []
        for tiles_item_data in self.tiles:
            tiles_item = tiles_item_data.to_dict()
            tiles.append(tiles_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "tiles": tiles,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.tile_out import TileOut  # noqa: PLC0415

        d = dict(src_dict)
        tiles = []
        _tiles = d.pop("tiles")
        for tiles_item_data in _tiles:
            tiles_item = TileOut.from_dict(tiles_item_data)

            tiles.append(tiles_item)

        tiles_out = cls(
            tiles=tiles,
        )

        return tiles_out
