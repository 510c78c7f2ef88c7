from typing import Literal

AgendaEntryOutType = Literal["activity", "day_off", "exam", "homework", "lesson", "meeting", "other", "test"]

AGENDA_ENTRY_OUT_TYPE_VALUES: set[AgendaEntryOutType] = {
    "activity",
    "day_off",
    "exam",
    "homework",
    "lesson",
    "meeting",
    "other",
    "test",
}


def check_agenda_entry_out_type(value: str) -> AgendaEntryOutType:
    if value in AGENDA_ENTRY_OUT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {AGENDA_ENTRY_OUT_TYPE_VALUES!r}")
