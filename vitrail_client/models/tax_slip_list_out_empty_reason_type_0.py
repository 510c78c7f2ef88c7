from typing import Literal

TaxSlipListOutEmptyReasonType0 = Literal["none", "not_applicable", "not_in_primary", "not_published_yet"]

TAX_SLIP_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES: set[TaxSlipListOutEmptyReasonType0] = {
    "none",
    "not_applicable",
    "not_in_primary",
    "not_published_yet",
}


def check_tax_slip_list_out_empty_reason_type_0(value: str) -> TaxSlipListOutEmptyReasonType0:
    if value in TAX_SLIP_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TAX_SLIP_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES!r}")
