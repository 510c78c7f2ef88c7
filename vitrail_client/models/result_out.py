from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="ResultOut")


@_attrs_define
class ResultOut:
    """
    Attributes:
        comment (None | str):
        competency (None | str):  Example: Résoudre une situation-problème.
        corrected_at (datetime.datetime | None): When the school last said otherwise of it.
        date (datetime.date):
        group_average (float | None):
        id (str):
        mark (str): As the school writes it: a number, a letter, words. Example: 82 %.
        percent (float | None): The same out of a hundred, where it is a number. Example: 82.
        published_at (datetime.datetime): Since when it can be seen.
        school_year (None | str):  Example: 2026-2027.
        signature (None | str): A JWS (RFC 7515) without personal data.
        subject (str):  Example: Mathématique.
        subject_code (None | str): The school's or the ministry's code of it. Example: 063414.
        term (int | None): Which of the three terms; null: the whole year.
        title (None | str): What it is a result of.
        weight (float | None): What it counts for, out of a hundred. Example: 20.
    """

    comment: None | str
    competency: None | str
    corrected_at: datetime.datetime | None
    date: datetime.date
    group_average: float | None
    id: str
    mark: str
    percent: float | None
    published_at: datetime.datetime
    school_year: None | str
    signature: None | str
    subject: str
    subject_code: None | str
    term: int | None
    title: None | str
    weight: float | None

    def to_dict(self) -> dict[str, Any]:
        comment: None | str
        comment = self.comment

        competency: None | str
        competency = self.competency

        corrected_at: None | str
        if isinstance(self.corrected_at, datetime.datetime):
            corrected_at = self.corrected_at.isoformat()
        else:
            corrected_at = self.corrected_at

        date = self.date.isoformat()

        group_average: float | None
        group_average = self.group_average

        id = self.id

        mark = self.mark

        percent: float | None
        percent = self.percent

        published_at = self.published_at.isoformat()

        school_year: None | str
        school_year = self.school_year

        signature: None | str
        signature = self.signature

        subject = self.subject

        subject_code: None | str
        subject_code = self.subject_code

        term: int | None
        term = self.term

        title: None | str
        title = self.title

        weight: float | None
        weight = self.weight

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "comment": comment,
                "competency": competency,
                "corrected_at": corrected_at,
                "date": date,
                "group_average": group_average,
                "id": id,
                "mark": mark,
                "percent": percent,
                "published_at": published_at,
                "school_year": school_year,
                "signature": signature,
                "subject": subject,
                "subject_code": subject_code,
                "term": term,
                "title": title,
                "weight": weight,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_comment(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        comment = _parse_comment(d.pop("comment"))

        def _parse_competency(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        competency = _parse_competency(d.pop("competency"))

        def _parse_corrected_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                corrected_at_type_0 = datetime.datetime.fromisoformat(data)

                return corrected_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        corrected_at = _parse_corrected_at(d.pop("corrected_at"))

        date = datetime.date.fromisoformat(d.pop("date"))

        def _parse_group_average(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        group_average = _parse_group_average(d.pop("group_average"))

        id = d.pop("id")

        mark = d.pop("mark")

        def _parse_percent(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        percent = _parse_percent(d.pop("percent"))

        published_at = datetime.datetime.fromisoformat(d.pop("published_at"))

        def _parse_school_year(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        school_year = _parse_school_year(d.pop("school_year"))

        def _parse_signature(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        signature = _parse_signature(d.pop("signature"))

        subject = d.pop("subject")

        def _parse_subject_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        subject_code = _parse_subject_code(d.pop("subject_code"))

        def _parse_term(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        term = _parse_term(d.pop("term"))

        def _parse_title(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        title = _parse_title(d.pop("title"))

        def _parse_weight(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        weight = _parse_weight(d.pop("weight"))

        result_out = cls(
            comment=comment,
            competency=competency,
            corrected_at=corrected_at,
            date=date,
            group_average=group_average,
            id=id,
            mark=mark,
            percent=percent,
            published_at=published_at,
            school_year=school_year,
            signature=signature,
            subject=subject,
            subject_code=subject_code,
            term=term,
            title=title,
            weight=weight,
        )

        return result_out
