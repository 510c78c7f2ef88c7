from typing import Literal

MessageListOutEmptyReasonType0 = Literal["none", "not_applicable", "not_in_primary", "not_published_yet"]

MESSAGE_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES: set[MessageListOutEmptyReasonType0] = {
    "none",
    "not_applicable",
    "not_in_primary",
    "not_published_yet",
}


def check_message_list_out_empty_reason_type_0(value: str) -> MessageListOutEmptyReasonType0:
    if value in MESSAGE_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MESSAGE_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES!r}")
