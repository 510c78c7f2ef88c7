from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.other_guardian_out_status import (
    OtherGuardianOutStatus,
    check_other_guardian_out_status,
)

T = TypeVar("T", bound="OtherGuardianOut")


@_attrs_define
class OtherGuardianOut:
    """
    Attributes:
        is_disputable (bool): It is newer than one's own, and not older than disputes may be.
        link_id (str):
        linked_at (datetime.datetime):
        status (OtherGuardianOutStatus):
    """

    is_disputable: bool
    link_id: str
    linked_at: datetime.datetime
    status: OtherGuardianOutStatus

    def to_dict(self) -> dict[str, Any]:
        is_disputable = self.is_disputable

        link_id = self.link_id

        linked_at = self.linked_at.isoformat()

        status: str = self.status

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "is_disputable": is_disputable,
                "link_id": link_id,
                "linked_at": linked_at,
                "status": status,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        is_disputable = d.pop("is_disputable")

        link_id = d.pop("link_id")

        linked_at = datetime.datetime.fromisoformat(d.pop("linked_at"))

        status = check_other_guardian_out_status(d.pop("status"))

        other_guardian_out = cls(
            is_disputable=is_disputable,
            link_id=link_id,
            linked_at=linked_at,
            status=status,
        )

        return other_guardian_out
