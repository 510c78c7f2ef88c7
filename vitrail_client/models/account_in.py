from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.account_in_language import AccountInLanguage, check_account_in_language

T = TypeVar("T", bound="AccountIn")


@_attrs_define
class AccountIn:
    """
    Attributes:
        language (AccountInLanguage):
    """

    language: AccountInLanguage

    def to_dict(self) -> dict[str, Any]:
        language: str = self.language

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "language": language,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        language = check_account_in_language(d.pop("language"))

        account_in = cls(
            language=language,
        )

        return account_in
