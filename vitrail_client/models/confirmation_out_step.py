from typing import Literal

ConfirmationOutStep = Literal["account_exists", "email_confirmation"]

CONFIRMATION_OUT_STEP_VALUES: set[ConfirmationOutStep] = {
    "account_exists",
    "email_confirmation",
}


def check_confirmation_out_step(value: str) -> ConfirmationOutStep:
    if value in CONFIRMATION_OUT_STEP_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CONFIRMATION_OUT_STEP_VALUES!r}")
