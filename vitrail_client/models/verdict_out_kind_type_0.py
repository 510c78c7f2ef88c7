from typing import Literal

VerdictOutKindType0 = Literal["ministerial_result", "report_card", "result", "statement", "tax_slip"]

VERDICT_OUT_KIND_TYPE_0_VALUES: set[VerdictOutKindType0] = {
    "ministerial_result",
    "report_card",
    "result",
    "statement",
    "tax_slip",
}


def check_verdict_out_kind_type_0(value: str) -> VerdictOutKindType0:
    if value in VERDICT_OUT_KIND_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {VERDICT_OUT_KIND_TYPE_0_VALUES!r}")
