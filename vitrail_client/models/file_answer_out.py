from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.file_answer_out_empty_reason_type_0 import (
    FileAnswerOutEmptyReasonType0,
    check_file_answer_out_empty_reason_type_0,
)

if TYPE_CHECKING:
    from ..models.file_out import FileOut


T = TypeVar("T", bound="FileAnswerOut")


@_attrs_define
class FileAnswerOut:
    """
    Attributes:
        empty_reason (FileAnswerOutEmptyReasonType0 | None): Why there is nothing; null where there is something.
        file (FileOut | None):
    """

    empty_reason: FileAnswerOutEmptyReasonType0 | None
    file: FileOut | None

    def to_dict(self) -> dict[str, Any]:
        from ..models.file_out import FileOut  # noqa: PLC0415

        empty_reason: None | str
        if isinstance(self.empty_reason, str):
            empty_reason = self.empty_reason
        else:
            empty_reason = self.empty_reason

        file: dict[str, Any] | None
        if isinstance(self.file, FileOut):
            file = self.file.to_dict()
        else:
            file = self.file

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "empty_reason": empty_reason,
                "file": file,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.file_out import FileOut  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_empty_reason(data: object) -> FileAnswerOutEmptyReasonType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                empty_reason_type_0 = check_file_answer_out_empty_reason_type_0(data)

                return empty_reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(FileAnswerOutEmptyReasonType0 | None, data)

        empty_reason = _parse_empty_reason(d.pop("empty_reason"))

        def _parse_file(data: object) -> FileOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                file_type_0 = FileOut.from_dict(data)

                return file_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(FileOut | None, data)

        file = _parse_file(d.pop("file"))

        file_answer_out = cls(
            empty_reason=empty_reason,
            file=file,
        )

        return file_answer_out
