from typing import Literal

JournalEntryOutRole = Literal["guardian", "school"]

JOURNAL_ENTRY_OUT_ROLE_VALUES: set[JournalEntryOutRole] = {
    "guardian",
    "school",
}


def check_journal_entry_out_role(value: str) -> JournalEntryOutRole:
    if value in JOURNAL_ENTRY_OUT_ROLE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {JOURNAL_ENTRY_OUT_ROLE_VALUES!r}")
