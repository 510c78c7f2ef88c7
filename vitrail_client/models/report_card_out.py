from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.report_card_out_type import ReportCardOutType, check_report_card_out_type

if TYPE_CHECKING:
    from ..models.school_shown_out import SchoolShownOut
    from ..models.student_shown_out import StudentShownOut
    from ..models.subject_out import SubjectOut
    from ..models.term_absences_out import TermAbsencesOut


T = TypeVar("T", bound="ReportCardOut")


@_attrs_define
class ReportCardOut:
    """
    Attributes:
        absences (list[TermAbsencesOut]):
        comments (list[str]):
        corrected_at (datetime.datetime | None): When the school last said otherwise of it.
        decision (None | str): At the year's end: where the student goes on.
        document (None | str): The path of the PDF; null where there is none.
        homeroom_teacher (None | str):
        id (str):
        issued_on (datetime.date):
        published_at (datetime.datetime): Since when it can be seen.
        school (None | SchoolShownOut):
        school_year (None | str):  Example: 2026-2027.
        signature (None | str): A JWS (RFC 7515) without personal data.
        student (None | StudentShownOut):
        subjects (list[SubjectOut]):
        term (int | None):
        type_ (ReportCardOutType):
    """

    absences: list[TermAbsencesOut]
    comments: list[str]
    corrected_at: datetime.datetime | None
    decision: None | str
    document: None | str
    homeroom_teacher: None | str
    id: str
    issued_on: datetime.date
    published_at: datetime.datetime
    school: None | SchoolShownOut
    school_year: None | str
    signature: None | str
    student: None | StudentShownOut
    subjects: list[SubjectOut]
    term: int | None
    type_: ReportCardOutType

    def to_dict(self) -> dict[str, Any]:
        from ..models.school_shown_out import SchoolShownOut  # noqa: PLC0415
        from ..models.student_shown_out import StudentShownOut  # noqa: PLC0415

        absences = []
        for absences_item_data in self.absences:
            absences_item = absences_item_data.to_dict()
            absences.append(absences_item)

        comments = self.comments

        corrected_at: None | str
        if isinstance(self.corrected_at, datetime.datetime):
            corrected_at = self.corrected_at.isoformat()
        else:
            corrected_at = self.corrected_at

        decision: None | str
        decision = self.decision

        document: None | str
        document = self.document

        homeroom_teacher: None | str
        homeroom_teacher = self.homeroom_teacher

        id = self.id

        issued_on = self.issued_on.isoformat()

        published_at = self.published_at.isoformat()

        school: dict[str, Any] | None
        if isinstance(self.school, SchoolShownOut):
            school = self.school.to_dict()
        else:
            school = self.school

        school_year: None | str
        school_year = self.school_year

        signature: None | str
        signature = self.signature

        student: dict[str, Any] | None
        if isinstance(self.student, StudentShownOut):
            student = self.student.to_dict()
        else:
            student = self.student

        subjects = []
        for subjects_item_data in self.subjects:
            subjects_item = subjects_item_data.to_dict()
            subjects.append(subjects_item)

        term: int | None
        term = self.term

        type_: str = self.type_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "absences": absences,
                "comments": comments,
                "corrected_at": corrected_at,
                "decision": decision,
                "document": document,
                "homeroom_teacher": homeroom_teacher,
                "id": id,
                "issued_on": issued_on,
                "published_at": published_at,
                "school": school,
                "school_year": school_year,
                "signature": signature,
                "student": student,
                "subjects": subjects,
                "term": term,
                "type": type_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.school_shown_out import SchoolShownOut  # noqa: PLC0415
        from ..models.student_shown_out import StudentShownOut  # noqa: PLC0415
        from ..models.subject_out import SubjectOut  # noqa: PLC0415
        from ..models.term_absences_out import TermAbsencesOut  # noqa: PLC0415

        d = dict(src_dict)
        absences = []
        _absences = d.pop("absences")
        for absences_item_data in _absences:
            absences_item = TermAbsencesOut.from_dict(absences_item_data)

            absences.append(absences_item)

        comments = cast(list[str], d.pop("comments"))

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

        def _parse_decision(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        decision = _parse_decision(d.pop("decision"))

        def _parse_document(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        document = _parse_document(d.pop("document"))

        def _parse_homeroom_teacher(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        homeroom_teacher = _parse_homeroom_teacher(d.pop("homeroom_teacher"))

        id = d.pop("id")

        issued_on = datetime.date.fromisoformat(d.pop("issued_on"))

        published_at = datetime.datetime.fromisoformat(d.pop("published_at"))

        def _parse_school(data: object) -> None | SchoolShownOut:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                school_type_0 = SchoolShownOut.from_dict(data)

                return school_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SchoolShownOut, data)

        school = _parse_school(d.pop("school"))

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

        def _parse_student(data: object) -> None | StudentShownOut:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                student_type_0 = StudentShownOut.from_dict(data)

                return student_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | StudentShownOut, data)

        student = _parse_student(d.pop("student"))

        subjects = []
        _subjects = d.pop("subjects")
        for subjects_item_data in _subjects:
            subjects_item = SubjectOut.from_dict(subjects_item_data)

            subjects.append(subjects_item)

        def _parse_term(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        term = _parse_term(d.pop("term"))

        type_ = check_report_card_out_type(d.pop("type"))

        report_card_out = cls(
            absences=absences,
            comments=comments,
            corrected_at=corrected_at,
            decision=decision,
            document=document,
            homeroom_teacher=homeroom_teacher,
            id=id,
            issued_on=issued_on,
            published_at=published_at,
            school=school,
            school_year=school_year,
            signature=signature,
            student=student,
            subjects=subjects,
            term=term,
            type_=type_,
        )

        return report_card_out
