from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ActivityOut")


@_attrs_define
class ActivityOut:
    """
    Attributes:
        at (datetime.datetime):
        device (str): What the browser or app calls itself.
        kind (str): One of account_created, signed_in, sign_in_failed, reauthenticated, password_changed,
            password_reset, email_changed, email_change_undone, session_ended, other_sessions_ended, data_exported,
            identity_linked, identity_unlinked; more may come.
        network (str): The range of addresses that it came from.
    """

    at: datetime.datetime
    device: str
    kind: str
    network: str

    def to_dict(self) -> dict[str, Any]:
        at = self.at.isoformat()

        device = self.device

        kind = self.kind

        network = self.network

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "at": at,
                "device": device,
                "kind": kind,
                "network": network,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        at = datetime.datetime.fromisoformat(d.pop("at"))

        device = d.pop("device")

        kind = d.pop("kind")

        network = d.pop("network")

        activity_out = cls(
            at=at,
            device=device,
            kind=kind,
            network=network,
        )

        return activity_out
