from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.statement_out_ledger import StatementOutLedger, check_statement_out_ledger

if TYPE_CHECKING:
    from ..models.line_out import LineOut
    from ..models.payee_out import PayeeOut
    from ..models.school_shown_out import SchoolShownOut
    from ..models.student_shown_out import StudentShownOut


T = TypeVar("T", bound="StatementOut")


@_attrs_define
class StatementOut:
    """
    Attributes:
        balance (str):  Example: 42.50.
        corrected_at (datetime.datetime | None): When the school last said otherwise of it.
        document (None | str): The path of the PDF; null where there is none.
        due_on (datetime.date | None):
        how_to_pay (None | str): Where there is a balance: at one's bank or caisse; nothing is paid here (RE-09).
        id (str):
        issued_on (datetime.date):
        ledger (StatementOutLedger):
        ledger_label (str):  Example: Service de garde.
        lines (list[LineOut]):
        number (None | str):
        payee (None | PayeeOut):
        period (None | str):
        published_at (datetime.datetime): Since when it can be seen.
        school (None | SchoolShownOut):
        school_year (None | str):  Example: 2026-2027.
        signature (None | str): A JWS (RFC 7515) without personal data.
        student (None | StudentShownOut):
        title (None | str):
    """

    balance: str
    corrected_at: datetime.datetime | None
    document: None | str
    due_on: datetime.date | None
    how_to_pay: None | str
    id: str
    issued_on: datetime.date
    ledger: StatementOutLedger
    ledger_label: str
    lines: list[LineOut]
    number: None | str
    payee: None | PayeeOut
    period: None | str
    published_at: datetime.datetime
    school: None | SchoolShownOut
    school_year: None | str
    signature: None | str
    student: None | StudentShownOut
    title: None | str

    def to_dict(self) -> dict[str, Any]:
        from ..models.payee_out import PayeeOut  # noqa: PLC0415
        from ..models.school_shown_out import SchoolShownOut  # noqa: PLC0415
        from ..models.student_shown_out import StudentShownOut  # noqa: PLC0415

        balance = self.balance

        corrected_at: None | str
        if isinstance(self.corrected_at, datetime.datetime):
            corrected_at = self.corrected_at.isoformat()
        else:
            corrected_at = self.corrected_at

        document: None | str
        document = self.document

        due_on: None | str
        if isinstance(self.due_on, datetime.date):
            due_on = self.due_on.isoformat()
        else:
            due_on = self.due_on

        how_to_pay: None | str
        how_to_pay = self.how_to_pay

        id = self.id

        issued_on = self.issued_on.isoformat()

        ledger: str = self.ledger

        ledger_label = self.ledger_label

        lines = []
        for lines_item_data in self.lines:
            lines_item = lines_item_data.to_dict()
            lines.append(lines_item)

        number: None | str
        number = self.number

        payee: dict[str, Any] | None
        if isinstance(self.payee, PayeeOut):
            payee = self.payee.to_dict()
        else:
            payee = self.payee

        period: None | str
        period = self.period

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

        title: None | str
        title = self.title

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "balance": balance,
                "corrected_at": corrected_at,
                "document": document,
                "due_on": due_on,
                "how_to_pay": how_to_pay,
                "id": id,
                "issued_on": issued_on,
                "ledger": ledger,
                "ledger_label": ledger_label,
                "lines": lines,
                "number": number,
                "payee": payee,
                "period": period,
                "published_at": published_at,
                "school": school,
                "school_year": school_year,
                "signature": signature,
                "student": student,
                "title": title,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.line_out import LineOut  # noqa: PLC0415
        from ..models.payee_out import PayeeOut  # noqa: PLC0415
        from ..models.school_shown_out import SchoolShownOut  # noqa: PLC0415
        from ..models.student_shown_out import StudentShownOut  # noqa: PLC0415

        d = dict(src_dict)
        balance = d.pop("balance")

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

        def _parse_document(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        document = _parse_document(d.pop("document"))

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

        def _parse_how_to_pay(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        how_to_pay = _parse_how_to_pay(d.pop("how_to_pay"))

        id = d.pop("id")

        issued_on = datetime.date.fromisoformat(d.pop("issued_on"))

        ledger = check_statement_out_ledger(d.pop("ledger"))

        ledger_label = d.pop("ledger_label")

        lines = []
        _lines = d.pop("lines")
        for lines_item_data in _lines:
            lines_item = LineOut.from_dict(lines_item_data)

            lines.append(lines_item)

        def _parse_number(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        number = _parse_number(d.pop("number"))

        def _parse_payee(data: object) -> None | PayeeOut:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                payee_type_0 = PayeeOut.from_dict(data)

                return payee_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PayeeOut, data)

        payee = _parse_payee(d.pop("payee"))

        def _parse_period(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        period = _parse_period(d.pop("period"))

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

        def _parse_title(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        title = _parse_title(d.pop("title"))

        statement_out = cls(
            balance=balance,
            corrected_at=corrected_at,
            document=document,
            due_on=due_on,
            how_to_pay=how_to_pay,
            id=id,
            issued_on=issued_on,
            ledger=ledger,
            ledger_label=ledger_label,
            lines=lines,
            number=number,
            payee=payee,
            period=period,
            published_at=published_at,
            school=school,
            school_year=school_year,
            signature=signature,
            student=student,
            title=title,
        )

        return statement_out
