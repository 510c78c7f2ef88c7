from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="VisitIn")


@_attrs_define
class VisitIn:
    """
    Attributes:
        provider (str):
        return_to (str): A path of this site.
    """

    provider: str
    return_to: str

    def to_dict(self) -> dict[str, Any]:
        provider = self.provider

        return_to = self.return_to

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "provider": provider,
                "return_to": return_to,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        provider = d.pop("provider")

        return_to = d.pop("return_to")

        visit_in = cls(
            provider=provider,
            return_to=return_to,
        )

        return visit_in
