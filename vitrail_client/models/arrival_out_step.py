from typing import Literal

ArrivalOutStep = Literal["account_exists", "email_confirmation", "linked", "signed_in"]

ARRIVAL_OUT_STEP_VALUES: set[ArrivalOutStep] = {
    "account_exists",
    "email_confirmation",
    "linked",
    "signed_in",
}


def check_arrival_out_step(value: str) -> ArrivalOutStep:
    if value in ARRIVAL_OUT_STEP_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ARRIVAL_OUT_STEP_VALUES!r}")
