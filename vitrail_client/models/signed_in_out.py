from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.account_out import AccountOut


T = TypeVar("T", bound="SignedInOut")


@_attrs_define
class SignedInOut:
    """
    Attributes:
        account (AccountOut):
        csrf_token (str): For `X-CSRF-Token`, beside the cookie.
        must_confirm_children (bool):
        token (str): For `Authorization: Bearer`.
    """

    account: AccountOut
    csrf_token: str
    must_confirm_children: bool
    token: str

    def to_dict(self) -> dict[str, Any]:
        account = self.account.to_dict()

        csrf_token = self.csrf_token

        must_confirm_children = self.must_confirm_children

        token = self.token

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "account": account,
                "csrf_token": csrf_token,
                "must_confirm_children": must_confirm_children,
                "token": token,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.account_out import AccountOut  # noqa: PLC0415

        d = dict(src_dict)
        account = AccountOut.from_dict(d.pop("account"))

        csrf_token = d.pop("csrf_token")

        must_confirm_children = d.pop("must_confirm_children")

        token = d.pop("token")

        signed_in_out = cls(
            account=account,
            csrf_token=csrf_token,
            must_confirm_children=must_confirm_children,
            token=token,
        )

        return signed_in_out
