from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.given_answer_out import GivenAnswerOut
    from ..models.open_campaign_out import OpenCampaignOut


T = TypeVar("T", bound="ReRegistrationOut")


@_attrs_define
class ReRegistrationOut:
    """
    Attributes:
        answer (GivenAnswerOut | None):
        campaign (OpenCampaignOut):
        may_answer (bool):
    """

    answer: GivenAnswerOut | None
    campaign: OpenCampaignOut
    may_answer: bool

    def to_dict(self) -> dict[str, Any]:
        from ..models.given_answer_out import GivenAnswerOut  # noqa: PLC0415

        answer: dict[str, Any] | None
        if isinstance(self.answer, GivenAnswerOut):
            answer = self.answer.to_dict()
        else:
            answer = self.answer

        campaign = self.campaign.to_dict()

        may_answer = self.may_answer

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "answer": answer,
                "campaign": campaign,
                "may_answer": may_answer,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.given_answer_out import GivenAnswerOut  # noqa: PLC0415
        from ..models.open_campaign_out import OpenCampaignOut  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_answer(data: object) -> GivenAnswerOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                answer_type_0 = GivenAnswerOut.from_dict(data)

                return answer_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(GivenAnswerOut | None, data)

        answer = _parse_answer(d.pop("answer"))

        campaign = OpenCampaignOut.from_dict(d.pop("campaign"))

        may_answer = d.pop("may_answer")

        re_registration_out = cls(
            answer=answer,
            campaign=campaign,
            may_answer=may_answer,
        )

        return re_registration_out
