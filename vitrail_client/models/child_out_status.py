from typing import Literal

ChildOutStatus = Literal["active", "suspended", "to_confirm"]

CHILD_OUT_STATUS_VALUES: set[ChildOutStatus] = {
    "active",
    "suspended",
    "to_confirm",
}


def check_child_out_status(value: str) -> ChildOutStatus:
    if value in CHILD_OUT_STATUS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CHILD_OUT_STATUS_VALUES!r}")
