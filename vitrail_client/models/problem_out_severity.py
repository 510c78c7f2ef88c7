from typing import Literal

ProblemOutSeverity = Literal["error"]

PROBLEM_OUT_SEVERITY_VALUES: set[ProblemOutSeverity] = {
    "error",
}


def check_problem_out_severity(value: str) -> ProblemOutSeverity:
    if value in PROBLEM_OUT_SEVERITY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PROBLEM_OUT_SEVERITY_VALUES!r}")
