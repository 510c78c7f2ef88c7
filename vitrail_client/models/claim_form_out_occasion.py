from typing import Literal

ClaimFormOutOccasion = Literal["another_child", "first_child", "to_confirm"]

CLAIM_FORM_OUT_OCCASION_VALUES: set[ClaimFormOutOccasion] = {
    "another_child",
    "first_child",
    "to_confirm",
}


def check_claim_form_out_occasion(value: str) -> ClaimFormOutOccasion:
    if value in CLAIM_FORM_OUT_OCCASION_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CLAIM_FORM_OUT_OCCASION_VALUES!r}")
