from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.given_answer_out_answer import (
    GivenAnswerOutAnswer,
    check_given_answer_out_answer,
)

T = TypeVar("T", bound="GivenAnswerOut")


@_attrs_define
class GivenAnswerOut:
    """
    Attributes:
        answer (GivenAnswerOutAnswer):
        answered_at (datetime.datetime):
        explanation (None | str):
        is_own (bool): It was given by this account.
        leaving_to (None | str):
    """

    answer: GivenAnswerOutAnswer
    answered_at: datetime.datetime
    explanation: None | str
    is_own: bool
    leaving_to: None | str

    def to_dict(self) -> dict[str, Any]:
        answer: str = self.answer

        answered_at = self.answered_at.isoformat()

        explanation: None | str
        explanation = self.explanation

        is_own = self.is_own

        leaving_to: None | str
        leaving_to = self.leaving_to

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "answer": answer,
                "answered_at": answered_at,
                "explanation": explanation,
                "is_own": is_own,
                "leaving_to": leaving_to,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        answer = check_given_answer_out_answer(d.pop("answer"))

        answered_at = datetime.datetime.fromisoformat(d.pop("answered_at"))

        def _parse_explanation(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        explanation = _parse_explanation(d.pop("explanation"))

        is_own = d.pop("is_own")

        def _parse_leaving_to(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        leaving_to = _parse_leaving_to(d.pop("leaving_to"))

        given_answer_out = cls(
            answer=answer,
            answered_at=answered_at,
            explanation=explanation,
            is_own=is_own,
            leaving_to=leaving_to,
        )

        return given_answer_out
