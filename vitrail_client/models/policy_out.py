from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="PolicyOut")


@_attrs_define
class PolicyOut:
    """
    Attributes:
        classes (list[str]):
        hint (str): The sentence to show, in the asker's language.
        max_length (int):
        min_length (int):
        name (str):
        required_classes (int): How many of `classes`.
        symbols (str): Examples; whatever is neither letter nor digit is a symbol.
    """

    classes: list[str]
    hint: str
    max_length: int
    min_length: int
    name: str
    required_classes: int
    symbols: str

    def to_dict(self) -> dict[str, Any]:
        classes = self.classes

        hint = self.hint

        max_length = self.max_length

        min_length = self.min_length

        name = self.name

        required_classes = self.required_classes

        symbols = self.symbols

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "classes": classes,
                "hint": hint,
                "max_length": max_length,
                "min_length": min_length,
                "name": name,
                "required_classes": required_classes,
                "symbols": symbols,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        classes = cast(list[str], d.pop("classes"))

        hint = d.pop("hint")

        max_length = d.pop("max_length")

        min_length = d.pop("min_length")

        name = d.pop("name")

        required_classes = d.pop("required_classes")

        symbols = d.pop("symbols")

        policy_out = cls(
            classes=classes,
            hint=hint,
            max_length=max_length,
            min_length=min_length,
            name=name,
            required_classes=required_classes,
            symbols=symbols,
        )

        return policy_out
