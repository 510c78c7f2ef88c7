from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ProviderOut")


@_attrs_define
class ProviderOut:
    """
    Attributes:
        id (str):
        name (str):
        start (str): Where to send the browser.
    """

    id: str
    name: str
    start: str

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        start = self.start

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "name": name,
                "start": start,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        start = d.pop("start")

        provider_out = cls(
            id=id,
            name=name,
            start=start,
        )

        return provider_out
