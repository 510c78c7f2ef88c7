from typing import Literal

VerificationCodeInPurpose = Literal["account_creation", "email_change_undo", "email_confirmation", "password_reset"]

VERIFICATION_CODE_IN_PURPOSE_VALUES: set[VerificationCodeInPurpose] = {
    "account_creation",
    "email_change_undo",
    "email_confirmation",
    "password_reset",
}


def check_verification_code_in_purpose(value: str) -> VerificationCodeInPurpose:
    if value in VERIFICATION_CODE_IN_PURPOSE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {VERIFICATION_CODE_IN_PURPOSE_VALUES!r}")
