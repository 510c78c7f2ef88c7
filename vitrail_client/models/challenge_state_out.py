from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.challenge_state_out_state import (
    ChallengeStateOutState,
    check_challenge_state_out_state,
)

T = TypeVar("T", bound="ChallengeStateOut")


@_attrs_define
class ChallengeStateOut:
    """
    Attributes:
        expires_at (datetime.datetime):
        retry_after_s (int):
        state (ChallengeStateOutState):
    """

    expires_at: datetime.datetime
    retry_after_s: int
    state: ChallengeStateOutState

    def to_dict(self) -> dict[str, Any]:
        expires_at = self.expires_at.isoformat()

        retry_after_s = self.retry_after_s

        state: str = self.state

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "expires_at": expires_at,
                "retry_after_s": retry_after_s,
                "state": state,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        expires_at = datetime.datetime.fromisoformat(d.pop("expires_at"))

        retry_after_s = d.pop("retry_after_s")

        state = check_challenge_state_out_state(d.pop("state"))

        challenge_state_out = cls(
            expires_at=expires_at,
            retry_after_s=retry_after_s,
            state=state,
        )

        return challenge_state_out
