from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.notice_out_severity import NoticeOutSeverity, check_notice_out_severity

T = TypeVar("T", bound="NoticeOut")


@_attrs_define
class NoticeOut:
    """
    Attributes:
        code (str):
        severity (NoticeOutSeverity):
        text (str):
    """

    code: str
    severity: NoticeOutSeverity
    text: str

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        severity: str = self.severity

        text = self.text

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "severity": severity,
                "text": text,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code")

        severity = check_notice_out_severity(d.pop("severity"))

        text = d.pop("text")

        notice_out = cls(
            code=code,
            severity=severity,
            text=text,
        )

        return notice_out
