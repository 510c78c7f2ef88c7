from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="PayeeOut")


@_attrs_define
class PayeeOut:
    """
    Attributes:
        instructions (None | str):
        name (str):
        reference (str):
    """

    instructions: None | str
    name: str
    reference: str

    def to_dict(self) -> dict[str, Any]:
        instructions: None | str
        instructions = self.instructions

        name = self.name

        reference = self.reference

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "instructions": instructions,
                "name": name,
                "reference": reference,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_instructions(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        instructions = _parse_instructions(d.pop("instructions"))

        name = d.pop("name")

        reference = d.pop("reference")

        payee_out = cls(
            instructions=instructions,
            name=name,
            reference=reference,
        )

        return payee_out
