from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="MinisterialResultOut")


@_attrs_define
class MinisterialResultOut:
    """
    Attributes:
        corrected_at (datetime.datetime | None): When the school last said otherwise of it.
        exam_mark (None | str):
        exam_on (datetime.date):
        id (str):
        is_passed (bool | None):
        mark (str): As the school writes it: a number, a letter, words. Example: 82 %.
        moderated_mark (None | str): The school's mark as the ministry moderated it.
        percent (float | None): The same out of a hundred, where it is a number. Example: 82.
        published_at (datetime.datetime): Since when it can be seen.
        school_mark (None | str):
        school_year (None | str):  Example: 2026-2027.
        session (str): Year and month. Example: 2027-06.
        signature (None | str): A JWS (RFC 7515) without personal data.
        subject (str):  Example: Mathématique.
        subject_code (None | str): The school's or the ministry's code of it. Example: 063414.
        units (int | None): Credits that it gave towards the diploma.
    """

    corrected_at: datetime.datetime | None
    exam_mark: None | str
    exam_on: datetime.date
    id: str
    is_passed: bool | None
    mark: str
    moderated_mark: None | str
    percent: float | None
    published_at: datetime.datetime
    school_mark: None | str
    school_year: None | str
    session: str
    signature: None | str
    subject: str
    subject_code: None | str
    units: int | None

    def to_dict(self) -> dict[str, Any]:
        corrected_at: None | str
        if isinstance(self.corrected_at, datetime.datetime):
            corrected_at = self.corrected_at.isoformat()
        else:
            corrected_at = self.corrected_at

        exam_mark: None | str
        exam_mark = self.exam_mark

        exam_on = self.exam_on.isoformat()

        id = self.id

        is_passed: bool | None
        is_passed = self.is_passed

        mark = self.mark

        moderated_mark: None | str
        moderated_mark = self.moderated_mark

        percent: float | None
        percent = self.percent

        published_at = self.published_at.isoformat()

        school_mark: None | str
        school_mark = self.school_mark

        school_year: None | str
        school_year = self.school_year

        session = self.session

        signature: None | str
        signature = self.signature

        subject = self.subject

        subject_code: None | str
        subject_code = self.subject_code

        units: int | None
        units = self.units

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "corrected_at": corrected_at,
                "exam_mark": exam_mark,
                "exam_on": exam_on,
                "id": id,
                "is_passed": is_passed,
                "mark": mark,
                "moderated_mark": moderated_mark,
                "percent": percent,
                "published_at": published_at,
                "school_mark": school_mark,
                "school_year": school_year,
                "session": session,
                "signature": signature,
                "subject": subject,
                "subject_code": subject_code,
                "units": units,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

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

        def _parse_exam_mark(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        exam_mark = _parse_exam_mark(d.pop("exam_mark"))

        exam_on = datetime.date.fromisoformat(d.pop("exam_on"))

        id = d.pop("id")

        def _parse_is_passed(data: object) -> bool | None:
            if data is None:
                return data
            return cast(bool | None, data)

        is_passed = _parse_is_passed(d.pop("is_passed"))

        mark = d.pop("mark")

        def _parse_moderated_mark(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        moderated_mark = _parse_moderated_mark(d.pop("moderated_mark"))

        def _parse_percent(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        percent = _parse_percent(d.pop("percent"))

        published_at = datetime.datetime.fromisoformat(d.pop("published_at"))

        def _parse_school_mark(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        school_mark = _parse_school_mark(d.pop("school_mark"))

        def _parse_school_year(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        school_year = _parse_school_year(d.pop("school_year"))

        session = d.pop("session")

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

        def _parse_units(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        units = _parse_units(d.pop("units"))

        ministerial_result_out = cls(
            corrected_at=corrected_at,
            exam_mark=exam_mark,
            exam_on=exam_on,
            id=id,
            is_passed=is_passed,
            mark=mark,
            moderated_mark=moderated_mark,
            percent=percent,
            published_at=published_at,
            school_mark=school_mark,
            school_year=school_year,
            session=session,
            signature=signature,
            subject=subject,
            subject_code=subject_code,
            units=units,
        )

        return ministerial_result_out
