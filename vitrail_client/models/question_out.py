from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="QuestionOut")


@_attrs_define
class QuestionOut:
    """
    Attributes:
        code (str):
        steps (list[str]):
        title (str):
    """

    code: str
    steps: list[str]
    title: str

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        steps = self.steps

        title = self.title

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "steps": steps,
                "title": title,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code")

        steps = cast(list[str], d.pop("steps"))

        title = d.pop("title")

        question_out = cls(
            code=code,
            steps=steps,
            title=title,
        )

        return question_out
