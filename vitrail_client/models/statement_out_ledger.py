from typing import Literal

StatementOutLedger = Literal["daycare", "school", "sports"]

STATEMENT_OUT_LEDGER_VALUES: set[StatementOutLedger] = {
    "daycare",
    "school",
    "sports",
}


def check_statement_out_ledger(value: str) -> StatementOutLedger:
    if value in STATEMENT_OUT_LEDGER_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STATEMENT_OUT_LEDGER_VALUES!r}")
