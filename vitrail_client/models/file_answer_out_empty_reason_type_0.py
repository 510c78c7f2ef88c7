from typing import Literal

FileAnswerOutEmptyReasonType0 = Literal["none", "not_applicable", "not_in_primary", "not_published_yet"]

FILE_ANSWER_OUT_EMPTY_REASON_TYPE_0_VALUES: set[FileAnswerOutEmptyReasonType0] = {
    "none",
    "not_applicable",
    "not_in_primary",
    "not_published_yet",
}


def check_file_answer_out_empty_reason_type_0(value: str) -> FileAnswerOutEmptyReasonType0:
    if value in FILE_ANSWER_OUT_EMPTY_REASON_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {FILE_ANSWER_OUT_EMPTY_REASON_TYPE_0_VALUES!r}")
