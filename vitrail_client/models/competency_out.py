from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.term_mark_out import TermMarkOut


T = TypeVar("T", bound="CompetencyOut")


@_attrs_define
class CompetencyOut:
    """
    Attributes:
        comment (None | str):
        name (str):
        terms (list[TermMarkOut]):
        weight (float | None):
    """

    comment: None | str
    name: str
    terms: list[TermMarkOut]
    weight: float | None

    def to_dict(self) -> dict[str, Any]:
        comment: None | str
        comment = self.comment

        name = self.name

        terms = []
        for terms_item_data in self.terms:
            terms_item = terms_item_data.to_dict()
            terms.append(terms_item)

        weight: float | None
        weight = self.weight

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "comment": comment,
                "name": name,
                "terms": terms,
                "weight": weight,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.term_mark_out import TermMarkOut  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_comment(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        comment = _parse_comment(d.pop("comment"))

        name = d.pop("name")

        terms = []
        _terms = d.pop("terms")
        for terms_item_data in _terms:
            terms_item = TermMarkOut.from_dict(terms_item_data)

            terms.append(terms_item)

        def _parse_weight(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        weight = _parse_weight(d.pop("weight"))

        competency_out = cls(
            comment=comment,
            name=name,
            terms=terms,
            weight=weight,
        )

        return competency_out
