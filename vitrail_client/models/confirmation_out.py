from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.confirmation_out_step import (
    ConfirmationOutStep,
    check_confirmation_out_step,
)

T = TypeVar("T", bound="ConfirmationOut")


@_attrs_define
class ConfirmationOut:
    """
    Attributes:
        email (None | str): To be suggested.
        expires_at (datetime.datetime):
        provider (str):
        provider_name (str):
        step (ConfirmationOutStep):
    """

    email: None | str
    expires_at: datetime.datetime
    provider: str
    provider_name: str
    step: ConfirmationOutStep

    def to_dict(self) -> dict[str, Any]:
        email: None | str
        email = self.email

        expires_at = self.expires_at.isoformat()

        provider = self.provider

        provider_name = self.provider_name

        step: str = self.step

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "email": email,
                "expires_at": expires_at,
                "provider": provider,
                "provider_name": provider_name,
                "step": step,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_email(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        email = _parse_email(d.pop("email"))

        expires_at = datetime.datetime.fromisoformat(d.pop("expires_at"))

        provider = d.pop("provider")

        provider_name = d.pop("provider_name")

        step = check_confirmation_out_step(d.pop("step"))

        confirmation_out = cls(
            email=email,
            expires_at=expires_at,
            provider=provider,
            provider_name=provider_name,
            step=step,
        )

        return confirmation_out
