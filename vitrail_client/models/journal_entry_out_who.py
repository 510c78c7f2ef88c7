from typing import Literal

JournalEntryOutWho = Literal["other_guardian", "school", "you"]

JOURNAL_ENTRY_OUT_WHO_VALUES: set[JournalEntryOutWho] = {
    "other_guardian",
    "school",
    "you",
}


def check_journal_entry_out_who(value: str) -> JournalEntryOutWho:
    if value in JOURNAL_ENTRY_OUT_WHO_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {JOURNAL_ENTRY_OUT_WHO_VALUES!r}")
