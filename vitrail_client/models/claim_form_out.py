from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..models.claim_form_out_occasion import (
    ClaimFormOutOccasion,
    check_claim_form_out_occasion,
)

if TYPE_CHECKING:
    from ..models.continuation_out import ContinuationOut
    from ..models.form_field_out import FormFieldOut
    from ..models.invitation_out import InvitationOut


T = TypeVar("T", bound="ClaimFormOut")


@_attrs_define
class ClaimFormOut:
    """
    Attributes:
        afterwards (list[ContinuationOut]):
        fields (list[FormFieldOut]):
        introduction (str):
        invitation (InvitationOut):
        occasion (ClaimFormOutOccasion):
        submit (str):
        title (str):
    """

    afterwards: list[ContinuationOut]
    fields: list[FormFieldOut]
    introduction: str
    invitation: InvitationOut
    occasion: ClaimFormOutOccasion
    submit: str
    title: str

    def to_dict(self) -> dict[str, Any]:
        afterwards = []
        for afterwards_item_data in self.afterwards:
            afterwards_item = afterwards_item_data.to_dict()
            afterwards.append(afterwards_item)

        fields = []
        for fields_item_data in self.fields:
            fields_item = fields_item_data.to_dict()
            fields.append(fields_item)

        introduction = self.introduction

        invitation = self.invitation.to_dict()

        occasion: str = self.occasion

        submit = self.submit

        title = self.title

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "afterwards": afterwards,
                "fields": fields,
                "introduction": introduction,
                "invitation": invitation,
                "occasion": occasion,
                "submit": submit,
                "title": title,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.continuation_out import ContinuationOut  # noqa: PLC0415
        from ..models.form_field_out import FormFieldOut  # noqa: PLC0415
        from ..models.invitation_out import InvitationOut  # noqa: PLC0415

        d = dict(src_dict)
        afterwards = []
        _afterwards = d.pop("afterwards")
        for afterwards_item_data in _afterwards:
            afterwards_item = ContinuationOut.from_dict(afterwards_item_data)

            afterwards.append(afterwards_item)

        fields = []
        _fields = d.pop("fields")
        for fields_item_data in _fields:
            fields_item = FormFieldOut.from_dict(fields_item_data)

            fields.append(fields_item)

        introduction = d.pop("introduction")

        invitation = InvitationOut.from_dict(d.pop("invitation"))

        occasion = check_claim_form_out_occasion(d.pop("occasion"))

        submit = d.pop("submit")

        title = d.pop("title")

        claim_form_out = cls(
            afterwards=afterwards,
            fields=fields,
            introduction=introduction,
            invitation=invitation,
            occasion=occasion,
            submit=submit,
            title=title,
        )

        return claim_form_out
