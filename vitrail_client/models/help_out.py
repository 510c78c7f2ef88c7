from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.check_out import CheckOut
    from ..models.question_out import QuestionOut
    from ..models.support_out import SupportOut


T = TypeVar("T", bound="HelpOut")


@_attrs_define
class HelpOut:
    """
    Attributes:
        checks (list[CheckOut]):
        introduction (str):
        questions (list[QuestionOut]):
        support (SupportOut):
        title (str):
    """

    checks: list[CheckOut]
    introduction: str
    questions: list[QuestionOut]
    support: SupportOut
    title: str

    def to_dict(self) -> dict[str, Any]:
        checks = []
        for checks_item_data in self.checks:
            checks_item = checks_item_data.to_dict()
            checks.append(checks_item)

        introduction = self.introduction

        questions = []
        for questions_item_data in self.questions:
            questions_item = questions_item_data.to_dict()
            questions.append(questions_item)

        support = self.support.to_dict()

        title = self.title

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "checks": checks,
                "introduction": introduction,
                "questions": questions,
                "support": support,
                "title": title,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.check_out import CheckOut  # noqa: PLC0415
        from ..models.question_out import QuestionOut  # noqa: PLC0415
        from ..models.support_out import SupportOut  # noqa: PLC0415

        d = dict(src_dict)
        checks = []
        _checks = d.pop("checks")
        for checks_item_data in _checks:
            checks_item = CheckOut.from_dict(checks_item_data)

            checks.append(checks_item)

        introduction = d.pop("introduction")

        questions = []
        _questions = d.pop("questions")
        for questions_item_data in _questions:
            questions_item = QuestionOut.from_dict(questions_item_data)

            questions.append(questions_item)

        support = SupportOut.from_dict(d.pop("support"))

        title = d.pop("title")

        help_out = cls(
            checks=checks,
            introduction=introduction,
            questions=questions,
            support=support,
            title=title,
        )

        return help_out
