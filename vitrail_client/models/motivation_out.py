from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.motivation_out_by import MotivationOutBy, check_motivation_out_by
from ..models.motivation_out_decision import (
    MotivationOutDecision,
    check_motivation_out_decision,
)

T = TypeVar("T", bound="MotivationOut")


@_attrs_define
class MotivationOut:
    """
    Attributes:
        by (MotivationOutBy):
        decision (MotivationOutDecision):
        explanation (None | str):
        id (str):
        reason (str):
        reason_label (str):
        submitted_at (datetime.datetime):
    """

    by: MotivationOutBy
    decision: MotivationOutDecision
    explanation: None | str
    id: str
    reason: str
    reason_label: str
    submitted_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        by: str = self.by

        decision: str = self.decision

        explanation: None | str
        explanation = self.explanation

        id = self.id

        reason = self.reason

        reason_label = self.reason_label

        submitted_at = self.submitted_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "by": by,
                "decision": decision,
                "explanation": explanation,
                "id": id,
                "reason": reason,
                "reason_label": reason_label,
                "submitted_at": submitted_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        by = check_motivation_out_by(d.pop("by"))

        decision = check_motivation_out_decision(d.pop("decision"))

        def _parse_explanation(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        explanation = _parse_explanation(d.pop("explanation"))

        id = d.pop("id")

        reason = d.pop("reason")

        reason_label = d.pop("reason_label")

        submitted_at = datetime.datetime.fromisoformat(d.pop("submitted_at"))

        motivation_out = cls(
            by=by,
            decision=decision,
            explanation=explanation,
            id=id,
            reason=reason,
            reason_label=reason_label,
            submitted_at=submitted_at,
        )

        return motivation_out
