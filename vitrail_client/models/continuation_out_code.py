from typing import Literal

ContinuationOutCode = Literal["leave", "repeat"]

CONTINUATION_OUT_CODE_VALUES: set[ContinuationOutCode] = {
    "leave",
    "repeat",
}


def check_continuation_out_code(value: str) -> ContinuationOutCode:
    if value in CONTINUATION_OUT_CODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CONTINUATION_OUT_CODE_VALUES!r}")
