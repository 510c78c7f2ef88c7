from typing import Literal

AbsenceOutMotivatedByType0 = Literal["guardian", "notice"]

ABSENCE_OUT_MOTIVATED_BY_TYPE_0_VALUES: set[AbsenceOutMotivatedByType0] = {
    "guardian",
    "notice",
}


def check_absence_out_motivated_by_type_0(value: str) -> AbsenceOutMotivatedByType0:
    if value in ABSENCE_OUT_MOTIVATED_BY_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ABSENCE_OUT_MOTIVATED_BY_TYPE_0_VALUES!r}")
