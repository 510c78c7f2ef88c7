from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.competency_out import CompetencyOut
    from ..models.term_mark_out import TermMarkOut


T = TypeVar("T", bound="SubjectOut")


@_attrs_define
class SubjectOut:
    """
    Attributes:
        code (None | str):
        comment (None | str):
        competencies (list[CompetencyOut]):
        final_mark (None | str):
        name (str):
        teacher (None | str):
        terms (list[TermMarkOut]):
        units (int | None):
    """

    code: None | str
    comment: None | str
    competencies: list[CompetencyOut]
    final_mark: None | str
    name: str
    teacher: None | str
    terms: list[TermMarkOut]
    units: int | None

    def to_dict(self) -> dict[str, Any]:
        code: None | str
        code = self.code

        comment: None | str
        comment = self.comment

        competencies = []
        for competencies_item_data in self.competencies:
            competencies_item = competencies_item_data.to_dict()
            competencies.append(competencies_item)

        final_mark: None | str
        final_mark = self.final_mark

        name = self.name

        teacher: None | str
        teacher = self.teacher

        terms = []
        for terms_item_data in self.terms:
            terms_item = terms_item_data.to_dict()
            terms.append(terms_item)

        units: int | None
        units = self.units

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "comment": comment,
                "competencies": competencies,
                "final_mark": final_mark,
                "name": name,
                "teacher": teacher,
                "terms": terms,
                "units": units,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.competency_out import CompetencyOut  # noqa: PLC0415
        from ..models.term_mark_out import TermMarkOut  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        code = _parse_code(d.pop("code"))

        def _parse_comment(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        comment = _parse_comment(d.pop("comment"))

        competencies = []
        _competencies = d.pop("competencies")
        for competencies_item_data in _competencies:
            competencies_item = CompetencyOut.from_dict(competencies_item_data)

            competencies.append(competencies_item)

        def _parse_final_mark(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        final_mark = _parse_final_mark(d.pop("final_mark"))

        name = d.pop("name")

        def _parse_teacher(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        teacher = _parse_teacher(d.pop("teacher"))

        terms = []
        _terms = d.pop("terms")
        for terms_item_data in _terms:
            terms_item = TermMarkOut.from_dict(terms_item_data)

            terms.append(terms_item)

        def _parse_units(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        units = _parse_units(d.pop("units"))

        subject_out = cls(
            code=code,
            comment=comment,
            competencies=competencies,
            final_mark=final_mark,
            name=name,
            teacher=teacher,
            terms=terms,
            units=units,
        )

        return subject_out
