from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.answer_in_answer import AnswerInAnswer, check_answer_in_answer
from ..types import UNSET, Unset

T = TypeVar("T", bound="AnswerIn")


@_attrs_define
class AnswerIn:
    """
    Attributes:
        answer (AnswerInAnswer):
        explanation (None | str | Unset):
        leaving_to (None | str | Unset): Where the child goes, with `leaving`: another school, another region.
    """

    answer: AnswerInAnswer
    explanation: None | str | Unset = UNSET
    leaving_to: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        answer: str = self.answer

        explanation: None | str | Unset
        if isinstance(self.explanation, Unset):
            explanation = UNSET
        else:
            explanation = self.explanation

        leaving_to: None | str | Unset
        if isinstance(self.leaving_to, Unset):
            leaving_to = UNSET
        else:
            leaving_to = self.leaving_to

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "answer": answer,
            }
        )
        if explanation is not UNSET:
            field_dict["explanation"] = explanation
        if leaving_to is not UNSET:
            field_dict["leaving_to"] = leaving_to

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        answer = check_answer_in_answer(d.pop("answer"))

        def _parse_explanation(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        explanation = _parse_explanation(d.pop("explanation", UNSET))

        def _parse_leaving_to(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        leaving_to = _parse_leaving_to(d.pop("leaving_to", UNSET))

        answer_in = cls(
            answer=answer,
            explanation=explanation,
            leaving_to=leaving_to,
        )

        return answer_in
