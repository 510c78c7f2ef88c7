from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="IdentityIn")


@_attrs_define
class IdentityIn:
    """
    Attributes:
        provider (str):
        return_to (str | Unset):  Default: '/'.
    """

    provider: str
    return_to: str | Unset = "/"

    def to_dict(self) -> dict[str, Any]:
        provider = self.provider

        return_to = self.return_to

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "provider": provider,
            }
        )
        if return_to is not UNSET:
            field_dict["return_to"] = return_to

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        provider = d.pop("provider")

        return_to = d.pop("return_to", UNSET)

        identity_in = cls(
            provider=provider,
            return_to=return_to,
        )

        return identity_in
