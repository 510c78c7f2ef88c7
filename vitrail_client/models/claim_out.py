from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.child_out import ChildOut


T = TypeVar("T", bound="ClaimOut")


@_attrs_define
class ClaimOut:
    """
    Attributes:
        child (ChildOut):
    """

    child: ChildOut

    def to_dict(self) -> dict[str, Any]:
        child = self.child.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "child": child,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.child_out import ChildOut  # noqa: PLC0415

        d = dict(src_dict)
        child = ChildOut.from_dict(d.pop("child"))

        claim_out = cls(
            child=child,
        )

        return claim_out
