from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.tax_slip_out_type import TaxSlipOutType, check_tax_slip_out_type

if TYPE_CHECKING:
    from ..models.box_out import BoxOut
    from ..models.school_shown_out import SchoolShownOut
    from ..models.student_shown_out import StudentShownOut


T = TypeVar("T", bound="TaxSlipOut")


@_attrs_define
class TaxSlipOut:
    """
    Attributes:
        amount (str):  Example: 1834.00.
        boxes (list[BoxOut]):
        corrected_at (datetime.datetime | None): When the school last said otherwise of it.
        days (int | None): Days of daycare.
        document (None | str): The path of the PDF; null where there is none.
        id (str):
        issued_on (datetime.date):
        published_at (datetime.datetime): Since when it can be seen.
        recipient (None | str): Who paid.
        school (None | SchoolShownOut):
        school_year (None | str):  Example: 2026-2027.
        signature (None | str): A JWS (RFC 7515) without personal data.
        student (None | StudentShownOut):
        type_ (TaxSlipOutType):
        year (int): The year it is of. Example: 2026.
    """

    amount: str
    boxes: list[BoxOut]
    corrected_at: datetime.datetime | None
    days: int | None
    document: None | str
    id: str
    issued_on: datetime.date
    published_at: datetime.datetime
    recipient: None | str
    school: None | SchoolShownOut
    school_year: None | str
    signature: None | str
    student: None | StudentShownOut
    type_: TaxSlipOutType
    year: int

    def to_dict(self) -> dict[str, Any]:
        from ..models.school_shown_out import SchoolShownOut  # noqa: PLC0415
        from ..models.student_shown_out import StudentShownOut  # noqa: PLC0415

        amount = self.amount

        boxes = []
        for boxes_item_data in self.boxes:
            boxes_item = boxes_item_data.to_dict()
            boxes.append(boxes_item)

        corrected_at: None | str
        if isinstance(self.corrected_at, datetime.datetime):
            corrected_at = self.corrected_at.isoformat()
        else:
            corrected_at = self.corrected_at

        days: int | None
        days = self.days

        document: None | str
        document = self.document

        id = self.id

        issued_on = self.issued_on.isoformat()

        published_at = self.published_at.isoformat()

        recipient: None | str
        recipient = self.recipient

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

        type_: str = self.type_

        year = self.year

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "amount": amount,
                "boxes": boxes,
                "corrected_at": corrected_at,
                "days": days,
                "document": document,
                "id": id,
                "issued_on": issued_on,
                "published_at": published_at,
                "recipient": recipient,
                "school": school,
                "school_year": school_year,
                "signature": signature,
                "student": student,
                "type": type_,
                "year": year,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.box_out import BoxOut  # noqa: PLC0415
        from ..models.school_shown_out import SchoolShownOut  # noqa: PLC0415
        from ..models.student_shown_out import StudentShownOut  # noqa: PLC0415

        d = dict(src_dict)
        amount = d.pop("amount")

        boxes = []
        _boxes = d.pop("boxes")
        for boxes_item_data in _boxes:
            boxes_item = BoxOut.from_dict(boxes_item_data)

            boxes.append(boxes_item)

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

        def _parse_days(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        days = _parse_days(d.pop("days"))

        def _parse_document(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        document = _parse_document(d.pop("document"))

        id = d.pop("id")

        issued_on = datetime.date.fromisoformat(d.pop("issued_on"))

        published_at = datetime.datetime.fromisoformat(d.pop("published_at"))

        def _parse_recipient(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        recipient = _parse_recipient(d.pop("recipient"))

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

        type_ = check_tax_slip_out_type(d.pop("type"))

        year = d.pop("year")

        tax_slip_out = cls(
            amount=amount,
            boxes=boxes,
            corrected_at=corrected_at,
            days=days,
            document=document,
            id=id,
            issued_on=issued_on,
            published_at=published_at,
            recipient=recipient,
            school=school,
            school_year=school_year,
            signature=signature,
            student=student,
            type_=type_,
            year=year,
        )

        return tax_slip_out
