from typing import Literal

ListChildAbsencesStatusType0 = Literal["motivated", "not_motivated", "to_motivate"]

LIST_CHILD_ABSENCES_STATUS_TYPE_0_VALUES: set[ListChildAbsencesStatusType0] = {
    "motivated",
    "not_motivated",
    "to_motivate",
}


def check_list_child_absences_status_type_0(value: str) -> ListChildAbsencesStatusType0:
    if value in LIST_CHILD_ABSENCES_STATUS_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIST_CHILD_ABSENCES_STATUS_TYPE_0_VALUES!r}")
