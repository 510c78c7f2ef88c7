from typing import Literal

FormFieldOutKind = Literal["account_email", "choice", "date", "secret", "text", "yes_no"]

FORM_FIELD_OUT_KIND_VALUES: set[FormFieldOutKind] = {
    "account_email",
    "choice",
    "date",
    "secret",
    "text",
    "yes_no",
}


def check_form_field_out_kind(value: str) -> FormFieldOutKind:
    if value in FORM_FIELD_OUT_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {FORM_FIELD_OUT_KIND_VALUES!r}")
