from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.problem_out_severity import ProblemOutSeverity, check_problem_out_severity
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.mistake_out import MistakeOut


T = TypeVar("T", bound="ProblemOut")


@_attrs_define
class ProblemOut:
    """
    Attributes:
        code (str): The last part of the type, in snake_case.
        detail (str):
        request_id (str):
        severity (ProblemOutSeverity):
        status (int):
        title (str):
        type_ (str): Stable identifier; resolves to a page.
        errors (list[MistakeOut] | Unset): Where, for validation: `pointer` into the body or name of the `parameter`.
    """

    code: str
    detail: str
    request_id: str
    severity: ProblemOutSeverity
    status: int
    title: str
    type_: str
    errors: list[MistakeOut] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        detail = self.detail

        request_id = self.request_id

        severity: str = self.severity

        status = self.status

        title = self.title

        type_ = self.type_

        errors: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.errors, Unset):
            errors = []
            for errors_item_data in self.errors:
                errors_item = errors_item_data.to_dict()
                errors.append(errors_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "detail": detail,
                "request_id": request_id,
                "severity": severity,
                "status": status,
                "title": title,
                "type": type_,
            }
        )
        if errors is not UNSET:
            field_dict["errors"] = errors

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.mistake_out import MistakeOut  # noqa: PLC0415

        d = dict(src_dict)
        code = d.pop("code")

        detail = d.pop("detail")

        request_id = d.pop("request_id")

        severity = check_problem_out_severity(d.pop("severity"))

        status = d.pop("status")

        title = d.pop("title")

        type_ = d.pop("type")

        _errors = d.pop("errors", UNSET)
        errors: list[MistakeOut] | Unset = UNSET
        if _errors is not UNSET:
            errors = []
            for errors_item_data in _errors:
                errors_item = MistakeOut.from_dict(errors_item_data)

                errors.append(errors_item)

        problem_out = cls(
            code=code,
            detail=detail,
            request_id=request_id,
            severity=severity,
            status=status,
            title=title,
            type_=type_,
            errors=errors,
        )

        problem_out.additional_properties = d
        return problem_out

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
