from typing import Literal

AbsenceOutKind = Literal["absent", "late", "left_early"]

ABSENCE_OUT_KIND_VALUES: set[AbsenceOutKind] = {
    "absent",
    "late",
    "left_early",
}


def check_absence_out_kind(value: str) -> AbsenceOutKind:
    if value in ABSENCE_OUT_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ABSENCE_OUT_KIND_VALUES!r}")
