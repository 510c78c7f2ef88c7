from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ArrivalIn")


@_attrs_define
class ArrivalIn:
    """
    Attributes:
        provider (str):
        state (str):
        code (str | Unset):  Default: ''.
        error (str | Unset):  Default: ''.
        iss (str | Unset):  Default: ''.
    """

    provider: str
    state: str
    code: str | Unset = ""
    error: str | Unset = ""
    iss: str | Unset = ""

    def to_dict(self) -> dict[str, Any]:
        provider = self.provider

        state = self.state

        code = self.code

        error = self.error

        iss = self.iss

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "provider": provider,
                "state": state,
            }
        )
        if code is not UNSET:
            field_dict["code"] = code
        if error is not UNSET:
            field_dict["error"] = error
        if iss is not UNSET:
            field_dict["iss"] = iss

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        provider = d.pop("provider")

        state = d.pop("state")

        code = d.pop("code", UNSET)

        error = d.pop("error", UNSET)

        iss = d.pop("iss", UNSET)

        arrival_in = cls(
            provider=provider,
            state=state,
            code=code,
            error=error,
            iss=iss,
        )

        return arrival_in
