from typing import Literal

ChallengeStateOutState = Literal["cancelled", "expired", "pending", "superseded", "verified"]

CHALLENGE_STATE_OUT_STATE_VALUES: set[ChallengeStateOutState] = {
    "cancelled",
    "expired",
    "pending",
    "superseded",
    "verified",
}


def check_challenge_state_out_state(value: str) -> ChallengeStateOutState:
    if value in CHALLENGE_STATE_OUT_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CHALLENGE_STATE_OUT_STATE_VALUES!r}")
