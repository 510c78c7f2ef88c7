from typing import Literal

ContactAnswerOutEmptyReasonType0 = Literal["none", "not_applicable", "not_in_primary", "not_published_yet"]

CONTACT_ANSWER_OUT_EMPTY_REASON_TYPE_0_VALUES: set[ContactAnswerOutEmptyReasonType0] = {
    "none",
    "not_applicable",
    "not_in_primary",
    "not_published_yet",
}


def check_contact_answer_out_empty_reason_type_0(value: str) -> ContactAnswerOutEmptyReasonType0:
    if value in CONTACT_ANSWER_OUT_EMPTY_REASON_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CONTACT_ANSWER_OUT_EMPTY_REASON_TYPE_0_VALUES!r}")
