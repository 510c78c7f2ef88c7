from typing import Literal

TaxSlipOutType = Literal["receipt", "rl_24"]

TAX_SLIP_OUT_TYPE_VALUES: set[TaxSlipOutType] = {
    "receipt",
    "rl_24",
}


def check_tax_slip_out_type(value: str) -> TaxSlipOutType:
    if value in TAX_SLIP_OUT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TAX_SLIP_OUT_TYPE_VALUES!r}")
