from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="RenewedSessionOut")


@_attrs_define
class RenewedSessionOut:
    """
    Attributes:
        csrf_token (str): For `X-CSRF-Token`, beside the cookie.
        token (str): For `Authorization: Bearer`.
    """

    csrf_token: str
    token: str

    def to_dict(self) -> dict[str, Any]:
        csrf_token = self.csrf_token

        token = self.token

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "csrf_token": csrf_token,
                "token": token,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        csrf_token = d.pop("csrf_token")

        token = d.pop("token")

        renewed_session_out = cls(
            csrf_token=csrf_token,
            token=token,
        )

        return renewed_session_out
