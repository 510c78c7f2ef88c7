from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="OrganisationOfChildOut")


@_attrs_define
class OrganisationOfChildOut:
    """
    Attributes:
        code (str):
        id (str):
        name (str):
    """

    code: str
    id: str
    name: str

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        id = self.id

        name = self.name

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "id": id,
                "name": name,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code")

        id = d.pop("id")

        name = d.pop("name")

        organisation_of_child_out = cls(
            code=code,
            id=id,
            name=name,
        )

        return organisation_of_child_out
