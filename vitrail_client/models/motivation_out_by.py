from typing import Literal

MotivationOutBy = Literal["other_guardian", "you"]

MOTIVATION_OUT_BY_VALUES: set[MotivationOutBy] = {
    "other_guardian",
    "you",
}


def check_motivation_out_by(value: str) -> MotivationOutBy:
    if value in MOTIVATION_OUT_BY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MOTIVATION_OUT_BY_VALUES!r}")
