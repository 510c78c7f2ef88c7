from typing import Literal

AgendaEntryListOutEmptyReasonType0 = Literal["none", "not_applicable", "not_in_primary", "not_published_yet"]

AGENDA_ENTRY_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES: set[AgendaEntryListOutEmptyReasonType0] = {
    "none",
    "not_applicable",
    "not_in_primary",
    "not_published_yet",
}


def check_agenda_entry_list_out_empty_reason_type_0(value: str) -> AgendaEntryListOutEmptyReasonType0:
    if value in AGENDA_ENTRY_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {AGENDA_ENTRY_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES!r}")
