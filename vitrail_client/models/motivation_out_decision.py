from typing import Literal

MotivationOutDecision = Literal["accepted", "pending", "refused"]

MOTIVATION_OUT_DECISION_VALUES: set[MotivationOutDecision] = {
    "accepted",
    "pending",
    "refused",
}


def check_motivation_out_decision(value: str) -> MotivationOutDecision:
    if value in MOTIVATION_OUT_DECISION_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MOTIVATION_OUT_DECISION_VALUES!r}")
