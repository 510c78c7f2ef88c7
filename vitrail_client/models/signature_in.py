from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="SignatureIn")


@_attrs_define
class SignatureIn:
    """
    Attributes:
        signature (str): A JWS in its compact form (RFC 7515).
    """

    signature: str

    def to_dict(self) -> dict[str, Any]:
        signature = self.signature

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "signature": signature,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        signature = d.pop("signature")

        signature_in = cls(
            signature=signature,
        )

        return signature_in
