from typing import Literal

ChildOutLevelType0 = Literal["primary", "secondary"]

CHILD_OUT_LEVEL_TYPE_0_VALUES: set[ChildOutLevelType0] = {
    "primary",
    "secondary",
}


def check_child_out_level_type_0(value: str) -> ChildOutLevelType0:
    if value in CHILD_OUT_LEVEL_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CHILD_OUT_LEVEL_TYPE_0_VALUES!r}")
