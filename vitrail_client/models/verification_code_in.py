from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.verification_code_in_purpose import (
    VerificationCodeInPurpose,
    check_verification_code_in_purpose,
)

T = TypeVar("T", bound="VerificationCodeIn")


@_attrs_define
class VerificationCodeIn:
    """
    Attributes:
        email (str):
        purpose (VerificationCodeInPurpose):
    """

    email: str
    purpose: VerificationCodeInPurpose

    def to_dict(self) -> dict[str, Any]:
        email = self.email

        purpose: str = self.purpose

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "email": email,
                "purpose": purpose,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        email = d.pop("email")

        purpose = check_verification_code_in_purpose(d.pop("purpose"))

        verification_code_in = cls(
            email=email,
            purpose=purpose,
        )

        return verification_code_in
