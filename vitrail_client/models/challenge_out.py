from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ChallengeOut")


@_attrs_define
class ChallengeOut:
    """
    Attributes:
        challenge_id (str):
        expires_at (datetime.datetime):
        retry_after_s (int): Seconds until asking again sends another code.
    """

    challenge_id: str
    expires_at: datetime.datetime
    retry_after_s: int

    def to_dict(self) -> dict[str, Any]:
        challenge_id = self.challenge_id

        expires_at = self.expires_at.isoformat()

        retry_after_s = self.retry_after_s

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "challenge_id": challenge_id,
                "expires_at": expires_at,
                "retry_after_s": retry_after_s,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        challenge_id = d.pop("challenge_id")

        expires_at = datetime.datetime.fromisoformat(d.pop("expires_at"))

        retry_after_s = d.pop("retry_after_s")

        challenge_out = cls(
            challenge_id=challenge_id,
            expires_at=expires_at,
            retry_after_s=retry_after_s,
        )

        return challenge_out
