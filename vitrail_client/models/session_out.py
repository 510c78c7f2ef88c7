from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.account_out import AccountOut


T = TypeVar("T", bound="SessionOut")


@_attrs_define
class SessionOut:
    """
    Attributes:
        account (AccountOut):
        csrf_token (str):
        expires_at (datetime.datetime):
        must_confirm_children (bool):
    """

    account: AccountOut
    csrf_token: str
    expires_at: datetime.datetime
    must_confirm_children: bool

    def to_dict(self) -> dict[str, Any]:
        account = self.account.to_dict()

        csrf_token = self.csrf_token

        expires_at = self.expires_at.isoformat()

        must_confirm_children = self.must_confirm_children

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "account": account,
                "csrf_token": csrf_token,
                "expires_at": expires_at,
                "must_confirm_children": must_confirm_children,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.account_out import AccountOut  # noqa: PLC0415

        d = dict(src_dict)
        account = AccountOut.from_dict(d.pop("account"))

        csrf_token = d.pop("csrf_token")

        expires_at = datetime.datetime.fromisoformat(d.pop("expires_at"))

        must_confirm_children = d.pop("must_confirm_children")

        session_out = cls(
            account=account,
            csrf_token=csrf_token,
            expires_at=expires_at,
            must_confirm_children=must_confirm_children,
        )

        return session_out
