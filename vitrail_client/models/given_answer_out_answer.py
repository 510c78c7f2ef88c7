from typing import Literal

GivenAnswerOutAnswer = Literal["leaving", "returning"]

GIVEN_ANSWER_OUT_ANSWER_VALUES: set[GivenAnswerOutAnswer] = {
    "leaving",
    "returning",
}


def check_given_answer_out_answer(value: str) -> GivenAnswerOutAnswer:
    if value in GIVEN_ANSWER_OUT_ANSWER_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GIVEN_ANSWER_OUT_ANSWER_VALUES!r}")
