from typing import Literal

VerdictOutStatus = Literal["genuine", "not_genuine", "replaced", "withdrawn"]

VERDICT_OUT_STATUS_VALUES: set[VerdictOutStatus] = {
    "genuine",
    "not_genuine",
    "replaced",
    "withdrawn",
}


def check_verdict_out_status(value: str) -> VerdictOutStatus:
    if value in VERDICT_OUT_STATUS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {VERDICT_OUT_STATUS_VALUES!r}")
