from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.assignment_out_category import (
    AssignmentOutCategory,
    check_assignment_out_category,
)
from ..models.assignment_out_status_type_0 import (
    AssignmentOutStatusType0,
    check_assignment_out_status_type_0,
)

T = TypeVar("T", bound="AssignmentOut")


@_attrs_define
class AssignmentOut:
    """
    Attributes:
        category (AssignmentOutCategory):
        corrected_at (datetime.datetime | None): When the school last said otherwise of it.
        date (datetime.date):
        description (None | str):
        due_on (datetime.date | None):
        id (str):
        mark (None | str): As the school writes it: a number, a letter, words. Example: 82 %.
        percent (float | None): The same out of a hundred, where it is a number. Example: 82.
        published_at (datetime.datetime): Since when it can be seen.
        school_year (None | str):  Example: 2026-2027.
        status (AssignmentOutStatusType0 | None):
        subject (str):  Example: Mathématique.
        subject_code (None | str): The school's or the ministry's code of it. Example: 063414.
        teacher (None | str):
        term (int | None): Which of the three terms; null: the whole year.
        title (str):  Example: Exposé oral : mon héros.
        weight (float | None):
    """

    category: AssignmentOutCategory
    corrected_at: datetime.datetime | None
    date: datetime.date
    description: None | str
    due_on: datetime.date | None
    id: str
    mark: None | str
    percent: float | None
    published_at: datetime.datetime
    school_year: None | str
    status: AssignmentOutStatusType0 | None
    subject: str
    subject_code: None | str
    teacher: None | str
    term: int | None
    title: str
    weight: float | None

    def to_dict(self) -> dict[str, Any]:
        category: str = self.category

        corrected_at: None | str
        if isinstance(self.corrected_at, datetime.datetime):
            corrected_at = self.corrected_at.isoformat()
        else:
            corrected_at = self.corrected_at

        date = self.date.isoformat()

        description: None | str
        description = self.description

        due_on: None | str
        if isinstance(self.due_on, datetime.date):
            due_on = self.due_on.isoformat()
        else:
            due_on = self.due_on

        id = self.id

        mark: None | str
        mark = self.mark

        percent: float | None
        percent = self.percent

        published_at = self.published_at.isoformat()

        school_year: None | str
        school_year = self.school_year

        status: None | str
        if isinstance(self.status, str):
            status = self.status
        else:
            status = self.status

        subject = self.subject

        subject_code: None | str
        subject_code = self.subject_code

        teacher: None | str
        teacher = self.teacher

        term: int | None
        term = self.term

        title = self.title

        weight: float | None
        weight = self.weight

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "category": category,
                "corrected_at": corrected_at,
                "date": date,
                "description": description,
                "due_on": due_on,
                "id": id,
                "mark": mark,
                "percent": percent,
                "published_at": published_at,
                "school_year": school_year,
                "status": status,
                "subject": subject,
                "subject_code": subject_code,
                "teacher": teacher,
                "term": term,
                "title": title,
                "weight": weight,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        category = check_assignment_out_category(d.pop("category"))

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

        def _parse_description(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        description = _parse_description(d.pop("description"))

        def _parse_due_on(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                due_on_type_0 = datetime.date.fromisoformat(data)

                return due_on_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        due_on = _parse_due_on(d.pop("due_on"))

        id = d.pop("id")

        def _parse_mark(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        mark = _parse_mark(d.pop("mark"))

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

        def _parse_status(data: object) -> AssignmentOutStatusType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                status_type_0 = check_assignment_out_status_type_0(data)

                return status_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AssignmentOutStatusType0 | None, data)

        status = _parse_status(d.pop("status"))

        subject = d.pop("subject")

        def _parse_subject_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        subject_code = _parse_subject_code(d.pop("subject_code"))

        def _parse_teacher(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        teacher = _parse_teacher(d.pop("teacher"))

        def _parse_term(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        term = _parse_term(d.pop("term"))

        title = d.pop("title")

        def _parse_weight(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        weight = _parse_weight(d.pop("weight"))

        assignment_out = cls(
            category=category,
            corrected_at=corrected_at,
            date=date,
            description=description,
            due_on=due_on,
            id=id,
            mark=mark,
            percent=percent,
            published_at=published_at,
            school_year=school_year,
            status=status,
            subject=subject,
            subject_code=subject_code,
            teacher=teacher,
            term=term,
            title=title,
            weight=weight,
        )

        return assignment_out
