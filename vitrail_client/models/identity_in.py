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
        is_handed_on (bool | Unset): The answer comes to `return_to`, for `POST /social-arrivals`. Default: False.
        return_to (str | Unset):  Default: '/'.
    """

    provider: str
    is_handed_on: bool | Unset = False
    return_to: str | Unset = "/"

    def to_dict(self) -> dict[str, Any]:
        provider = self.provider

        is_handed_on = self.is_handed_on

        return_to = self.return_to

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "provider": provider,
            }
        )
        if is_handed_on is not UNSET:
            field_dict["is_handed_on"] = is_handed_on
        if return_to is not UNSET:
            field_dict["return_to"] = return_to

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        provider = d.pop("provider")

        is_handed_on = d.pop("is_handed_on", UNSET)

        return_to = d.pop("return_to", UNSET)

        identity_in = cls(
            provider=provider,
            is_handed_on=is_handed_on,
            return_to=return_to,
        )

        return identity_in
